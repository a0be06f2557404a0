// SPDX-License-Identifier: BSD-2-Clause
//
// The outsider's matrix: every session that somebody could open, with every From that he could write. Each combination's answer stands here, and by itself
// the test says which of them may relay at all.
#include <boost/test/unit_test.hpp>

#include "policy/decision.hh"
#include "tests/policy/rules_for_tests.hh"

using namespace crmrelay::policy;
using namespace crmrelay::policy::test;
namespace conf = crmrelay::conf;

namespace {

constexpr crmrelay::base::Seconds kNow = 1'795'000'000;

// Ours asks for network, login and TLS; the other configured domain for login and TLS from anywhere. Both are of one CRM, whose addresses both list.
Rules two_companies() {
    auto ours = domain("example.com", {{kNetwork, kLogin, kTls}}, {"192.0.2.0/24"}, {"crm@example.com"});
    ours.also = {"xn--bcher-kva.example"};
    const auto other = domain("example.org", {{kLogin, kTls}}, {"192.0.2.0/24"}, {"crm@example.org"});
    return rules_of({ours, other});
}

enum Login { none, wrong, others, right };   // after a wrong password the session has no login

SessionFacts session_of(bool listed, Login login, bool tls) {
    constexpr const char* kLogins[] = {"", "", "crm@example.org", "crm@example.com"};
    return session(listed ? "192.0.2.10" : "203.0.113.200", kLogins[login], tls);
}

struct From {
    const char* what;
    std::vector<std::string> fields;
    const char* speaks_for;   // the one configured domain whose addresses alone it holds, or nothing
};

const From kFroms[] = {
    {"own", {"Sales <sales@example.com>"}, "example.com"},
    {"own, in capitals", {"SALES <SALES@EXAMPLE.COM>"}, "example.com"},
    {"internationalised", {"sales@xn--bcher-kva.example"}, "example.com"},
    {"the other domain's", {"sales@example.org"}, "example.org"},
    {"foreign", {"ceo@bank.test"}, ""},
    {"two fields", {"sales@example.com", "ceo@bank.test"}, ""},
    {"two fields alike", {"sales@example.com", "sales@example.com"}, ""},
    {"own and the other's", {"sales@example.com, sales@example.org"}, ""},
    {"own and foreign", {"sales@example.com, ceo@bank.test"}, ""},
    {"two of ours", {"sales@example.com, ceo@xn--bcher-kva.example"}, "example.com"},
    {"a group", {"Team: sales@example.com;"}, ""},
    {"an empty group", {"undisclosed:;"}, ""},
    {"raw UTF-8", {"sales@b\xc3\xbc" "cher.example"}, ""},
    {"own name, foreign address", {"\"sales@example.com\" <ceo@bank.test>"}, ""},
    {"own address in front of a foreign one", {"sales@example.com <ceo@bank.test>"}, ""},
    {"own as a subdomain of a foreign one", {"sales@example.com.bank.test"}, ""},
    {"none", {}, ""},
};

// What the session hears at RCPT, and where that lets it pass, what the message hears: by whom its From speaks for.
struct Row {
    bool listed;
    Login login;
    bool tls;
    const char* want_rcpt;                           // "grant", the reason of the refusal, or "postfix": none of ours
    const char *want_own, *want_other, *want_rest;   // "relay" or the reason; "-" where no message comes
};

const Row kRows[] = {
    // listed, login, TLS    at RCPT    own     other    all else
    {true, none, false, "login", "-", "-", "-"},
    {true, none, true, "login", "-", "-", "-"},
    {true, wrong, false, "login", "-", "-", "-"},
    {true, wrong, true, "login", "-", "-", "-"},
    {true, others, false, "tls", "-", "-", "-"},
    {true, others, true, "grant", "login", "relay", "from"},
    {true, right, false, "tls", "-", "-", "-"},
    {true, right, true, "grant", "relay", "login", "from"},
    {false, none, false, "postfix", "-", "-", "-"},
    {false, none, true, "postfix", "-", "-", "-"},
    {false, wrong, false, "postfix", "-", "-", "-"},
    {false, wrong, true, "postfix", "-", "-", "-"},
    {false, others, false, "tls", "-", "-", "-"},
    {false, others, true, "grant", "login", "relay", "from"},
    {false, right, false, "network", "-", "-", "-"},
    {false, right, true, "network", "-", "-", "-"},
};

std::string name_of(const SessionVerdict& verdict) {
    if (verdict.kind == SessionVerdict::Kind::grant) return "grant";
    if (verdict.kind == SessionVerdict::Kind::not_ours) return "postfix";
    return verdict.refusal->reason;
}

std::string name_of(const MessageVerdict& verdict) {
    if (verdict.kind == MessageVerdict::Kind::relay) return "relay";
    if (verdict.kind == MessageVerdict::Kind::pass) return "postfix";
    return verdict.refusal->reason;
}

// Who may relay, said in other words than the rules: the proof of each company, and only under its own name.
bool may_relay(bool listed, Login login, bool tls, std::string_view speaks_for) {
    if (speaks_for == "example.com") return listed && login == right && tls;
    if (speaks_for == "example.org") return login == others && tls;
    return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(matrix)

BOOST_AUTO_TEST_CASE(every_combination_has_its_answer) {
    const auto rules = two_companies();
    BOOST_TEST(std::size(kRows) == 2u * 4u * 2u);
    for (const auto& row : kRows) {
        const auto facts = session_of(row.listed, row.login, row.tls);
        const auto at_rcpt = session_verdict(rules, facts);
        BOOST_TEST_CONTEXT((row.listed ? "listed" : "unlisted") << ", login " << row.login << (row.tls ? ", TLS" : ", no TLS")) {
            BOOST_TEST(name_of(at_rcpt) == row.want_rcpt);
            for (const auto& from : kFroms) BOOST_TEST_CONTEXT("From: " << from.what) {
                    const std::string_view speaks_for = from.speaks_for;
                    const std::string want = speaks_for == "example.com" ? row.want_own : speaks_for == "example.org" ? row.want_other : row.want_rest;
                    const bool granted = at_rcpt.kind == SessionVerdict::Kind::grant;
                    const auto got = granted ? name_of(message_verdict(rules, facts, message(from.fields), true, kNow)) : "-";
                    BOOST_TEST(got == want);
                    BOOST_TEST((got == "relay") == may_relay(row.listed, row.login, row.tls, speaks_for));
                }
        }
    }
}

// Nor does a message pass that came past RCPT in some other way: with a recipient of our own, or because Postfix would let it.
BOOST_AUTO_TEST_CASE(the_message_alone_decides_alike) {
    const auto rules = two_companies();
    for (const bool listed : {false, true})
        for (const auto login : {none, wrong, others, right})
            for (const bool tls : {false, true})
                for (const auto& from : kFroms)
                    for (const bool granted : {false, true}) {
                        const auto facts = session_of(listed, login, tls);
                        const auto got = message_verdict(rules, facts, message(from.fields), granted, kNow);
                        BOOST_TEST_CONTEXT(from.what << ", listed " << listed << ", login " << login << ", TLS " << tls << ", granted " << granted) {
                            const bool asked = granted || login == others || login == right;
                            BOOST_TEST((got.kind == MessageVerdict::Kind::relay) == (asked && may_relay(listed, login, tls, from.speaks_for)));
                            BOOST_TEST((got.kind == MessageVerdict::Kind::pass) == !asked);   // nobody's message is left alone, everybody else's is not
                            if (got.domain) BOOST_TEST(got.domain->name == from.speaks_for);
                        }
                    }
}

namespace {

using Held = std::map<conf::Evidence, Judgement>;

// Three-valued logic: a set is as good as its worst piece, a rule as good as its best set.
Judgement kleene(const std::vector<conf::EvidenceSet>& require, const Held& held) {
    const auto grade = [](Judgement judgement) { return judgement == Judgement::held ? 2 : judgement == Judgement::unknown ? 1 : 0; };
    int best = 0;
    for (const auto& set : require) {
        int worst = 2;
        for (const auto kind : set) worst = std::min(worst, grade(held.at(kind)));
        best = std::max(best, worst);
    }
    return best == 2 ? Judgement::held : best == 1 ? Judgement::unknown : Judgement::failed;
}

struct Scene {
    SessionFacts facts;
    MessageFacts message;
    Held held;
};

// Every outcome of each piece: 3 networks, 2 logins, TLS or none, 2 certificates, 2 tenants, 3 signatures.
std::vector<Scene> scenes() {
    std::vector<Scene> out;
    const auto judged = [](bool held) { return held ? Judgement::held : Judgement::failed; };
    for (int i = 0; i < 3 * 3 * 16; ++i) {
        const int network = i % 3, dkim = i / 3 % 3, bits = i / 9;
        const bool login = bits & 1, tls = bits & 2, certificate = bits & 4, tenant = bits & 8;
        constexpr Standing kStandings[] = {Standing::in, Standing::out, Standing::unknown};
        constexpr Judgement kJudgements[] = {Judgement::held, Judgement::failed, Judgement::unknown};
        Scene scene{session("203.0.113.9", login ? "crm@example.com" : "", tls), message({"sales@example.com"}), {}};
        scene.facts.spf = {{"_spf.crm.test", kStandings[network]}};
        if (certificate) scene.facts.fingerprint = kDigest;
        if (tenant) scene.message.headers = {{"X-Org", "1"}};
        if (dkim == 0) scene.message.dkim = {"example.com"};
        if (dkim == 2) scene.message.dkim_trouble = "timeout";
        scene.held = {{kNetwork, kJudgements[network]}, {kLogin, judged(login)}, {kTls, judged(tls)}, {kCertificate, judged(certificate)},
                      {kTenant, judged(tenant)}, {kDkim, kJudgements[dkim]}};
        out.push_back(std::move(scene));
    }
    return out;
}

// Every set that can stand in `require`.
std::vector<conf::EvidenceSet> all_sets() {
    std::vector<conf::EvidenceSet> out;
    for (unsigned bits = 0; bits < 64; ++bits) {
        conf::EvidenceSet set;
        for (std::size_t i = 0; i < std::size(conf::kAllEvidence); ++i)
            if (bits >> i & 1) set.insert(conf::kAllEvidence[i]);
        if (set.contains(kNetwork) || set.contains(kLogin) || set.contains(kCertificate)) out.push_back(std::move(set));
    }
    return out;
}

void check_scene(const Rules& rules, const Scene& scene) {
    const auto& require = rules.domain(0).require;
    const auto want = kleene(require, scene.held);
    const auto got = message_verdict(rules, scene.facts, scene.message, true, kNow);
    BOOST_TEST((got.kind == MessageVerdict::Kind::relay) == (want == Judgement::held));
    if (want != Judgement::held) BOOST_TEST(got.refusal->reply.is_temporary() == (want == Judgement::unknown));

    auto hopeful = scene.held;   // at RCPT, what stands in the message may still hold
    hopeful[kTenant] = hopeful[kDkim] = Judgement::held;
    const auto at_rcpt = session_verdict(rules, scene.facts).kind;
    const auto want_rcpt = kleene(require, hopeful);
    BOOST_TEST((at_rcpt == SessionVerdict::Kind::grant) == (want_rcpt == Judgement::held));
    BOOST_TEST((at_rcpt == SessionVerdict::Kind::defer) == (want_rcpt == Judgement::unknown));
    if (got.kind == MessageVerdict::Kind::relay) BOOST_TEST((at_rcpt == SessionVerdict::Kind::grant));   // RCPT never forbids what the message would prove
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_rule_with_every_outcome_of_its_pieces) {
    const auto every = scenes();
    const auto sets = all_sets();
    BOOST_TEST(sets.size() == 56u);
    auto entry = domain("example.com", {}, {}, {"crm@example.com"});
    entry.spf_networks = {"_spf.crm.test"};
    entry.certificates = {by_fingerprint(kDigest)};
    entry.tenant = conf::Tenant{"X-Org", "1"};
    for (std::size_t i = 0; i < sets.size(); ++i) {
        for (std::size_t j = i; j < sets.size(); ++j) {   // alone (j == i), and beside each other one
            entry.require = {sets[i]};
            if (j != i) entry.require.push_back(sets[j]);
            const auto rules = rules_of({entry});
            for (const auto& scene : every) check_scene(rules, scene);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
