// SPDX-License-Identifier: BSD-2-Clause
//
// Where services listen, and which of them stand in each other's way.
#include "ctl/master_ports.hh"

#include <boost/test/unit_test.hpp>

#include "ctl/postfix_plan.hh"
#include "tests/ctl/postfix_support.hh"

namespace crmrelay::ctl {

namespace {

conf::Config config_with_milter() {
    conf::Config out;
    for (auto* const endpoint : {&out.service.milter, &out.service.policy, &out.service.bounce, &out.service.auth})
        *endpoint = *base::Endpoint::parse("unix:/var/spool/postfix/crmrelay/milter.sock");
    return out;
}

// `names`: "submission", or "submission smtpd ours" with the milter; "465 spawn" is another program.
PostfixState state_with(const std::vector<std::string>& names) {
    auto out = test::default_state();
    out.expanded["known_tcp_ports"] = "lmtp=24, smtp=25, smtps=submissions=465, submission=587";
    out.services.clear();
    for (const auto& text : names) {
        const auto words = text.find(' ');
        MasterService service{text.substr(0, words), "inet", true, "smtpd", text, {}};
        if (text.ends_with(" ours")) service.options["smtpd_milters"] = "{ unix:crmrelay/milter.sock, default_action=tempfail }";
        else if (words != std::string::npos) service.command = text.substr(words + 1);
        out.services.push_back(std::move(service));
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(master_ports)

BOOST_AUTO_TEST_CASE(names_of_services) {
    const auto state = state_with({});
    const struct {
        const char* name;
        std::optional<ListenAt> want;
    } cases[] = {
        {"10587", ListenAt{"", 10587}},
        {"smtp", ListenAt{"", 25}},
        {"submission", ListenAt{"", 587}},
        {"submissions", ListenAt{"", 465}},
        {"smtps", ListenAt{"", 465}},
        {"127.0.0.1:587", ListenAt{"127.0.0.1", 587}},
        {"[::1]:smtp", ListenAt{"::1", 25}},
        {"Mail.Example.com:25", ListenAt{"mail.example.com", 25}},
        {"0", std::nullopt},
        {"65536", std::nullopt},
        {"no-such-service-here", std::nullopt},
        {"127.0.0.1:", std::nullopt},
        {"", std::nullopt},
    };
    for (const auto& c : cases) BOOST_TEST((listen_at(state, c.name) == c.want), c.name);
}

BOOST_AUTO_TEST_CASE(who_holds_a_port) {
    const auto config = config_with_milter();
    const struct {
        std::vector<std::string> services;
        const char *name, *want;   // "": it is free
    } cases[] = {
        {{"smtp", "submission"}, "10587", ""},
        {{"smtp"}, "25", "smtp"},
        {{"submission"}, "587", "submission"},
        {{"submissions"}, "465", "submissions"},
        {{"smtps"}, "465", "smtps"},
        {{"smtp postscreen"}, "25", "smtp"},
        {{"127.0.0.1:10587"}, "10587", "127.0.0.1:10587"},
        {{"[::1]:10587"}, "10587", "[::1]:10587"},
        {{"127.0.0.1:submission"}, "587", "127.0.0.1:submission"},
        {{"submission smtpd ours"}, "submission", ""},                            // applied once more
        {{"127.0.0.1:587 smtpd ours", "[::1]:587"}, "127.0.0.1:587", ""},         // another address
        {{"smtp", "25 smtpd ours"}, "25", "smtp"},                                // what was applied wrongly once
        {{"10587"}, "10587", ""},                                                 // an smtpd by that very name gets the milter
        {{"10587 spawn"}, "10587", "10587"},
    };
    for (const auto& c : cases) {
        const auto state = state_with(c.services);
        const auto* const holder = holder_of(config, state, c.name);
        BOOST_TEST((holder ? holder->name : "") == c.want, c.services.front() << ": " << (holder ? holder->name : "(free)"));
    }
}

BOOST_AUTO_TEST_CASE(ours_by_another_name) {
    const auto config = config_with_milter();
    const auto state = state_with({"smtp", "submission smtpd ours"});
    BOOST_REQUIRE(ours_at(config, state, 587));
    BOOST_TEST(ours_at(config, state, 587)->name == "submission");
    BOOST_TEST(!ours_at(config, state, 25));
}

BOOST_AUTO_TEST_CASE(what_is_disabled_holds_nothing) {
    const struct {
        const char* disabled;
        bool want_free;
    } cases[] = {{"", false}, {"submission/inet", true}, {"inet", true}, {"!submission/inet, inet", false}, {"smtp/inet", false}};
    for (const auto& c : cases) {
        auto state = state_with({"submission"});
        state.expanded["master_service_disable"] = c.disabled;
        BOOST_TEST(!holder_of(config_with_milter(), state, "587") == c.want_free, c.disabled);
    }
}

BOOST_AUTO_TEST_CASE(two_of_one_port_and_address) {
    const struct {
        std::vector<std::string> services;
        std::size_t want_pairs;
    } cases[] = {
        {{"smtp", "submission", "10587"}, 0},
        {{"smtp", "25"}, 1},
        {{"submissions", "smtps", "465"}, 3},
        {{"127.0.0.1:smtp", "127.0.0.1:25"}, 1},
        {{"127.0.0.1:25", "[::1]:25"}, 0},
        {{"nonsense-one", "nonsense-two"}, 0},
    };
    for (const auto& c : cases) BOOST_TEST(doubled_services(state_with(c.services)).size() == c.want_pairs, c.services.front());
}

BOOST_AUTO_TEST_CASE(implicit_tls_at_465_alone) {
    const auto config = config_with_milter();
    const struct {
        std::vector<std::string> services;
        const char* name;
        bool want;
    } cases[] = {
        {{"smtp"}, "465", true},
        {{"smtp"}, "10587", false},
        {{"smtp"}, "587", false},
        {{"submissions smtpd ours"}, "submissions", true},
        {{"smtps smtpd ours"}, "smtps", true},
        {{"submission smtpd ours"}, "submission", false},
    };
    for (const auto& c : cases) {
        const auto plan = plan_service(config, state_with(c.services), c.name, true);
        BOOST_TEST((plan.changes.front().value.find(" -o smtpd_tls_wrappermode=yes") != std::string::npos) == c.want, plan.changes.front().value);
    }
    auto state = state_with({"smtp", "submissions smtpd ours"});
    state.services.back().options["smtpd_tls_wrappermode"] = "no";   // said on purpose
    BOOST_TEST(!plan_service(config, state, "submissions", true).changes.front().changes());
    state.expanded["smtpd_tls_wrappermode"] = "yes";
    BOOST_TEST(plan_service(config, state, "465", true).changes.front().value.find("wrappermode") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
