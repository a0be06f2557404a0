// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/session_verdict.cc: who passes RCPT.
#include <boost/test/unit_test.hpp>

#include "policy/decision.hh"
#include "tests/policy/rules_for_tests.hh"

using namespace crmrelay::policy;
using namespace crmrelay::policy::test;
namespace conf = crmrelay::conf;
using Kind = SessionVerdict::Kind;

namespace {

struct Row {
    const char* what;
    SessionFacts facts;
    Kind want;
    const char* want_domain;
    const char* want_reason;
};

template <std::size_t N>
void check(const Rules& rules, const Row (&rows)[N]) {
    for (const auto& row : rows) {
        const auto got = session_verdict(rules, row.facts);
        BOOST_TEST_CONTEXT(row.what) {
            BOOST_TEST((got.kind == row.want));
            BOOST_TEST((got.refusal ? got.refusal->domain : "") == row.want_domain);
            BOOST_TEST((got.refusal ? got.refusal->reason : "") == row.want_reason);
            if (!got.refusal) continue;
            BOOST_TEST(got.refusal->reply.is_temporary() == (row.want == Kind::defer));
            BOOST_TEST(got.refusal->reply.reason() == row.want_reason);
            if (row.want != Kind::defer) BOOST_TEST(got.refusal->observed == (row.want == Kind::not_ours));
        }
    }
}

// spf.test: network + login + TLS; open.test: network alone; cert.test: network + certificate; each by a record of its own. pin.test: certificate and TLS from
// anywhere, else network + login.
Rules by_records() {
    auto spf = domain("spf.test", {{kNetwork, kLogin, kTls}}, {"192.0.2.0/24"}, {"crm@spf.test"});
    spf.spf_networks = {"_spf.crm.test"};
    auto open = domain("open.test", {{kNetwork}}, {}, {"crm@open.test"});
    open.spf_networks = {"open.crm.test"};
    auto cert = domain("cert.test", {{kNetwork, kCertificate}}, {}, {});
    cert.spf_networks = {"cert.crm.test"};
    cert.certificates = {by_fingerprint(kDigest)};
    auto pin = domain("pin.test", {{kCertificate, kTls}, {kNetwork, kLogin}}, {"198.51.100.0/24"}, {"crm@pin.test"});
    pin.certificates = {by_fingerprint(kOtherDigest), by_subject("pin.crm.test")};
    return rules_of({spf, open, cert, pin});
}

SessionFacts asked(SessionFacts facts, Standing spf, Standing open, Standing cert) {
    return with_spf(std::move(facts), {{"_spf.crm.test", spf}, {"open.crm.test", open}, {"cert.crm.test", cert}});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(session_verdicts)

BOOST_AUTO_TEST_CASE(table) {
    const Row rows[] = {
        {"all evidence", session("192.0.2.10", "crm@example.com", true), Kind::grant, "", ""},
        {"login in capitals", session("192.0.2.10", "CRM@Example.com", true), Kind::grant, "", ""},
        {"IPv6", session("2001:db8::5", "crm@example.com", true), Kind::grant, "", ""},
        {"IPv4-mapped", session("::ffff:192.0.2.10", "crm@example.com", true), Kind::grant, "", ""},
        {"right login, unlisted address", session("203.0.113.200", "crm@example.com", true), Kind::refuse, "example.com", "network"},
        {"listed address, no login", session("192.0.2.10", "", true), Kind::refuse, "example.com", "login"},
        {"no TLS", session("192.0.2.10", "crm@example.com", false), Kind::refuse, "example.com", "tls"},
        {"neither", session("203.0.113.200", "", true), Kind::not_ours, "", ""},
        {"an employee's login", session("203.0.113.200", "taro@example.com", true), Kind::not_ours, "", ""},
        {"an employee's login from a listed address", session("192.0.2.10", "taro@example.com", true), Kind::not_ours, "", ""},
        {"second alternative: network alone", session("198.51.100.7", "", false), Kind::grant, "", ""},
        {"first alternative: login and TLS from anywhere", session("203.0.113.200", "crm@example.org", true), Kind::grant, "", ""},
        {"first alternative without TLS", session("203.0.113.200", "crm@example.org", false), Kind::refuse, "example.org", "tls"},
        {"another domain's login from a listed address", session("192.0.2.10", "crm@example.org", false), Kind::refuse, "example.org", "tls"},
        {"observing, evidence holds", session("203.0.113.9", "crm@watch.test", true), Kind::grant, "", ""},
        {"observing, evidence fails", session("203.0.113.200", "crm@watch.test", true), Kind::not_ours, "watch.test", "network"},
        {"observing, no login", session("203.0.113.9", "", false), Kind::not_ours, "watch.test", "login"},
    };
    check(rules_of(usual_domains()), rows);
}

BOOST_AUTO_TEST_CASE(by_spf_record) {
    using enum Standing;
    const auto crm = session("203.0.113.9", "crm@spf.test", true), stranger = session("203.0.113.9", "", true), employee = session("203.0.113.9", "taro@spf.test", true);
    const auto plain = session("203.0.113.9", "crm@spf.test", false), listed = session("192.0.2.9", "", true);
    const Row rows[] = {
        {"passed", asked(crm, in, out, out), Kind::grant, "", ""},
        {"not passed", asked(crm, out, out, out), Kind::refuse, "spf.test", "network"},
        {"passed, no TLS", asked(plain, in, out, out), Kind::refuse, "spf.test", "tls"},
        {"a listed address needs no record", session("192.0.2.9", "crm@spf.test", true), Kind::grant, "", ""},
        {"no login, passed by a record that is not enough", asked(stranger, in, out, out), Kind::refuse, "spf.test", "login"},
        {"no login, passed by one that is", asked(stranger, out, in, out), Kind::grant, "", ""},
        {"no login, passed by none", asked(stranger, out, out, out), Kind::not_ours, "", ""},
        {"an employee, passed by a record that is not enough", asked(employee, in, out, out), Kind::not_ours, "", ""},
        {"no login, listed", asked(listed, out, out, out), Kind::refuse, "spf.test", "login"},
    };
    check(by_records(), rows);
}

BOOST_AUTO_TEST_CASE(deferred_where_an_unknown_decides) {
    using enum Standing;
    const auto crm = session("203.0.113.9", "crm@spf.test", true), stranger = session("203.0.113.9", "", true), employee = session("203.0.113.9", "taro@spf.test", true);
    const auto plain = session("203.0.113.9", "crm@spf.test", false), listed = session("192.0.2.9", "", true);
    const auto certified = with_certificate(stranger, kDigest), certified_plain_pin = with_certificate(session("203.0.113.9", "", false), kOtherDigest);
    const Row rows[] = {
        {"a login's network is unknown", asked(crm, unknown, out, out), Kind::defer, "spf.test", "unavailable"},
        {"a login's network was not asked", crm, Kind::defer, "spf.test", "unavailable"},
        {"a login without TLS fails whatever DNS says", asked(plain, unknown, unknown, unknown), Kind::refuse, "spf.test", "tls"},
        {"a login that is refused; other domains' records were not asked", with_spf(crm, {{"_spf.crm.test", out}}), Kind::refuse, "spf.test", "network"},
        {"a stranger; the record that is enough is unknown", asked(stranger, out, unknown, out), Kind::defer, "open.test", "unavailable"},
        {"a stranger; the unknown record is not enough", asked(stranger, unknown, out, unknown), Kind::not_ours, "", ""},
        {"a stranger; the record that is enough passes it", asked(stranger, unknown, in, unknown), Kind::grant, "", ""},
        {"a stranger from a listed address, which could be another's", asked(listed, out, unknown, out), Kind::defer, "open.test", "unavailable"},
        {"a stranger from a listed address, and no record that is enough", asked(listed, unknown, out, unknown), Kind::refuse, "spf.test", "login"},
        {"an employee stays Postfix's", asked(employee, unknown, unknown, unknown), Kind::not_ours, "", ""},
        {"an employee from a listed address", asked(session("192.0.2.9", "taro@spf.test", true), unknown, unknown, unknown), Kind::not_ours, "", ""},
        {"a certificate whose network is unknown", asked(certified, out, out, unknown), Kind::defer, "cert.test", "unavailable"},
        {"a certificate whose network is known", asked(certified, unknown, out, in), Kind::grant, "", ""},
        {"a certificate from elsewhere", asked(certified, out, out, out), Kind::refuse, "cert.test", "network"},
        {"a certificate that fails, from an address that could be enough", asked(certified, out, unknown, out), Kind::defer, "open.test", "unavailable"},
        {"a certificate without what it takes, all known", asked(certified_plain_pin, out, out, out), Kind::refuse, "pin.test", "tls"},
    };
    check(by_records(), rows);
    const auto got = session_verdict(by_records(), crm);
    BOOST_TEST(got.refusal->reply.line() ==
               "451 4.4.3 spf.test: whether client 203.0.113.9 is in this domain's networks cannot be looked up now [crmrelay:unavailable]");
}

BOOST_AUTO_TEST_CASE(by_certificate) {
    using enum Standing;
    const auto stranger = asked(session("203.0.113.9", "", true), out, out, out), plain = asked(session("203.0.113.9", "", false), out, out, out);
    const auto crm = asked(session("203.0.113.9", "crm@pin.test", true), out, out, out), employee = asked(session("203.0.113.9", "taro@pin.test", true), out, out, out);
    const Row rows[] = {
        {"its fingerprint", with_certificate(stranger, kOtherDigest), Kind::grant, "", ""},
        {"its subject", with_certificate(stranger, "AB", "PIN.crm.test"), Kind::grant, "", ""},
        {"without TLS of the least version", with_certificate(plain, kOtherDigest), Kind::refuse, "pin.test", "tls"},
        {"an unknown one", with_certificate(stranger, "AB"), Kind::not_ours, "", ""},
        {"an unknown one, its login", with_certificate(crm, "AB"), Kind::refuse, "pin.test", "certificate"},
        {"its login, no certificate", crm, Kind::refuse, "pin.test", "certificate"},
        {"its login, its certificate", with_certificate(crm, kOtherDigest), Kind::grant, "", ""},
        {"another domain's login, its certificate", with_certificate(asked(session("203.0.113.9", "crm@spf.test", true), out, out, out), kOtherDigest), Kind::grant, "", ""},
        {"an employee's login with its certificate", with_certificate(employee, kOtherDigest), Kind::grant, "", ""},
        {"an employee's login with a certificate that is not enough", with_certificate(employee, kDigest), Kind::refuse, "cert.test", "network"},
        {"two proofs, neither enough: the login's domain is named", with_certificate(asked(session("203.0.113.9", "crm@spf.test", true), out, out, out), kDigest),
         Kind::refuse, "spf.test", "network"},
    };
    check(by_records(), rows);
}

BOOST_AUTO_TEST_CASE(what_stands_in_the_message_may_still_hold) {
    auto tenant = domain("tenant.test", {{kNetwork, kTenant}}, {"192.0.2.0/24"}, {});
    tenant.tenant = conf::Tenant{"X-Org", "1"};
    const auto signed_only = domain("signed.test", {{kLogin, kDkim}}, {}, {"crm@signed.test"});
    const auto nameless = domain("nameless.test", {{kNetwork, kTenant}}, {"198.51.100.0/24"}, {});
    const Row rows[] = {
        {"network, then tenant", session("192.0.2.1", "", false), Kind::grant, "", ""},
        {"tenant alone", session("203.0.113.9", "", false), Kind::not_ours, "", ""},
        {"login, then DKIM", session("203.0.113.9", "crm@signed.test", false), Kind::grant, "", ""},
        {"a tenant is asked for, and none is named", session("198.51.100.1", "", false), Kind::refuse, "nameless.test", "tenant"},
    };
    check(rules_of({tenant, signed_only, nameless}), rows);
}

BOOST_AUTO_TEST_CASE(observing_beside_enforcing) {
    using enum Standing;
    auto watch = domain("watch.test", {{kNetwork, kLogin}}, {"192.0.2.0/24"}, {"crm@both.test"});
    watch.mode = conf::Mode::observe;
    watch.spf_networks = {"watch.crm.test"};
    const auto force = domain("force.test", {{kLogin, kTls}}, {"192.0.2.0/24"}, {"crm@both.test"});
    const auto rules = rules_of({force, watch});
    const auto elsewhere = session("203.0.113.9", "crm@both.test", false);
    const Row rows[] = {
        {"both fail", with_spf(elsewhere, {{"watch.crm.test", out}}), Kind::not_ours, "watch.test", "network"},
        {"the observing one is unknown", elsewhere, Kind::defer, "watch.test", "unavailable"},
        {"the enforcing one holds", session("203.0.113.9", "crm@both.test", true), Kind::grant, "", ""},
        {"by address: both fail", with_spf(session("192.0.2.1", "", true), {{"watch.crm.test", out}}), Kind::not_ours, "watch.test", "login"},
    };
    check(rules, rows);
}

BOOST_AUTO_TEST_CASE(the_reply_names_domain_and_cause) {
    const auto rules = rules_of(usual_domains());
    const auto got = session_verdict(rules, session("203.0.113.200", "crm@example.com", true));
    BOOST_TEST(got.refusal->reply.line() == "550 5.7.1 example.com: client 203.0.113.200 is not in this domain's networks [crmrelay:network]");
}

BOOST_AUTO_TEST_CASE(a_refusal_holds_every_piece_of_its_domain) {
    auto one = domain("one.test", {{kNetwork, kLogin, kTenant}}, {"192.0.2.0/24"}, {"crm@one.test"});
    one.tenant = conf::Tenant{"X-Org", "1"};
    const auto rules = rules_of({one});
    const auto got = session_verdict(rules, session("203.0.113.9", "crm@one.test", true));
    BOOST_TEST(pieces(got.refusal->findings, Judgement::held) == "login");
    BOOST_TEST(pieces(got.refusal->findings, Judgement::failed) == "network");
    BOOST_TEST(pieces(got.refusal->findings, Judgement::later) == "tenant");

    one.spf_networks = {"_spf.crm.test"};
    const auto unknown = session_verdict(rules_of({one}), session("203.0.113.9", "crm@one.test", true));
    BOOST_TEST(pieces(unknown.refusal->findings, Judgement::unknown) == "network");
}

BOOST_AUTO_TEST_CASE(nothing_configured_concerns_nobody) {
    const auto rules = rules_of({});
    BOOST_TEST((session_verdict(rules, session("192.0.2.10", "crm@example.com", true)).kind == Kind::not_ours));
}

BOOST_AUTO_TEST_SUITE_END()
