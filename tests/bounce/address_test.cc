// SPDX-License-Identifier: BSD-2-Clause
//
// Addresses as reports write them, and their comparison with recorded ones.
#include "bounce/address.hh"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace crmrelay::bounce;

BOOST_AUTO_TEST_SUITE(address)

BOOST_AUTO_TEST_CASE(xtext_is_decoded_and_encoded) {
    struct Row {
        std::string text;
        bool want_ok;
        std::string want;
    };
    const std::vector<Row> rows{
        {"plain@dest.test", true, "plain@dest.test"}, {"a+3Db+2Bc@dest.test", true, "a=b+c@dest.test"}, {"", true, ""},
        {"a+3d", false, ""},                          {"a+3", false, ""},                               {"a+", false, ""},
        {"a=b", false, ""},                           {"a b", false, ""},                               {"\xc3\xa9", false, ""},
    };
    for (const auto& row : rows) {
        const auto got = decode_xtext(row.text);
        BOOST_TEST(got.has_value() == row.want_ok, row.text);
        BOOST_TEST(got.value_or("") == row.want, row.text);
    }
    BOOST_TEST(encode_xtext("a=b+c d\xc3\xa9@x") == "a+3Db+2Bc+20d+C3+A9@x");
    for (const std::string text : {"", "a=b+c", "\r\n\x7f\xff"}) BOOST_TEST(decode_xtext(encode_xtext(text)).value_or("?") == text);
}

BOOST_AUTO_TEST_CASE(typed_addresses_are_read) {
    struct Row {
        std::string value;
        std::string want_type;
        std::string want_address;
    };
    const std::vector<Row> rows{
        {"rfc822; user@dest.test", "rfc822", "user@dest.test"},
        {"RFC822;<user@dest.test>", "rfc822", "user@dest.test"},
        {" rfc822 ;\tUser Name <user@dest.test> (the (nested) user)", "rfc822", "user@dest.test"},
        {"user@dest.test", "", "user@dest.test"},
        {"<user@dest.test>", "", "user@dest.test"},
        {"rfc822; @relay.test,@other.test:user@dest.test", "rfc822", "user@dest.test"},
        {"rfc822; \"a;b<c>(d)\"@dest.test", "rfc822", "\"a;b<c>(d)\"@dest.test"},
        {"\"a;b\"@dest.test", "", "\"a;b\"@dest.test"},
        {"rfc822; \"quo\\\"ted\"@dest.test", "rfc822", "\"quo\\\"ted\"@dest.test"},
        {"rfc822; user(comment)@dest.test", "rfc822", "user@dest.test"},
        {"utf-8; \\x{3B1}\\x{5C}b@dest.test", "utf-8", "\xce\xb1\\b@dest.test"},
        {"utf-8; \xce\xb1@dest.test", "utf-8", "\xce\xb1@dest.test"},
        {"utf-8; \\x{0A}\\x{D800}\\x{110000}\\x{}x@dest.test", "utf-8", "\\x{0A}\\x{D800}\\x{110000}\\x{}x@dest.test"},
        {"utf-8; \\x{1F600}@dest.test", "utf-8", "\xf0\x9f\x98\x80@dest.test"},
        {"rfc822; |/usr/bin/filter arg", "rfc822", "|/usr/bin/filter arg"},
        {"x400; /G=a/S=b/", "x400", "/G=a/S=b/"},
        {"rfc822;", "rfc822", ""},
        {"", "", ""},
    };
    for (const auto& row : rows) {
        const auto got = parse_typed_address(row.value);
        BOOST_TEST(got.type == row.want_type, row.value);
        BOOST_TEST(got.address == row.want_address, row.value);
    }
    BOOST_TEST(parse_typed_address("rfc822; " + std::string(100'000, 'x')).address.size() == kMaxAddress);
    BOOST_TEST(parse_typed_address(std::string(100'000, '(')).address.empty());
}

BOOST_AUTO_TEST_CASE(mailboxes_are_compared) {
    struct Row {
        std::string reported;
        std::string recorded;
        bool want_same;
    };
    const std::vector<Row> rows{
        {"user@dest.test", "user@dest.test", true},       {"USER@Dest.Test", "user@dest.test", true},       {"user@dest.test.", "user@dest.test", true},
        {"\"user\"@dest.test", "user@dest.test", true},   {"\"us er\"@dest.test", "us er@dest.test", false}, {"us+2Ber@dest.test", "us+er@dest.test", true},
        {"us+er@dest.test", "us+er@dest.test", true},     {"user@dest.test", "user@other.test", false},     {"user", "user@dest.test", false},
        {"", "", false},                                  {"us+2Ber@dest.test", "us+2Ber@dest.test", true},  {"other@dest.test", "user@dest.test", false},
    };
    for (const auto& row : rows) BOOST_TEST(same_mailbox(row.reported, row.recorded) == row.want_same, row.reported + " / " + row.recorded);
}

BOOST_AUTO_TEST_SUITE_END()
