// SPDX-License-Identifier: BSD-2-Clause
//
// The lines that a configuration needs, from values alone.
#include "ctl/postfix_plan.hh"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/ctl/postfix_support.hh"

namespace crmrelay::ctl {

namespace {

base::Endpoint endpoint(const char* text) { return *base::Endpoint::parse(text); }

conf::Config config_of(const std::vector<conf::ReturnPath>& return_paths) {
    conf::Config out;
    out.service.milter = endpoint("unix:/var/spool/postfix/crmrelay/milter.sock");
    out.service.policy = endpoint("unix:/var/spool/postfix/crmrelay/policy.sock");
    out.service.bounce = endpoint("unix:/var/spool/postfix/crmrelay/bounce.sock");
    out.service.auth = endpoint("unix:/var/spool/postfix/crmrelay/auth.sock");
    for (const auto& return_path : return_paths) {
        conf::Domain domain;
        domain.name = "d" + std::to_string(out.domains.size()) + ".test";
        domain.return_path = return_path;
        out.domains.push_back(domain);
    }
    return out;
}

const Change* find(const Plan& plan, const std::string& name) {
    const auto found = std::ranges::find(plan.changes, name, &Change::name);
    return found == plan.changes.end() ? nullptr : &*found;
}

std::string value_of(const Plan& plan, const std::string& name) {
    const auto* const change = find(plan, name);
    return change ? change->value : "(none)";
}

constexpr const char* kBounce = "lmtp:unix:crmrelay/bounce.sock";

}  // namespace

BOOST_AUTO_TEST_SUITE(postfix_plan)

BOOST_AUTO_TEST_CASE(sockets_as_postfix_writes_them) {
    auto config = config_of({});
    auto sockets = sockets_for(config.service, "/var/spool/postfix");
    BOOST_TEST(sockets.milter == "unix:crmrelay/milter.sock");
    BOOST_TEST(sockets.policy == "unix:crmrelay/policy.sock");
    BOOST_TEST(sockets.bounce == kBounce);
    sockets = sockets_for(config.service, "/var/spool/postfix-two");
    BOOST_TEST(sockets.policy == "unix:/var/spool/postfix/crmrelay/policy.sock");
    config.service.milter = endpoint("inet:8891@127.0.0.1");
    config.service.bounce = endpoint("inet:8892@::1");
    sockets = sockets_for(config.service, "/var/spool/postfix");
    BOOST_TEST(sockets.milter == "inet:127.0.0.1:8891");
    BOOST_TEST(sockets.bounce == "lmtp:inet:[::1]:8892");
}

BOOST_AUTO_TEST_CASE(a_bounce_domain_of_its_own) {
    const auto plan = plan_main(config_of({{"", "bounce.example.com"}, {"", "bounce.example.com"}, {"b+", "b2.test"}}), test::default_state());
    BOOST_TEST(value_of(plan, "relay_domains") == "b2.test, bounce.example.com");
    BOOST_TEST(value_of(plan, "transport_maps") ==
               "inline:{b2.test=lmtp:unix:crmrelay/bounce.sock}, inline:{bounce.example.com=lmtp:unix:crmrelay/bounce.sock}");
    BOOST_TEST(value_of(plan, "relay_recipient_maps") == "(none)");
    BOOST_TEST(value_of(plan, "recipient_delimiter") == "(none)");
    BOOST_TEST(value_of(plan, "notify_classes") == "resource, software, 2bounce");
    BOOST_TEST(value_of(plan, "2bounce_notice_recipient") == "2bounce@b2.test");
    BOOST_TEST(value_of(plan, "smtpd_recipient_restrictions") == "(none)");
    BOOST_TEST(!find(plan, "relay_domains")->former.has_value());
    BOOST_TEST(plan.notes.empty());
}

BOOST_AUTO_TEST_CASE(a_bounce_domain_that_was_wired_by_hand) {
    for (const char* const map : {"inline:{b2.test=lmtp:unix:crmrelay/bounce.sock}", "inline:{{b2.test = lmtp:unix:crmrelay/bounce.sock}}",
                                  "texthash:/t, inline:{ {other.test = smtp:}, {b2.test = lmtp:unix:crmrelay/bounce.sock} }"}) {
        auto state = test::default_state();
        state.values["transport_maps"] = state.expanded["transport_maps"] = map;
        state.values["relay_domains"] = state.expanded["relay_domains"] = "b2.test";
        state.set["transport_maps"] = state.set["relay_domains"] = true;
        const auto plan = plan_main(config_of({{"b+", "b2.test"}}), state);
        BOOST_TEST(value_of(plan, "transport_maps") == map);
        BOOST_TEST(!find(plan, "transport_maps")->changes());
        BOOST_TEST(value_of(plan, "relay_domains") == "b2.test");
    }
}

BOOST_AUTO_TEST_CASE(recipient_maps_only_where_postfix_asks_them) {
    auto state = test::default_state();
    state.values["relay_recipient_maps"] = state.expanded["relay_recipient_maps"] = "hash:/r";
    state.set["relay_recipient_maps"] = true;
    const auto plan = plan_main(config_of({{"", "bounce.example.com"}}), state);
    BOOST_TEST(value_of(plan, "relay_recipient_maps") == "hash:/r, inline:{@bounce.example.com=x}");
}

BOOST_AUTO_TEST_CASE(a_return_path_beside_mailboxes) {
    const struct {
        const char *parameter, *want_recipient_map, *want_value;
    } cases[] = {
        {"mydestination", "local_recipient_maps", "proxy:unix:passwd.byname $alias_maps, inline:{bounce@mail.test=x}"},
        {"virtual_mailbox_domains", "virtual_mailbox_maps", "inline:{bounce@mail.test=x}"},
        {"relay_domains", "relay_recipient_maps", "(none)"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.parameter) {
            auto state = test::default_state();
            state.values[c.parameter] = state.expanded[c.parameter] = "other.test, Mail.test";
            state.set[c.parameter] = true;
            state.values["recipient_delimiter"] = state.expanded["recipient_delimiter"] = "-";
            const auto plan = plan_main(config_of({{"bounce+", "mail.test"}}), state);
            BOOST_TEST(value_of(plan, "transport_maps") ==
                       "inline:{bounce@mail.test=lmtp:unix:crmrelay/bounce.sock}, inline:{2bounce@mail.test=lmtp:unix:crmrelay/bounce.sock}");
            BOOST_TEST(value_of(plan, c.want_recipient_map) == c.want_value);
            BOOST_TEST(value_of(plan, "recipient_delimiter") == "-+");
            if (std::string(c.parameter) != "relay_domains") BOOST_TEST(value_of(plan, "relay_domains") == "(none)");
        }
}

BOOST_AUTO_TEST_CASE(tells_of_what_cannot_work) {
    auto state = test::default_state();
    state.values["virtual_alias_domains"] = state.expanded["virtual_alias_domains"] = "alias.test";
    BOOST_TEST(plan_main(config_of({{"bounce+", "alias.test"}}), state).notes.size() == 1U);
    BOOST_TEST(plan_main(config_of({{"", "example.org"}}), state).notes.size() == 1U);   // it is in mydestination
    state.values["smtpd_relay_restrictions"] = "permit_mynetworks, reject_unauth_destination, reject_rbl_client a.test";
    BOOST_TEST(plan_main(config_of({}), state).notes.size() == 1U);
}

BOOST_AUTO_TEST_CASE(without_return_paths_nothing_of_bounces) {
    const auto plan = plan_main(config_of({}), test::default_state());
    BOOST_TEST(plan.changes.size() == 1U);
    BOOST_TEST(plan.changes.front().name == "smtpd_relay_restrictions");
}

BOOST_AUTO_TEST_CASE(a_service_of_the_crms_own) {
    auto state = test::default_state();
    auto plan = plan_service(config_of({}), state, "10587", true);
    BOOST_REQUIRE(plan.changes.size() == 1U);
    BOOST_TEST(
        plan.changes.front().value ==
        "10587 inet n - y - - smtpd -o syslog_name=postfix/crmrelay -o smtpd_tls_security_level=encrypt -o smtpd_tls_ask_ccert=yes -o smtpd_sasl_auth_enable=yes "
        "-o smtpd_sasl_type=dovecot -o smtpd_sasl_path=crmrelay/auth.sock "
        "-o {smtpd_milters={ unix:crmrelay/milter.sock, default_action=tempfail, connect_timeout=5s, command_timeout=30s }}");
    state.services.push_back({"10587", "inet", true, "smtpd", "10587 inet n - y - - smtpd -o smtpd_milters=inet:h:1 -v", {{"smtpd_milters", "inet:h:1"}}});
    plan = plan_service(config_of({}), state, "10587", true);
    BOOST_TEST(
        plan.changes.front().value ==
        "10587 inet n - y - - smtpd -o {smtpd_milters=inet:h:1, { unix:crmrelay/milter.sock, default_action=tempfail, connect_timeout=5s, command_timeout=30s }} -v");
}

BOOST_AUTO_TEST_CASE(logins_of_main_cf_are_kept) {
    auto state = test::default_state();
    state.values["smtpd_sasl_auth_enable"] = state.expanded["smtpd_sasl_auth_enable"] = "yes";
    const auto theirs = plan_service(config_of({}), state, "10587", false);
    BOOST_TEST(theirs.changes.front().value.find("smtpd_sasl_path") == std::string::npos);
    BOOST_REQUIRE(theirs.notes.size() == 1U);
    BOOST_TEST(theirs.notes.front().find("crmrelayctl login add") != std::string::npos);
    const auto ours = plan_service(config_of({}), state, "10587", true);
    BOOST_TEST(ours.changes.front().value.find("-o smtpd_sasl_path=crmrelay/auth.sock") != std::string::npos);
    BOOST_TEST(ours.notes.empty());
}

BOOST_AUTO_TEST_CASE(certificates_are_asked_for_and_digested_by_sha256) {
    auto config = config_of({{"", "bounce.example.com"}});
    BOOST_TEST(value_of(plan_main(config, test::default_state()), "smtpd_tls_fingerprint_digest") == "(none)");
    config.domains.front().certificates.push_back({conf::Certificate::By::fingerprint, "AB:CD"});
    BOOST_TEST(value_of(plan_main(config, test::default_state()), "smtpd_tls_fingerprint_digest") == "sha256");
    BOOST_TEST(value_of(plan_shared(config, test::default_state()), "smtpd_tls_ask_ccert") == "yes");
    config.domains.front().certificates.front() = {conf::Certificate::By::subject, "crm.example"};
    BOOST_TEST(value_of(plan_main(config, test::default_state()), "smtpd_tls_fingerprint_digest") == "(none)");
}

BOOST_AUTO_TEST_CASE(the_milter_goes_last_in_main_cf) {
    auto state = test::default_state();
    state.values["smtpd_milters"] = "inet:127.0.0.1:8891 $more";
    state.set["smtpd_milters"] = true;
    BOOST_TEST(plan_shared(config_of({}), state).changes.front().value ==
               "inet:127.0.0.1:8891 $more, { unix:crmrelay/milter.sock, default_action=tempfail, connect_timeout=5s, command_timeout=30s }");
    state.values["smtpd_milters"] = "{unix:crmrelay/milter.sock, default_action=accept}";
    BOOST_TEST(!plan_shared(config_of({}), state).changes.front().changes());
}

BOOST_AUTO_TEST_CASE(services_with_restrictions_of_their_own) {
    auto state = test::default_state();
    state.services.push_back({"587",
                              "inet",
                              true,
                              "smtpd",
                              "587 inet n - y - - smtpd -o smtpd_recipient_restrictions=permit_mynetworks,reject_unauth_destination",
                              {{"smtpd_recipient_restrictions", "permit_mynetworks,reject_unauth_destination"}}});
    const auto plan = plan_main(config_of({}), state);
    BOOST_TEST(
        value_of(plan, "587/inet") ==
        "587 inet n - y - - smtpd -o {smtpd_recipient_restrictions=permit_mynetworks,check_policy_service { unix:crmrelay/policy.sock, policy_context=granted, timeout=10s, "
        "{ default_action = DEFER_IF_REJECT 4.3.0 [crmrelay:unavailable] } }, reject_unauth_destination}");
}

BOOST_AUTO_TEST_CASE(submission_as_debian_has_it) {
    auto state = test::default_state();
    const std::string line = "submission inet n - y - - smtpd -o smtpd_recipient_restrictions= -o smtpd_relay_restrictions=permit_sasl_authenticated,reject";
    state.services.push_back({"submission", "inet", true, "smtpd", line, {{"smtpd_recipient_restrictions", ""}, {"smtpd_relay_restrictions", "permit_sasl_authenticated,reject"}}});
    const auto plan = plan_main(config_of({}), state);
    const auto amended = value_of(plan, "submission/inet");
    BOOST_TEST(amended ==
               "submission inet n - y - - smtpd -o smtpd_recipient_restrictions= -o {smtpd_relay_restrictions=check_policy_service { unix:crmrelay/policy.sock, policy_context=recipient, "
               "timeout=10s, default_action=DUNNO }, check_policy_service { unix:crmrelay/policy.sock, policy_context=relay, timeout=10s, { default_action = DEFER_IF_REJECT 4.3.0 "
               "[crmrelay:unavailable] } }, permit_sasl_authenticated,reject}");
    const auto change = std::ranges::find(plan.changes, "submission/inet", &Change::name);
    BOOST_REQUIRE(change != plan.changes.end());
    BOOST_TEST(reverted(*change, amended).value_or("") == line);
    BOOST_TEST(reverted(*change, amended + " -o x=y").value_or("") ==
               "submission inet n - y - - smtpd -o smtpd_recipient_restrictions= -o smtpd_relay_restrictions=permit_sasl_authenticated,reject -o x=y");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
