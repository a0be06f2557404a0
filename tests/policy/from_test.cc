// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/from.cc: what is read, and what is refused because two readers could disagree on it.
#include "policy/from.hh"

#include <boost/test/unit_test.hpp>

using crmrelay::policy::parse_from;

BOOST_AUTO_TEST_SUITE(from)

BOOST_AUTO_TEST_CASE(accepted) {
    struct {
        const char* value;
        std::vector<std::string> want;
    } const rows[] = {
        {"sales@example.com", {"sales@example.com"}},
        {" sales@EXAMPLE.Com ", {"sales@example.com"}},
        {"Sales <sales@example.com>", {"sales@example.com"}},
        {"Sales\r\n\t<sales@example.com>", {"sales@example.com"}},
        {"\"Sales, Tokyo\" <sales@example.com>", {"sales@example.com"}},
        {"\"evil@evil.test\" <sales@example.com>", {"sales@example.com"}},
        {"=?utf-8?B?5Za25qWt?= <sales@example.com>", {"sales@example.com"}},
        {"\xe5\x96\xb6\xe6\xa5\xad <sales@example.com>", {"sales@example.com"}},
        {"J. R. Sales <sales@example.com>", {"sales@example.com"}},
        {"sales@example.com (Sales (team))", {"sales@example.com"}},
        {"a@example.com, B <b@example.co.jp>", {"a@example.com", "b@example.co.jp"}},
        {"\"a b\"@example.com", {"\"a b\"@example.com"}},
        {"o'brien+x@example.com", {"o'brien+x@example.com"}},
        {"x@xn--bcher-kva.example", {"x@xn--bcher-kva.example"}},
    };
    for (const auto& row : rows) {
        const auto got = parse_from(row.value);
        BOOST_TEST_CONTEXT(row.value) {
            BOOST_REQUIRE(got.ok());
            std::vector<std::string> texts;
            for (const auto& mailbox : *got) texts.push_back(mailbox.text());
            BOOST_TEST(texts == row.want, boost::test_tools::per_element());
        }
    }
}

BOOST_AUTO_TEST_CASE(refused) {
    const std::string rows[] = {
        "", " ", "Sales", "sales@", "@example.com", "<>", "Sales <>", "sales@example.com,", ",sales@example.com",
        "undisclosed-recipients:;", "Team: a@example.com, b@example.com;",
        "<@relay.test:sales@example.com>", "sales@[192.0.2.1]", "sales@localhost", "sales@example..com", "sales@example.com.", "sales@-x.com",
        "evil@evil.test <sales@example.com>", "sales@example.com <evil@evil.test>", "<sales@example.com> <evil@evil.test>",
        "sales@example.com evil@evil.test", "sales@example.com@evil.test", "<sales@example.com", "sales@example.com>",
        "\"Sales <sales@example.com>", "Sales (x <sales@example.com>", "sales@example.com (evil@evil.test)", "Sales (<evil@evil.test>) <sales@example.com>",
        ".sales@example.com", "sales.@example.com", "sa..les@example.com", "sales @example.com", "sales@ example.com",
        "s\xc3\xa4les@example.com", "sales@b\xc3\xbc" "cher.example", std::string("sales@example.com\0", 18), "sales\x01@example.com", "\"\x7f\"@example.com",
        "sales@exa_mple.com", "sales@example.com;evil@evil.test", "Sales:sales@example.com", "Sales\\ <sales@example.com>",
        std::string(20000, 'a') + "@example.com",
    };
    for (const auto& row : rows) BOOST_TEST(!parse_from(row).ok(), "accepted: " << row.substr(0, 80));

    std::string many = "a@example.com";
    for (int i = 0; i < 50; ++i) many += ",a@example.com";
    BOOST_TEST(!parse_from(many).ok());
    BOOST_TEST(!parse_from(std::string(10000, '(')).ok());
}

BOOST_AUTO_TEST_SUITE_END()
