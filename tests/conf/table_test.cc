// SPDX-License-Identifier: BSD-2-Clause
//
// The reader over a TOML table: places, types, suggestions.
#include "conf/table.hh"

#include <boost/test/unit_test.hpp>

using namespace crmrelay::conf;

BOOST_AUTO_TEST_CASE(values_know_their_kind_and_place) {
    const struct {
        const char* text;   // of the value of "key"
        const char* want_kind;
    } cases[] = {{"\"x\"", "a string"}, {"1", "a whole number"}, {"1.5", "a number with a fraction"}, {"true", "true or false"},
                 {"[1]", "a list"},     {"{}", "a table"},       {"2026-11-23", "a date or time"}};
    for (const auto& c : cases) {
        Problems problems;
        Source source{"f", problems};
        const Document document(std::string("\n  key = ") + c.text, source);
        BOOST_REQUIRE(document.root().has_value());
        Table table(*document.root(), "this file");
        const auto value = table.take("key");
        BOOST_REQUIRE(value.has_value());
        BOOST_TEST(value->kind() == c.want_kind);
        BOOST_TEST(value->place().text() == "f:2:9");
        BOOST_TEST(!table.take("other").has_value());
        table.finish();
        BOOST_TEST(problems.empty());
    }
}

BOOST_AUTO_TEST_CASE(keys_that_nobody_took_are_reported) {
    Problems problems;
    Source source{"f", problems};
    const Document document("crm = 1\nnetwroks = 2\nquux = 3\nlogins = 4", source);
    Table table(*document.root(), "[x]");
    table.take("networks");
    table.take("logins");
    table.finish({"crm"});
    BOOST_REQUIRE(problems.size() == 3u);   // toml++ sorts keys by name
    BOOST_TEST(problems[0].message() == "f:1:1: key \"crm\" of [x] is not available in this version; take it out");
    BOOST_TEST(problems[1].message() == "f:2:1: unknown key \"netwroks\" in [x]; did you mean \"networks\"?");
    BOOST_TEST(problems[2].message() == "f:3:1: unknown key \"quux\" in [x]; known here: networks, logins");
}

BOOST_AUTO_TEST_CASE(a_table_that_stands_twice_is_named) {
    const struct {
        const char *text, *want;
    } cases[] = {
        {"[domain.\"example.com\"]\na = 1\n[domain.\"b.test\"]\n\n[domain.\"example.com\"]\nb = 1\n",
         "f:5:1: duplicate domain \"example.com\": it stands at f:1:1 already; take one of the two out; nothing after this place is read"},
        {"a = 1\r\n[domain.'example.com']\r\n  [ domain . \"example.com\" ]   # again\r\n",
         "f:3:3: duplicate domain \"example.com\": it stands at f:2:1 already; take one of the two out; nothing after this place is read"},
        {"x = '''\n[domain.\"a.test\"]\n'''\n[domain.\"a.test\"]\n[domain.\"a.test\"]\n",
         "f:5:1: duplicate domain \"a.test\": it stands at f:4:1 already; take one of the two out; nothing after this place is read"},
        {"[domain.\"a\\u001b.test\"]\n[domain.\"a\\u001b.test\"]\n",
         "f:2:1: duplicate domain \"a?.test\": it stands at f:1:1 already; take one of the two out; nothing after this place is read"},
        {"[service]\n[service]\n", "f:2:1: [service] stands at f:1:1 already; put its keys together; nothing after this place is read"},
        {"[domain.\"a.test\".limits]\n[domain.\"a.test\".limits]\n", "f:2:1: [domain.a.test.limits] stands at f:1:1 already; put its keys together; nothing after this place is read"},
        {"a = 1\na = 2\n", "f:2:5: Error while parsing key-value pair: cannot redefine existing integer 'a'; nothing after this place is read"},
    };
    for (const auto& c : cases) {
        Problems problems;
        Source source{"f", problems};
        const Document document(c.text, source);
        BOOST_TEST(!document.root().has_value());
        BOOST_REQUIRE(problems.size() == 1u);
        BOOST_TEST(problems[0].message() == c.want);
    }
}

BOOST_AUTO_TEST_CASE(the_nearest_word_is_found) {
    const std::vector<std::string_view> known = {"networks", "logins", "mode", "require", "user"};
    const struct {
        std::string word;
        const char* want_near;
    } cases[] = {{"network", "networks"}, {"Networks", "networks"}, {"lgoins", "logins"}, {"modus", ""}, {"modes", "mode"},
                 {"required", "require"}, {"usr", "user"},          {"xyz", ""},          {"", ""},          {std::string(1000, 'a'), ""}};
    for (const auto& c : cases) BOOST_TEST(nearest(c.word, known) == c.want_near, c.word << ": " << nearest(c.word, known));
}
