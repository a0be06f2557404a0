// SPDX-License-Identifier: BSD-2-Clause
//
// Codes in the text of diagnostics.
#include "bounce/reply.hh"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace crmrelay::bounce;

BOOST_AUTO_TEST_SUITE(reply)

BOOST_AUTO_TEST_CASE(codes_are_found) {
    struct Row {
        std::string text;
        int want_code;
        std::string want_status;
    };
    const std::vector<Row> rows{
        {"550 5.1.1 No such user", 550, "5.1.1"},
        {"550-5.1.1 No such user", 550, "5.1.1"},
        {"550", 550, ""},
        {"  <450 4.2.0 greylisted>", 450, "4.2.0"},
        {"#5.7.1 smtp;550 5.7.1 denied", 550, "5.7.1"},
        {"host mx.dest.test[192.0.2.1] said: 550 5.1.10 unknown (in reply to RCPT TO command)", 550, "5.1.10"},
        {"host mx.dest.test[192.0.2.1] said: 451 try later", 451, ""},
        {"connect to mx.dest.test[192.5.1.1]:25: Connection timed out", 0, ""},
        {"5.3.0 - Other mail system problem 550-'Unknown user'", 550, "5.3.0"},
        {"delivered after 450 seconds by Postfix 2.5.6.1", 0, ""},
        {"id=550abc, 5500 tries", 0, ""},
        {"status 5.1.1.", 0, "5.1.1"},
        {"version 15.1.1 or 5.1.1a or 5.1.1111", 0, ""},
        {"3.1.1 6.1.1 560 777", 0, ""},
        {"", 0, ""},
        {"5", 0, ""},
        {"5.", 0, ""},
    };
    for (const auto& row : rows) {
        BOOST_TEST(reply_code_in(row.text) == row.want_code, row.text);
        BOOST_TEST(status_in(row.text) == row.want_status, row.text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
