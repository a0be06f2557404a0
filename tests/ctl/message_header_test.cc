// SPDX-License-Identifier: BSD-2-Clause
//
// All From fields of a header, none of a body.
#include "ctl/message_header.hh"

#include <boost/test/unit_test.hpp>

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(message_header)

BOOST_AUTO_TEST_CASE(finds_every_from_field) {
    const struct {
        const char* message;
        std::vector<std::string> want;
    } cases[] = {
        {"From: a@example.com\r\nSubject: x\r\n\r\nFrom: b@example.com\r\n", {"a@example.com"}},
        {"From: a@example.com\nfROM:b@example.com\n\nbody", {"a@example.com", "b@example.com"}},
        {"Subject: x\n\nFrom: a@example.com\n", {}},
        {"From:\n a@example.com\n", {"a@example.com"}},
        {"X-From: a@example.com\n\n", {}},
        {"", {}},
    };
    for (const auto& c : cases) BOOST_TEST(from_fields(c.message) == c.want, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(finds_the_message_id) {
    BOOST_TEST(message_id_of("Message-Id: <a@b>\n\nMessage-ID: <c@d>\n") == "<a@b>");
    BOOST_TEST(message_id_of("Subject: x\n\nMessage-ID: <c@d>\n") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
