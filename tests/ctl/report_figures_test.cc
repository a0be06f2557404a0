// SPDX-License-Identifier: BSD-2-Clause
//
// Figures of a small store: days of the domain's zone, periods, the largest and the others; and the page, figure by figure against the JSON.
#include "ctl/report_figures.hh"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "base/translation.hh"
#include "ctl/markup.hh"
#include "ctl/report_page.hh"
#include "tests/ctl/support.hh"

namespace crmrelay::ctl {

namespace {

using Json = nlohmann::json;
using base::Seconds;

constexpr Seconds kDay = 86400;
constexpr Seconds kMidnight = 1'795'392'000;   // 2026-11-23T00:00:00Z
constexpr Seconds kNow = kMidnight + kDay / 2;
constexpr const char* kHostile = "\"><script>x</script>'&\x1b@evil.test";

struct Filled {
    test::Installation here;
    conf::Domain domain;

    Filled() {
        domain.name = "example.com";
        domain.timezone = *base::TimeZone::find("Asia/Tokyo");   // its 2026-11-23 begins at 15:00 UTC
    }

    static store::Event bounce(const std::string& id, Seconds time, const std::string& recipient, const std::string& reason, const std::string& verdict) {
        auto event = test::sample_event(id, "bounce", time);
        event.recipient = recipient;
        event.dedupe = id;
        event.document = Json{{"failure", {{"reason", reason}, {"class", verdict}}}}.dump();
        return event;
    }

    Figures figures(Seconds since, Seconds now = kNow, int retain_days = 30) const {
        Figures out;
        here.with_store([&](store::Store& store) { out = figures_of(store, domain, retain_days, since, now); });
        return out;
    }
};

std::vector<std::string> names(const std::vector<Figures::Share>& shares) {
    std::vector<std::string> out;
    for (const auto& share : shares) out.push_back(fmt::format("{} {}", share.name, share.count));
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(report_figures)

BOOST_AUTO_TEST_CASE(days_are_the_domains_own) {
    const Filled filled;
    const Seconds tokyo = kMidnight - 9 * 3600;              // 2026-11-23T00:00:00+09:00
    store::Report report;
    for (const auto& [id, time] : {std::pair{"a", tokyo - 1}, std::pair{"b", tokyo}, std::pair{"c", kNow}, std::pair{"later", kNow + 1}, std::pair{"before", tokyo - kDay - 1}})
        report.events.push_back(Filled::bounce(id, time, "x@dest.test", "userunknown", "hard"));
    filled.here.record(report);
    filled.here.with_store([&](store::Store& store) {
        for (const auto time : {tokyo - 900, tokyo, tokyo + 5}) store.record_refusal({"example.com", time, false, "network", "550", "203.0.113.9", ""});
        store.record_refusal({"example.com", tokyo, true, "network", "550", "203.0.113.9", ""});
    });
    const auto f = filled.figures(tokyo - kDay);
    BOOST_REQUIRE(f.periods.size() == 2U);
    BOOST_TEST(f.periods[0].from == "2026-11-22");
    BOOST_TEST(f.periods[1].to == "2026-11-23");
    BOOST_TEST(f.since == "2026-11-22T00:00:00+09:00");
    BOOST_TEST(f.bounces[0].amounts == (std::vector<std::int64_t>{1, 2}), boost::test_tools::per_element());
    BOOST_TEST(f.refusals.at(0).amounts == (std::vector<std::int64_t>{1, 2}), boost::test_tools::per_element());
    BOOST_TEST(f.totals.bounced == 3);
    BOOST_TEST(f.totals.observed == 1);
    BOOST_TEST(f.refusals.size() == 1U);
}

BOOST_AUTO_TEST_CASE(periods_grow_with_the_time) {
    const Filled filled;
    const struct {
        int days;
        std::size_t want_periods;
        std::string want_first_to;
    } rows[] = {{1, 1, "2026-11-23"}, {92, 92, ""}, {93, 14, ""}, {644, 92, ""}, {645, 24, ""}, {3650, 11, ""}};
    filled.here.with_store([](store::Store&) {});
    for (const auto& row : rows) {
        const auto f = filled.figures(kNow - (row.days - 1) * kDay);
        BOOST_TEST(f.days == row.days);
        BOOST_TEST(f.periods.size() == row.want_periods, row.days << " days: " << f.periods.size());
        if (!row.want_first_to.empty()) BOOST_TEST(f.periods[0].to == row.want_first_to);
        BOOST_TEST(f.periods.back().to == "2026-11-23");
        BOOST_TEST(f.relayed.amounts.size() == f.periods.size());
    }
}

BOOST_AUTO_TEST_CASE(the_largest_and_the_others) {
    const Filled filled;
    store::Report report;
    int number = 0;
    for (int i = 0; i < 20; ++i)
        for (int count = 0; count <= i; ++count)
            report.events.push_back(Filled::bounce(fmt::format("e{}", number++), kNow - 60, fmt::format("p@Dest{:02}.test", i), fmt::format("reason{:02}", i), i % 2 ? "soft" : "nonsense"));
    filled.here.record(report);
    const auto f = filled.figures(kNow - kDay);
    BOOST_TEST(f.totals.bounced == number);
    BOOST_REQUIRE(f.reasons.size() == 12U);
    BOOST_TEST(names(f.reasons).front() == "reason19 20");
    BOOST_TEST(names(f.reasons).back() == "others 45");          // 1 + 2 + … + 9
    BOOST_TEST(names(f.destinations).front() == "dest19.test 20");
    BOOST_TEST(f.bounces[1].total + f.bounces[3].total == number);   // a class that is none is "other"
    BOOST_REQUIRE(f.recipients.size() == 20U);
    BOOST_TEST(f.recipients[0].address == "p@Dest19.test");
}

BOOST_AUTO_TEST_CASE(the_page_has_each_figure) {
    const Filled filled;
    store::Report report;
    for (int i = 0; i < 9; ++i) report.events.push_back(Filled::bounce(fmt::format("e{}", i), kNow - i * kDay, i % 2 ? kHostile : "p@dest.test", "userunknown", "hard"));
    auto strike = test::sample_event("s", "strike", kNow), off = test::sample_event("o", "suspended", kNow - 5);
    strike.dedupe = "s", off.dedupe = "o";
    off.diagnostic = kHostile;
    off.document = R"({"suspension":{"until":"2026-11-24T00:00:00Z"}})";
    report.events.insert(report.events.end(), {strike, off});
    store::Outgoing waiting;
    waiting.domain = "example.com";
    waiting.created_at = waiting.next_at = kNow;
    report.outgoing.push_back(waiting);
    filled.here.record(report);
    filled.here.with_store([&](store::Store& store) { store.record_refusal({"example.com", kNow, false, "tls", "550", "203.0.113.9", ""}); });
    const auto f = filled.figures(kNow - 10 * kDay);
    const auto json = Json::parse(json_of(f));
    for (const auto* language : {"en", "ja"}) {
        const auto page = page_of(f, base::Translation(language));
        BOOST_TEST(page.find("<script") == std::string::npos);
        BOOST_TEST(page.find('\x1b') == std::string::npos);
        const auto flat = json.flatten();
        for (const auto& [pointer, value] : flat.items()) {
            const auto mark = " data-figure=\"" + pointer + "\">";
            if (value.is_number()) BOOST_TEST(page.find(mark + grouped(value.get<std::int64_t>()) + "<") != std::string::npos, pointer << " is not in the page");
            else if (pointer.ends_with("/address") || pointer.ends_with("/why")) BOOST_TEST(page.find(mark + escaped(value.get<std::string>()) + "<") != std::string::npos, pointer);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
