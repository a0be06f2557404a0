// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/login_times.cc: which attempts reach the store.
#include <boost/test/unit_test.hpp>

#include "policy/login_times.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay;

namespace {

constexpr base::Seconds kNoon = 1'795'608'000;

struct Attempt {
    base::Seconds at;
    const char* cause;   // "": it went well
};

}  // namespace

BOOST_AUTO_TEST_SUITE(login_times)

BOOST_AUTO_TEST_CASE(what_is_noted) {
    const struct {
        std::vector<Attempt> attempts;
        base::Seconds want_success, want_failure;
    } cases[] = {
        {{{0, ""}}, 0, -1},
        {{{0, ""}, {59, ""}}, 0, -1},
        {{{0, ""}, {60, ""}}, 60, -1},
        {{{0, "wrong-password"}, {59, "disabled"}}, -1, 0},
        {{{0, "wrong-password"}, {61, "disabled"}}, -1, 61},
        {{{0, ""}, {10, "wrong-password"}, {20, ""}}, 20, 10},          // it goes well again: news
        {{{0, ""}, {10, "wrong-password"}, {20, ""}, {30, "wrong-password"}, {40, ""}}, 20, 10},
        {{{100, ""}, {0, ""}}, 100, -1},                                 // the clock was set back: the store keeps the later one
    };
    for (const auto& c : cases) {
        const store::test::Directory directory;
        store::Store store(directory.url(), store::Open::create);
        policy::LoginTimes times(store);
        const auto client = *base::IpAddress::parse("192.0.2.1");
        for (const auto& attempt : c.attempts) times.note("CRM@example.com", client, attempt.cause, kNoon + attempt.at);
        store.check_writable();
        const auto seen = store.logins_seen();
        BOOST_REQUIRE(seen.size() == 1);
        BOOST_TEST(seen[0].login == "crm@example.com");
        BOOST_TEST(seen[0].succeeded_at == (c.want_success < 0 ? 0 : kNoon + c.want_success));
        BOOST_TEST(seen[0].failed_at == (c.want_failure < 0 ? 0 : kNoon + c.want_failure));
    }
}

BOOST_AUTO_TEST_SUITE_END()
