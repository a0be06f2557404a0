// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/strikes.cc: a day as a list of events with a clock of the test's own, and everybody who tries to switch somebody else's domain off.
#include "policy/strikes.hh"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "policy/strike_events.hh"
#include "tests/policy/rules_for_tests.hh"

using namespace crmrelay;
using namespace crmrelay::policy;
using namespace crmrelay::policy::test;

namespace {

constexpr base::Seconds kHour = 3600;
constexpr base::Seconds kBerlinForward = 1806188400;    // 2027-03-28 0:00, a day of 23 hours
constexpr base::Seconds kBerlinBack = 1824933600;       // 2027-10-31 0:00, a day of 25 hours
constexpr base::Seconds kYorkForward = 1805000400;      // 2027-03-14 0:00, 23 hours
constexpr base::Seconds kYorkBack = 1825560000;         // 2027-11-07 0:00, 25 hours; in Havana as well, whose midnight comes twice

conf::Domain domain_in(const char* zone, int after) {
    auto out = domain("example.com", {{kNetwork, kLogin, kTls}}, {"192.0.2.0/24"}, {"crm@example.com"});
    out.timezone = *base::TimeZone::find(zone);
    out.suspend.after = after;
    return out;
}

store::Failure failure_at(base::Seconds time, const char* reason = "network") { return {time, reason, "550 5.7.1 x [crmrelay:network]", "203.0.113.9", "crm@example.com", "4F1"}; }

// A day's events: "f" a failure, "r" a relayed message, "+N" N seconds pass, "R" an administrator resumes, "m" it resumes by itself where it is over.
// What comes of each failure: its number, then "w" warned, "t" told, "S" suspended, "-" not counted.
std::string play(const conf::Domain& domain, base::Seconds now, const std::string& events, store::Standing* last = nullptr) {
    store::Standing standing;
    standing.domain = domain.name;
    std::string out;
    std::size_t at = 0;
    while (at < events.size()) {
        const char event = events[at++];
        if (event == '+') {
            std::size_t used = 0;
            now += std::stoll(events.substr(at), &used);
            at += used;
        } else if (event == 'r') {
            standing.in_a_row = 0;
            standing.failures.clear();
        } else if (event == 'R' || event == 'm') {
            const auto after = event == 'R' ? resumed(standing) : resumed_when_over(standing, now);
            if (after) standing = *after;
            out += after ? "(up)" : "(as it was)";
        } else if (event == 'f') {
            using Tell = Struck::Tell;
            const auto struck = strike(standing, domain, failure_at(now));
            standing = struck.standing;
            out += struck.changed ? std::to_string(standing.in_a_row) : "-";
            out += struck.tell == Tell::warned ? "w" : struck.tell == Tell::told ? "t" : struck.tell == Tell::suspended ? "S" : "";
        }
    }
    if (last) *last = standing;
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(strikes)

BOOST_AUTO_TEST_CASE(days) {
    const auto day = kHour * 24;
    const base::Seconds tokyo = 1795532400;   // 2026-11-25 0:00 there
    const struct {
        const char* zone;
        int after;
        base::Seconds begin;
        std::string events, want;
    } cases[] = {
        {"UTC", 3, 1795608000, "fff", "12w3S"},
        {"UTC", 3, 1795608000, "ffff", "12w3S-"},
        {"UTC", 3, 1795608000, "ffrff", "12w12"},                                          // warned once a day; a relayed message ends the row
        {"UTC", 3, 1795608000, "ffrfff", "12w123S"},
        {"UTC", 1, 1795608000, "f", "1S"},
        {"UTC", 2, 1795608000, "ff", "12S"},
        {"UTC", 5, 1795608000, "fffff", "12w345S"},
        {"UTC", 0, 1795608000, "ffffff", "12w3t456"},                                      // told, and nothing is suspended
        {"UTC", 0, 1795608000, "fffrfff", "12w3t123"},
        {"UTC", 3, 1795608000, "fffRfff", "12w3S(up)123S"},
        {"UTC", 3, 1795608000, "m", "(as it was)"},
        // Midnight.
        {"UTC", 3, 1795651199, "ff+1f", "12w1"},                                           // the leap into the next day, between two and three
        {"UTC", 3, 1795651199, "fff+1mf", "12w3S(up)1"},
        {"UTC", 3, 1795651198, "fff+1m", "12w3S(as it was)"},
        {"Asia/Tokyo", 3, tokyo - 2, "ff+2fff", "12w12w3S"},
        {"Asia/Tokyo", 3, tokyo - 2, "ff+1f", "12w3S"},
        {"Asia/Tokyo", 3, tokyo, fmt::format("fff+{}m+1m", day - 1), "12w3S(as it was)(up)"},
        // Daylight saving: a day of 23 hours, and one of 25.
        {"Europe/Berlin", 3, kBerlinForward, fmt::format("ff+{}f", 23 * kHour - 1), "12w3S"},
        {"Europe/Berlin", 3, kBerlinForward, fmt::format("ff+{}f", 23 * kHour), "12w1"},
        {"Europe/Berlin", 3, kBerlinForward, fmt::format("fff+{}m+1m", 23 * kHour - 1), "12w3S(as it was)(up)"},
        {"Europe/Berlin", 3, kBerlinBack, fmt::format("ff+{}f", 25 * kHour - 1), "12w3S"},
        {"Europe/Berlin", 3, kBerlinBack, fmt::format("ff+{}f", 25 * kHour), "12w1"},
        {"Europe/Berlin", 3, kBerlinBack, fmt::format("fff+{}m+1m", 25 * kHour - 1), "12w3S(as it was)(up)"},
        {"America/New_York", 3, kYorkForward, fmt::format("ff+{}f", 23 * kHour - 1), "12w3S"},
        {"America/New_York", 3, kYorkForward, fmt::format("ff+{}f", 23 * kHour), "12w1"},
        {"America/New_York", 3, kYorkForward, fmt::format("fff+{}m+1m", 23 * kHour - 1), "12w3S(as it was)(up)"},
        {"America/New_York", 3, kYorkBack, fmt::format("ff+{}f", 25 * kHour - 1), "12w3S"},
        {"America/New_York", 3, kYorkBack, fmt::format("ff+{}f", 25 * kHour), "12w1"},
        {"America/New_York", 3, kYorkBack, fmt::format("fff+{}m+1m", 25 * kHour - 1), "12w3S(as it was)(up)"},
        {"America/Havana", 3, kYorkForward - 1, "ff+1f", "12w1"},                          // a midnight that does not exist: 0:00 is 1:00
        {"America/Havana", 3, kYorkForward - 1, "fff+1m", "12w3S(up)"},
        {"America/Havana", 3, kYorkBack, "ff+3600f", "12w3S"},                             // the second midnight begins no day
        {"America/Havana", 3, kYorkBack, fmt::format("fff+{}m+1m", 25 * kHour - 1), "12w3S(as it was)(up)"},
        // A clock that is behind: the other server has begun the next day.
        {"UTC", 3, 1795651200, "f+-10ff", "12w3S"},
    };
    for (const auto& c : cases) BOOST_TEST(play(domain_in(c.zone, c.after), c.begin, c.events) == c.want, c.zone << " " << c.events << ": " << play(domain_in(c.zone, c.after), c.begin, c.events));
}

BOOST_AUTO_TEST_CASE(what_a_client_is_told) {
    auto tokyo = domain_in("Asia/Tokyo", 3);
    store::Standing standing;
    play(tokyo, 1795608000, "fff", &standing);
    BOOST_TEST(standing.until == 1795618800);
    BOOST_TEST(suspended_reply(tokyo, standing).line() ==
               "451 4.7.1 example.com: relaying is suspended until 2026-11-26T00:00:00+09:00: 3 failures in a row today, the last one: network [crmrelay:suspended]");
    tokyo.suspend.code = 450;
    tokyo.suspend.detail = "3.2";
    const auto by_hand = suspended(standing, 5, 0, "stolen\r\n250 password");
    BOOST_TEST(suspended_reply(tokyo, by_hand).line() == "450 4.3.2 example.com: relaying is suspended until an administrator resumes it: stolen??250 password [crmrelay:suspended]");
    BOOST_TEST(by_hand.is_suspended(1'000'000'000'000));
    BOOST_TEST(!resumed_when_over(by_hand, 1'000'000'000'000));
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_told_once_a_day) {
    const auto com = domain_in("Asia/Tokyo", 3);
    store::Standing standing;
    int told = 0;
    for (int hour = 0; hour < 48; ++hour) told += warn_of_password(standing, com, 1795532400 + hour * kHour);
    BOOST_TEST(told == 2);
}

BOOST_AUTO_TEST_CASE(who_has_proved_what) {
    auto com = domain("example.com", {{kNetwork, kLogin, kTls}, {kNetwork, kTenant, kDkim}}, {"192.0.2.0/24"}, {"crm@example.com"});
    com.certificates = {by_fingerprint(kDigest)};
    com.tenant = conf::Tenant{"X-Org", "00D1"};
    const auto rules = rules_of({com});
    auto mail = message({"a@example.com"});
    const auto with = [&](std::vector<std::string> dkim, const char* org) {
        auto out = mail;
        out.dkim = std::move(dkim);
        if (org) out.headers = {{"X-Org", org}};
        return out;
    };
    const auto inside = session("192.0.2.1", "", true), outside = session("203.0.113.9", "", true);
    const struct {
        const char* what;
        SessionFacts facts;
        MessageFacts message;
        std::string want;
    } cases[] = {
        {"login", session("203.0.113.9", "CRM@example.com", false), mail, "login"},
        {"certificate", with_certificate(outside, kDigest), mail, "certificate"},
        {"aligned signature", outside, with({"example.com"}, nullptr), "dkim"},
        {"tenant within the networks", inside, with({}, "00D1"), "tenant"},
        {"tenant from anywhere", outside, with({}, "00D1"), "none"},
        {"another tenant", inside, with({}, "00D2"), "none"},
        {"network alone", inside, mail, "none"},
        {"somebody's login", session("192.0.2.1", "crm@example.org", true), mail, "none"},
        {"another certificate", with_certificate(inside, kOtherDigest), mail, "none"},
        {"another's signature", inside, with({"crm.test"}, nullptr), "none"},
        {"a stranger", outside, mail, "none"},
    };
    for (const auto& c : cases) {
        const auto proof = proof_of(rules, 0, Exhibit{c.facts, &c.message, "example.com"});
        BOOST_TEST((proof ? name_of(*proof) : "none") == c.want, c.what);
    }
}

BOOST_AUTO_TEST_CASE(what_counts) {
    auto com = domain_in("UTC", 3), watch = com;
    watch.mode = conf::Mode::observe;
    const auto refusal = [](const char* reason, bool temporary = false) {
        return Refusal{"example.com", reason, temporary ? Reply::temporary("4.3", reason, "x") : Reply::permanent("7.1", reason, "x"), false};
    };
    for (const char* reason : {"network", "tls", "certificate", "tenant", "dkim"}) BOOST_TEST(counts(com, refusal(reason)), reason);
    for (const char* reason : {"login", "from", "limit", "password", "unavailable", "bounce-address", "suspended", ""}) BOOST_TEST(!counts(com, refusal(reason)), reason);
    BOOST_TEST(!counts(com, refusal("network", true)));
    BOOST_TEST(!counts(watch, refusal("network")));
    com.suspend.count = {"tls"};
    BOOST_TEST(!counts(com, refusal("network")));
    auto other = refusal("tls");
    other.domain = "example.org";
    BOOST_TEST(!counts(com, other));
}

// A million attempts: by strangers nothing is proved; by the domain's own broken CRM the standing and what is told stay bounded.
BOOST_AUTO_TEST_CASE(a_million_attempts) {
    auto com = domain("example.com", {{kNetwork, kLogin, kTls}}, {"192.0.2.0/24"}, {"crm@example.com"});
    com.suspend.after = 3;
    const auto rules = rules_of({com});
    const SessionFacts tries[] = {session("203.0.113.9", "", false), session("192.0.2.77", "", true), session("192.0.2.77", "other@example.org", true), session("203.0.113.9", "other@example.org", false),
                                  with_certificate(session("192.0.2.77", "", true), kOtherDigest)};
    int proved = 0;
    for (int i = 0; i < 1'000'000; ++i) {
        const auto& facts = tries[i % std::size(tries)];
        proved += proof_of(rules, 0, Exhibit{facts}).has_value();
        if (i < 1000) BOOST_TEST(refusals_of_owners(rules, facts).empty());
    }
    BOOST_TEST(proved == 0);

    for (const int after : {0, 3}) {
        com.suspend.after = after;
        store::Standing standing;
        standing.domain = com.name;
        int changes = 0, events = 0, notices = 0;
        for (int i = 0; i < 1'000'000; ++i) {
            const auto struck = strike(standing, com, failure_at(1795608000 + i / 100));   // within a day
            changes += struck.changed;
            if (!struck.changed) continue;
            const auto report = strike_report(com, struck);
            events += static_cast<int>(report.events.size());
            notices += static_cast<int>(report.outgoing.size());
            standing = struck.standing;
        }
        BOOST_TEST(changes == (after == 0 ? kFailuresCounted : 3));
        BOOST_TEST(events == (after == 0 ? kStrikeEventsADay : 4));
        BOOST_TEST(notices == 2);
        BOOST_TEST(standing.failures.size() <= kFailuresKept);
    }
}

BOOST_AUTO_TEST_CASE(one_who_fails_and_relays_by_turns_is_told_little) {
    const auto com = domain_in("UTC", 3);
    std::string events;
    for (int i = 0; i < 500; ++i) events += "ffr";
    const auto out = play(com, 1795608000, events);
    BOOST_TEST(std::ranges::count(out, 'w') == 1);
    BOOST_TEST(std::ranges::count(out, 'S') == 0);
}

BOOST_AUTO_TEST_CASE(verdicts_of_suspended_domains) {
    auto com = domain("example.com", {{kLogin, kTls}}, {}, {"crm@example.com", "both@crm.test"}), org = domain("example.org", {{kLogin, kTls}}, {}, {"both@crm.test"});
    const auto rules = rules_of({com, org});
    const Suspensions one{{"example.com", Reply::temporary("7.1", "suspended", "com")}};
    const Suspensions all{{"example.com", Reply::temporary("7.1", "suspended", "com")}, {"example.org", Reply::temporary("7.1", "suspended", "org")}};
    const auto at_rcpt = [&](const char* login, const Suspensions& suspended) {
        const auto verdict = session_verdict(rules, session("192.0.2.1", login, true), suspended);
        return verdict.kind == SessionVerdict::Kind::grant ? std::string("grant") : verdict.refusal ? verdict.refusal->reason : "none";
    };
    const auto at_end = [&](const char* from, const Suspensions& suspended) {
        const auto verdict = message_verdict(rules, session("192.0.2.1", "both@crm.test", true), message({from}), true, 0, suspended);
        return verdict.kind == MessageVerdict::Kind::relay ? std::string("relay") : verdict.refusal ? verdict.refusal->reason : "none";
    };
    BOOST_TEST(at_rcpt("crm@example.com", {}) == "grant");
    BOOST_TEST(at_rcpt("crm@example.com", one) == "suspended");
    BOOST_TEST(at_rcpt("both@crm.test", one) == "grant");     // it may still speak for the other
    BOOST_TEST(at_rcpt("both@crm.test", all) == "suspended");
    BOOST_TEST(at_rcpt("employee@example.com", all) == "none");
    BOOST_TEST(at_end("a@example.com", one) == "suspended");
    BOOST_TEST(at_end("a@example.org", one) == "relay");
    BOOST_TEST(at_end("a@example.net", one) == "from");
}

BOOST_AUTO_TEST_SUITE_END()
