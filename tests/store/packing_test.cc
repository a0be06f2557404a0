// SPDX-License-Identifier: BSD-2-Clause
//
// Packed lists come back as they were, whatever octets they hold; damaged ones are refused.
#include "store/packing.hh"

#include <boost/test/unit_test.hpp>

using namespace crmrelay::store;

BOOST_AUTO_TEST_SUITE(packing)

BOOST_AUTO_TEST_CASE(texts) {
    const struct {
        std::vector<std::string> texts;
        std::string want_packed;
    } rows[] = {
        {{}, ""},
        {{""}, "0:"},
        {{"a@dest.test", ""}, "11:a@dest.test0:"},
        {{"3:x", std::string("\0\xff\n", 3)}, "3:3:x3:" + std::string("\0\xff\n", 3)},
        {{"\xc3\xbc"}, "2:\xc3\xbc"},
    };
    for (const auto& row : rows) {
        BOOST_TEST(pack(row.texts) == row.want_packed);
        BOOST_TEST(unpack_texts(row.want_packed) == row.texts, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(damaged) {
    for (const std::string packed : {":", "a", "1", "1:", "2:a", "-1:a", "99999999999999999999999:a", "1:ab"}) {
        BOOST_TEST_CONTEXT(packed) BOOST_CHECK_THROW(unpack_texts(packed), std::runtime_error);
    }
    BOOST_CHECK_THROW(unpack_recipients("1:a1:b"), std::runtime_error);
    BOOST_CHECK_THROW(unpack_headers("1:a"), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(groups) {
    std::string packed = "left over";
    pack_into(packed, std::vector<Recipient>{{"a@b", "rfc822;a@b", "NEVER"}, {"c@d", "", ""}});
    const auto recipients = unpack_recipients(packed);
    BOOST_REQUIRE(recipients.size() == 2U);
    BOOST_TEST(recipients[0].notify == "NEVER");
    BOOST_TEST(recipients[1].address == "c@d");
    pack_into(packed, Headers{{"X-A", "1"}, {"X-B", ""}});
    const auto headers = unpack_headers(packed);
    BOOST_REQUIRE(headers.size() == 2U);
    BOOST_TEST(headers[1].first == "X-B");
}

BOOST_AUTO_TEST_SUITE_END()
