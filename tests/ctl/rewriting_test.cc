// SPDX-License-Identifier: BSD-2-Clause
//
// What Postfix would make of a return path.
#include "ctl/rewriting.hh"

#include <boost/test/unit_test.hpp>

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(rewriting)

BOOST_AUTO_TEST_CASE(masquerading) {
    using Names = std::vector<std::string>;
    const struct {
        const char* address;
        Names domains, exceptions;
        const char* want;
    } cases[] = {
        {"t@bounce.example.com", {}, {}, "t@bounce.example.com"},
        {"t@bounce.example.com", {"example.com"}, {}, "t@example.com"},
        {"t@bounce.example.com", {"EXAMPLE.com"}, {}, "t@EXAMPLE.com"},
        {"t@bounce.example.com", {"!bounce.example.com", "example.com"}, {}, "t@bounce.example.com"},
        {"t@bounce.example.com", {"example.com", "!bounce.example.com"}, {}, "t@example.com"},
        {"t@bounce.example.com", {"!!example.com"}, {}, "t@example.com"},
        {"t@bounce.example.com", {"bounce.example.com", "example.com"}, {}, "t@bounce.example.com"},
        {"t@bounce.example.com", {"ample.com"}, {}, "t@bounce.example.com"},
        {"t@bounce.example.com", {"a.bounce.example.com"}, {}, "t@bounce.example.com"},
        {"t@bounce.example.com", {"example.com"}, {"root"}, "t@example.com"},
        {"t@bounce.example.com", {"example.com"}, {"root", "T"}, "t@bounce.example.com"},
        {"t@example.com", {"example.com"}, {}, "t@example.com"},
    };
    for (const auto& c : cases) BOOST_TEST(masqueraded(c.address, c.domains, c.exceptions) == c.want);
}

BOOST_AUTO_TEST_CASE(asks_maps_in_postfix_order) {
    const LocalNames local{{"example.com"}, "+"}, foreign{{"other.test"}, "+"}, no_delimiter{{}, ""};
    const struct {
        const char* address;
        LocalNames names;
        bool pattern;
        std::vector<std::string> want;
    } cases[] = {
        {"b+t@example.com", local, false, {"b+t@example.com", "b@example.com", "b+t", "b", "@example.com"}},
        {"b+t@Example.com", local, false, {"b+t@Example.com", "b@Example.com", "b+t", "b", "@Example.com"}},
        {"b+t@example.com", foreign, false, {"b+t@example.com", "b@example.com", "@example.com"}},
        {"b+t@example.com", no_delimiter, false, {"b+t@example.com", "@example.com"}},
        {"t@example.com", foreign, false, {"t@example.com", "@example.com"}},
        {"b+t@example.com", local, true, {"b+t@example.com"}},
    };
    for (const auto& c : cases) BOOST_TEST(lookup_keys(c.address, c.names, c.pattern) == c.want, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(answers_of_maps) {
    const LocalNames names{{}, "+"};
    const struct {
        const char *address, *key, *answer;
        bool propagate;
        const char* want;
    } cases[] = {
        {"b+t@a.test", "@a.test", "@a.test", true, "b+t@a.test"},
        {"b+t@a.test", "@a.test", "@c.test", true, "b+t@c.test"},
        {"b+t@a.test", "@a.test", "x@c.test", true, "x@c.test"},
        {"b+t@a.test", "b@a.test", "b@a.test", true, "b+t@a.test"},
        {"b+t@a.test", "b@a.test", "b@a.test", false, "b@a.test"},
        {"b+t@a.test", "b+t@a.test", "b@a.test", true, "b@a.test"},
        {"t@a.test", "t@a.test", "u", true, "u@a.test"},
    };
    for (const auto& c : cases) BOOST_TEST(mapped(c.address, c.key, c.answer, names, c.propagate) == c.want);
}

BOOST_AUTO_TEST_CASE(kinds_of_maps) {
    BOOST_TEST(is_pattern_map("regexp:/x"));
    BOOST_TEST(is_pattern_map("proxy:pcre:/x"));
    BOOST_TEST(!is_pattern_map("hash:/x"));
    BOOST_TEST(direct_map("proxy:hash:/x") == "hash:/x");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
