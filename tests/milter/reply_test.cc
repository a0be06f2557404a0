// SPDX-License-Identifier: BSD-2-Clause
//
// Replies as libmilter takes them.
#include "milter/reply.hh"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace crmrelay;
using policy::Reply;

}  // namespace

BOOST_AUTO_TEST_SUITE(reply_for_libmilter)

BOOST_AUTO_TEST_CASE(codes_and_text) {
    const struct {
        Reply reply;
        bool want_temporary;
        std::string want_code, want_enhanced, want_text;
    } cases[] = {
        {Reply::permanent("7.1", "network", "example.com: no"), false, "550", "5.7.1", "example.com: no [crmrelay:network]"},
        {Reply::temporary("3.0", "unavailable", "later"), true, "451", "4.3.0", "later [crmrelay:unavailable]"},
        {Reply::permanent("7.1", "from", "100%s of %n"), false, "550", "5.7.1", "100%%s of %%n [crmrelay:from]"},
        {Reply::from_parts(Reply::Class::permanent, "7.1", "a%b"), false, "550", "5.7.1", "a%%b"},
    };
    for (const auto& c : cases) {
        const auto reply = milter::smtp_reply(c.reply);
        BOOST_TEST(reply.temporary == c.want_temporary);
        BOOST_TEST(reply.code == c.want_code);
        BOOST_TEST(reply.enhanced == c.want_enhanced);
        BOOST_TEST(reply.text == c.want_text);
    }
}

BOOST_AUTO_TEST_CASE(no_line_ends_and_no_more_than_libmilter_takes) {
    const auto reply = milter::smtp_reply(Reply::from_parts(Reply::Class::permanent, "7.1", "a\r\nb" + std::string(5000, '%')));
    BOOST_TEST(reply.text.find_first_of("\r\n") == std::string::npos);
    BOOST_TEST(reply.text.size() < 970u);
    BOOST_TEST(std::count(reply.text.begin(), reply.text.end(), '%') % 2 == 0);
}

BOOST_AUTO_TEST_CASE(unavailable) { BOOST_TEST(milter::unavailable_reply().line().ends_with("[crmrelay:unavailable]")); }

BOOST_AUTO_TEST_SUITE_END()
