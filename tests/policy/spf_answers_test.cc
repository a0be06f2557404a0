// SPDX-License-Identifier: BSD-2-Clause
//
// The rules of SPF answers: how long they hold, what serves while DNS fails, who is refused, what is logged and saved.
#include "policy/spf_answers.hh"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace crmrelay;
using namespace crmrelay::policy;
using Verdict = SpfAnswer::Verdict;

namespace {

constexpr base::Seconds kNow = 1795608000;
const std::string kName = "crm.test";

base::IpAddress ip(const std::string& text) { return *base::IpAddress::parse(text); }
std::vector<SpfAnswer> probed(Verdict verdict) { return std::vector<SpfAnswer>(SpfAnswers::probes().size(), {verdict, verdict == Verdict::not_pass ? "" : "why", 60}); }

std::string shown(const SpfKnown& known) {
    const char* word = known.standing == Standing::in ? "in" : known.standing == Standing::out ? "out" : "unknown";
    return std::string(word) + (known.settled ? "" : " ask");
}

struct Fixture {
    SpfAnswers answers;
    SpfEvents events;

    Fixture() {
        answers.serve({kName}, kNow);
        answers.learn_probes(kName, probed(Verdict::not_pass), kNow, events);
        answers.take_changes();
    }
    Standing learn(Verdict verdict, base::Seconds ttl, base::Seconds at, const std::string& client = "198.18.0.1") {
        return answers.learn(kName, ip(client), {verdict, "why", ttl}, kNow + at, events);
    }
    std::string known(base::Seconds at, const std::string& client = "198.18.0.1") { return shown(answers.known(kName, ip(client), kNow + at)); }
    std::string logged() {
        constexpr const char* words[] = {"passed", "not_passed", "refused", "accepted", "failing", "recovered", "stale"};
        std::string out;
        for (const auto& event : events) out += fmt::format("{}{}", out.empty() ? "" : " ", words[static_cast<int>(event.what)]);
        events.clear();
        return out;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(spf_answers, Fixture)

BOOST_AUTO_TEST_CASE(how_long_answers_hold) {
    const struct {
        Verdict verdict;
        base::Seconds ttl, want_held;
        const char *want, *want_after;
    } rows[] = {
        {Verdict::pass, 0, 60, "in", "in ask"},
        {Verdict::pass, 3600, 3600, "in", "in ask"},
        {Verdict::pass, 7 * 86400, 86400, "in", "in ask"},
        {Verdict::not_pass, 0, 60, "out", "unknown ask"},
        {Verdict::not_pass, 86400, 1800, "out", "unknown ask"},
        {Verdict::no_record, 86400, 300, "out", "unknown ask"},
        {Verdict::broken, 86400, 300, "out", "unknown ask"},
        {Verdict::temporary, 86400, 10, "unknown", "unknown ask"},
    };
    int client = 0;
    for (const auto& row : rows) {
        const auto address = fmt::format("198.18.0.{}", ++client);
        BOOST_TEST(known(0, address) == "unknown ask");
        learn(row.verdict, row.ttl, 0, address);
        BOOST_TEST(known(row.want_held - 1, address) == row.want, client);
        BOOST_TEST(known(row.want_held, address) == row.want_after, client);
    }
}

BOOST_AUTO_TEST_CASE(last_good_serves_while_dns_fails) {
    learn(Verdict::pass, 60, 0);
    learn(Verdict::not_pass, 60, 0, "198.18.0.2");
    const base::Seconds later = 40 * 86400;
    BOOST_TEST((learn(Verdict::temporary, 0, later) == Standing::in));
    BOOST_TEST((learn(Verdict::temporary, 0, later, "198.18.0.2") == Standing::unknown));
    BOOST_TEST(known(later + 59) == "in");
    BOOST_TEST(known(later + 60) == "in ask");
    BOOST_TEST(known(later + 9, "198.18.0.2") == "unknown");
    BOOST_TEST(answers.in_trouble(kName, kNow + later + 59));
    answers.housekeep(kNow + later + 31 * 86400, events);
    BOOST_TEST(known(later + 31 * 86400) == "in ask");
    BOOST_TEST((learn(Verdict::no_record, 0, later + 31 * 86400) == Standing::out));   // that is an answer
}

BOOST_AUTO_TEST_CASE(what_is_logged) {
    learn(Verdict::not_pass, 60, 0);
    BOOST_TEST(logged() == "");
    learn(Verdict::pass, 60, 60);
    BOOST_TEST(logged() == "passed");
    learn(Verdict::pass, 60, 120);
    BOOST_TEST(logged() == "");
    learn(Verdict::not_pass, 60, 180);
    BOOST_TEST(events.at(0).since == kNow + 120);
    BOOST_TEST(logged() == "not_passed");
    learn(Verdict::temporary, 60, 1000);
    BOOST_TEST(events.at(0).detail == "why");
    BOOST_TEST(logged() == "failing");
    learn(Verdict::temporary, 60, 1100);
    BOOST_TEST(logged() == "");
    learn(Verdict::not_pass, 60, 1200);
    BOOST_TEST(logged() == "recovered");
    for (base::Seconds at = 1201; at < 1500; at += 10) {   // comes and goes
        learn(Verdict::temporary, 60, at);
        learn(Verdict::not_pass, 60, at + 1);
    }
    BOOST_TEST(logged() == "");
}

BOOST_AUTO_TEST_CASE(a_reminder_a_day) {
    learn(Verdict::temporary, 0, 0);
    logged();
    const struct {
        base::Seconds at;
        const char* want;
    } rows[] = {{3600, ""}, {86399, ""}, {86400, "stale"}, {86460, ""}, {2 * 86400 - 1, ""}, {2 * 86400, "stale"}};
    for (const auto& row : rows) {
        answers.housekeep(kNow + row.at, events);
        BOOST_TEST(logged() == row.want, row.at);
    }
    learn(Verdict::pass, 60, 2 * 86400 + 1);
    BOOST_TEST(logged() == "recovered passed");
    answers.housekeep(kNow + 4 * 86400, events);
    BOOST_TEST(logged() == "");
}

BOOST_AUTO_TEST_CASE(each_probe_alone_refuses) {
    learn(Verdict::pass, 86400, 0);
    for (std::size_t i = 0; i < SpfAnswers::probes().size(); ++i) {
        logged();
        auto passes = probed(Verdict::not_pass);
        passes[i].verdict = Verdict::pass;
        answers.learn_probes(kName, passes, kNow, events);
        BOOST_TEST(events.at(0).detail == SpfAnswers::probes()[i].text());
        BOOST_TEST(logged() == "refused");
        BOOST_TEST(known(0) == "out");
        BOOST_TEST((learn(Verdict::pass, 60, 0, "198.18.0.9") == Standing::out));
        BOOST_TEST(known(0, "198.18.0.9") == "out");
        BOOST_TEST((learn(Verdict::temporary, 60, 0, "198.18.0.9") == Standing::out));
        answers.learn_probes(kName, passes, kNow, events);
        answers.learn_probes(kName, probed(Verdict::temporary), kNow, events);   // does not clear it
        BOOST_TEST(answers.state().at(0).refused);
        answers.learn_probes(kName, probed(Verdict::not_pass), kNow, events);
        BOOST_TEST(!answers.state().at(0).refused);
        BOOST_TEST(known(0) == "in");
    }
}

BOOST_AUTO_TEST_CASE(nothing_passes_unprobed) {
    SpfAnswers fresh;
    fresh.serve({kName}, kNow);
    BOOST_TEST(fresh.wants_probe(kName, ip("198.18.0.1"), {Verdict::pass, {}, 60}, kNow));
    BOOST_TEST(!fresh.wants_probe(kName, ip("198.18.0.1"), {Verdict::not_pass, {}, 60}, kNow));
    fresh.learn_probes(kName, probed(Verdict::temporary), kNow, events);
    BOOST_TEST((fresh.learn(kName, ip("198.18.0.1"), {Verdict::pass, {}, 60}, kNow, events) == Standing::unknown));
    fresh.learn_probes(kName, probed(Verdict::not_pass), kNow, events);
    BOOST_TEST((fresh.learn(kName, ip("198.18.0.1"), {Verdict::pass, {}, 60}, kNow, events) == Standing::in));
}

BOOST_AUTO_TEST_CASE(when_probes_are_wanted) {
    BOOST_TEST(!answers.wants_probe(kName, ip("198.18.0.1"), {Verdict::pass, {}, 60}, kNow + 59));
    BOOST_TEST(answers.wants_probe(kName, ip("198.18.0.1"), {Verdict::pass, {}, 60}, kNow + 60));
    learn(Verdict::pass, 60, 0);
    BOOST_TEST(!answers.wants_probe(kName, ip("198.18.0.1"), {Verdict::pass, {}, 60}, kNow + 60));
    SpfAnswers fresh;
    fresh.serve({kName}, kNow);
    BOOST_TEST(fresh.probes_due(kNow).size() == 1u);
    BOOST_TEST(fresh.probes_due(kNow + 299).empty());
    BOOST_TEST(fresh.probes_due(kNow + 300).size() == 1u);
    fresh.learn_probes(kName, probed(Verdict::not_pass), kNow + 300, events);
    BOOST_TEST(fresh.probes_due(kNow + 3899).empty());
    BOOST_TEST(fresh.probes_due(kNow + 3900).size() == 1u);
}

BOOST_AUTO_TEST_CASE(strangers_push_nobody_out) {
    learn(Verdict::pass, 60, 0);
    for (std::size_t i = 0; i < SpfAnswers::kMostOthers + 10; ++i) learn(Verdict::not_pass, 1800, 1, fmt::format("10.0.{}.{}", i / 256, i % 256));
    BOOST_TEST(known(2) == "in");
    BOOST_TEST(known(2, "10.0.0.0") == "unknown ask");
    BOOST_TEST(known(2, "10.0.1.0") == "out");
    for (std::size_t i = 0; i < SpfAnswers::kMostPassed + 10; ++i) learn(Verdict::pass, 1800, 1, fmt::format("10.1.{}.{}", i / 256, i % 256));
    BOOST_TEST(known(2) == "unknown ask");
    BOOST_TEST(answers.state().at(0).clients == static_cast<std::int64_t>(SpfAnswers::kMostPassed));
}

BOOST_AUTO_TEST_CASE(what_is_saved_and_loaded) {
    learn(Verdict::pass, 3600, 0);
    learn(Verdict::not_pass, 3600, 0, "198.18.0.2");   // a stranger leaves no row
    auto changes = answers.take_changes();
    BOOST_REQUIRE(changes.verdicts.size() == 1u);
    BOOST_TEST((changes.verdicts[0].client == "198.18.0.1" && changes.verdicts[0].passed && changes.verdicts[0].good_until == kNow + 3600));
    BOOST_REQUIRE(changes.names.size() == 1u);
    BOOST_TEST((changes.names[0].clients == 1 && changes.names[0].probed_at == kNow && changes.names[0].answered_at == kNow));
    BOOST_TEST(answers.take_changes().empty());
    answers.save_all();
    BOOST_TEST(answers.take_changes().verdicts.size() == 1u);

    SpfAnswers again;
    auto names = changes.names;
    names.push_back({"gone.test", 1, 0, "", false, 1, 0});
    again.load(names, changes.verdicts);
    again.serve({kName}, kNow + 5);
    BOOST_TEST(shown(again.known(kName, ip("198.18.0.1"), kNow + 3599)) == "in");
    BOOST_TEST(again.state().at(0).clients == 1);
    BOOST_TEST(again.take_changes().forgotten_names == std::vector<std::string>{"gone.test"}, boost::test_tools::per_element());
    learn(Verdict::not_pass, 60, 3600);
    changes = answers.take_changes();
    BOOST_TEST((changes.verdicts.size() == 1u && !changes.verdicts[0].passed && changes.names[0].clients == 0));
}

BOOST_AUTO_TEST_CASE(names_that_are_no_longer_served) {
    learn(Verdict::pass, 3600, 0);
    answers.serve({"other.test"}, kNow);
    BOOST_TEST(known(1) == "out");
    BOOST_TEST((learn(Verdict::pass, 60, 1) == Standing::out));
    const auto changes = answers.take_changes();
    BOOST_TEST(changes.forgotten_names.at(0) == kName);
    answers.serve({kName}, kNow);
    BOOST_TEST(known(1) == "unknown ask");
}

BOOST_AUTO_TEST_CASE(unused_ones_are_forgotten) {
    learn(Verdict::pass, 60, 0);
    answers.take_changes();
    answers.housekeep(kNow + SpfAnswers::kUnused, events);
    BOOST_TEST(answers.take_changes().forgotten.empty());
    answers.housekeep(kNow + SpfAnswers::kUnused + 1, events);
    BOOST_TEST(answers.take_changes().forgotten.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
