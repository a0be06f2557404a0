// SPDX-License-Identifier: BSD-2-Clause
//
// What was applied is kept, and the values of the first time stay the former ones.
#include "ctl/postfix_saved.hh"

#include <boost/test/unit_test.hpp>

#include "tests/ctl/support.hh"

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(postfix_saved)

BOOST_AUTO_TEST_CASE(keeps_changes) {
    using Kind = Change::Kind;
    const test::TempDir dir;
    BOOST_TEST(read_saved(dir.path()).empty());
    auto saved =
        merged({}, {{Kind::items, "relay_domains", std::nullopt, "a", {"a"}}, {Kind::value, "2bounce_notice_recipient", "root", "2bounce@a", {}}});
    saved = merged(saved, {{Kind::items, "relay_domains", "a, x", "a, x, b", {"a", "b"}}});
    write_saved(dir.path(), saved);
    const auto back = read_saved(dir.path());
    BOOST_REQUIRE(back.size() == 2U);
    BOOST_TEST(!back[0].former.has_value());
    BOOST_TEST(back[0].value == "a, x, b");
    BOOST_TEST((back[0].ours == std::vector<std::string>{"a", "b"}));
    BOOST_TEST((back[1].kind == Kind::value));
    BOOST_TEST((back[1].former == std::optional<std::string>("root")));
    write_saved(dir.path(), {});
    BOOST_TEST(read_saved(dir.path()).empty());
}

BOOST_AUTO_TEST_CASE(refuses_what_it_did_not_write) {
    for (const char* const text :
         {"", "{", "[1]", R"([{"kind": "else", "name": "x", "former": null, "value": "", "ours": []}])", R"([{"kind": "items"}])"})
        BOOST_TEST(!parse_saved(text).ok());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
