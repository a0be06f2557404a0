// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/reply.cc.
#include "policy/reply.hh"

#include <boost/test/unit_test.hpp>

using crmrelay::policy::Reply;

BOOST_AUTO_TEST_SUITE(reply)

BOOST_AUTO_TEST_CASE(codes_agree) {
    const auto permanent = Reply::permanent("7.1", "network", "example.com: client 203.0.113.9 is not in this domain's networks");
    BOOST_TEST(permanent.line() == "550 5.7.1 example.com: client 203.0.113.9 is not in this domain's networks [crmrelay:network]");
    const auto temporary = Reply::temporary("3.0", "unavailable", "try again later");
    BOOST_TEST(temporary.line() == "451 4.3.0 try again later [crmrelay:unavailable]");
    BOOST_TEST(Reply::from_parts(Reply::Class::temporary, "3.0", "x").line() == "451 4.3.0 x");
    BOOST_TEST(temporary.reason() == "unavailable");
    BOOST_TEST(Reply::from_parts(Reply::Class::temporary, "3.0", "x").reason() == "");
}

BOOST_AUTO_TEST_CASE(words_from_outside_cannot_break_the_line) {
    const auto reply = Reply::permanent("7.1", "from", "evil\r\n250 OK\x01" + std::string(2000, 'a'));
    BOOST_TEST(reply.text().find_first_of("\r\n\x01") == std::string::npos);
    BOOST_TEST(reply.line().size() < 510);
    BOOST_TEST(reply.text().ends_with("[crmrelay:from]"));
}

BOOST_AUTO_TEST_SUITE_END()
