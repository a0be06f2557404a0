// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/remembered.cc: what is remembered, for how long, of whom.
#include "policy/remembered.hh"

#include <boost/test/unit_test.hpp>

using namespace crmrelay::policy;

BOOST_AUTO_TEST_SUITE(remembered)

BOOST_AUTO_TEST_CASE(only_this_login_password_and_hash) {
    Remembered memory("key");
    memory.remember("crm", "secret", "$y$1", 0);
    const struct {
        const char *login, *password, *hash;
        std::int64_t at;
        bool want;
    } cases[] = {
        {"crm", "secret", "$y$1", 0, true},  {"crm", "secret", "$y$1", kRememberedFor - 1, true}, {"crm", "secret", "$y$1", kRememberedFor, false},
        {"other", "secret", "$y$1", 0, false}, {"crm", "wrong", "$y$1", 0, false}, {"crm", "secret", "$y$2", 0, false}, {"crms", "ecret", "$y$1", 0, false},
    };
    for (const auto& one : cases) BOOST_TEST(memory.knows(one.login, one.password, one.hash, one.at) == one.want, one.login << one.password << one.hash << one.at);
    BOOST_TEST(!Remembered("other key").knows("crm", "secret", "$y$1", 0));
}

BOOST_AUTO_TEST_CASE(is_bounded_and_keeps_the_newest) {
    Remembered memory("key");
    for (std::size_t i = 0; i < 3 * kRememberedMost; ++i) {
        memory.remember("crm", std::to_string(i), "$y$1", 0);
        BOOST_TEST(memory.knows("crm", std::to_string(i), "$y$1", 0));
    }
    std::size_t known = 0;
    for (std::size_t i = 0; i < 3 * kRememberedMost; ++i) known += memory.knows("crm", std::to_string(i), "$y$1", 0);
    BOOST_TEST(known == kRememberedMost);
}

BOOST_AUTO_TEST_SUITE_END()
