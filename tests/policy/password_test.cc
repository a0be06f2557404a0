// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/password.cc: made passwords, and which hash is theirs.
#include "policy/password.hh"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <set>

using namespace crmrelay::policy;

BOOST_AUTO_TEST_SUITE(password)

BOOST_AUTO_TEST_CASE(made_ones_are_long_readable_and_different) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto made = make_password();
        BOOST_TEST(made.size() * 5 >= 128u);   // 32 letters: five bits each
        BOOST_TEST(made.find_first_not_of("abcdefghijkmnpqrstuvwxyz23456789") == std::string::npos);
        seen.insert(made);
    }
    BOOST_TEST(seen.size() == 1000u);
}

BOOST_AUTO_TEST_CASE(finds_the_hash) {
    const Password one{hash_password("one"), "2026-11-23"}, two{hash_password("two"), "2026-11-24"};
    const auto stand_in = hash_password("stand-in");
    const struct {
        std::vector<Password> passwords;
        std::string password;
        std::optional<std::size_t> want_match;
    } cases[] = {
        {{one, two}, "one", 0}, {{one, two}, "two", 1}, {{one, two}, "three", {}}, {{one}, "one", 0},          {{one}, "two", {}},
        {{one}, "stand-in", {}}, {{}, "stand-in", {}},  {{}, "", {}},             {{one}, std::string("one\0x", 5), {}}, {{one}, std::string(600, 'a'), {}},
        {{{"*0", ""}}, "one", {}}, {{{"", ""}}, "one", {}}, {{{"rubbish", ""}}, "one", {}},
    };
    for (const auto& one_case : cases) BOOST_TEST((matching(one_case.passwords, one_case.password, stand_in) == one_case.want_match), one_case.password);
    BOOST_TEST(hash_password("one") != one.hash);   // salted
    BOOST_TEST(Logins::parse("crm:" + one.hash + ":2026-11-23\n", "/l").ok());
}

BOOST_AUTO_TEST_CASE(an_unknown_login_costs_as_much) {
    const Password one{hash_password("one"), "2026-11-23"};
    const auto stand_in = hash_password("stand-in");
    const auto cost = [&](const std::vector<Password>& passwords) {
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < 100; ++i) BOOST_REQUIRE(!matching(passwords, "wrong", stand_in));
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    cost({});
    double most = 0, least = 1e9;
    for (int round = 0; round < 5 && !(most > 0 && most < least * 1.6); ++round) {   // a busy machine gets more chances
        const double costs[] = {cost({}), cost({one}), cost({one, one})};
        most = *std::max_element(std::begin(costs), std::end(costs));
        least = *std::min_element(std::begin(costs), std::end(costs));
    }
    BOOST_TEST(most < least * 1.6);
}

BOOST_AUTO_TEST_SUITE_END()
