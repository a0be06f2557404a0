// SPDX-License-Identifier: BSD-2-Clause
//
// Keys are listed without secrets; a new one goes first and the others stay.
#include "ctl/key_file.hh"

#include <boost/test/unit_test.hpp>

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(key_file)

BOOST_AUTO_TEST_CASE(lists_and_adds) {
    const std::string old = "# a note\n0123456789abcdef0123456789abcdef # created 2026-01-01\n\n";
    const auto text = with_first_key(old, "fedcba9876543210fedcba9876543210", 1'795'437'358);
    BOOST_TEST(text == "fedcba9876543210fedcba9876543210 # created 2026-11-23\n" + old);
    const auto keys = list_keys(text, "keys");
    BOOST_REQUIRE(keys.ok());
    BOOST_REQUIRE(keys->size() == 2U);
    BOOST_TEST((*keys)[0].signs);
    BOOST_TEST(!(*keys)[1].signs);
    BOOST_TEST((*keys)[0].comment == "created 2026-11-23");
    BOOST_TEST((*keys)[1].comment == "created 2026-01-01");
    BOOST_TEST((*keys)[0].id.size() == 2U);
    BOOST_TEST(!list_keys("short\n", "keys").ok());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
