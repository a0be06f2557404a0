// SPDX-License-Identifier: BSD-2-Clause
//
// Counters under several threads, and the exposition format octet by octet.
#include "base/metrics.hh"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <stdexcept>
#include <thread>

BOOST_AUTO_TEST_SUITE(metrics)

using namespace crmrelay::base;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_CASE(a_program_writes_families_with_help_type_and_samples) {
    Metrics all;
    all.counter("a_total", "Things.\nOf \\ kinds.", {{"kind", "one"}}).add(3);
    all.gauge("b", "Level.").set(-2);
    all.counter("a_total", "", {{"kind", "t\"w\\o\n"}}).add();
    all.reading("c_seconds", "Age.", [] { return std::vector<Sample>{{{{"name", "x"}}, std::numeric_limits<double>::infinity()}, {{{"name", "y"}}, 0.5}}; });
    BOOST_TEST(all.text() ==
               "# HELP a_total Things.\\nOf \\\\ kinds.\n# TYPE a_total counter\na_total{kind=\"one\"} 3\na_total{kind=\"t\\\"w\\\\o\\n\"} 1\n"
               "# HELP b Level.\n# TYPE b gauge\nb -2\n"
               "# HELP c_seconds Age.\n# TYPE c_seconds gauge\nc_seconds{name=\"x\"} +Inf\nc_seconds{name=\"y\"} 0.5\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_leaves_the_rest) {
    Metrics all;
    all.reading("broken", "Throws.", []() -> std::vector<Sample> { throw std::runtime_error("the store is away"); });
    all.gauge("fine", "Is there.").set(1);
    BOOST_TEST(holds(all.text(), "\nfine 1\n"));
    BOOST_TEST(!holds(all.text(), "\nbroken "));
}

BOOST_AUTO_TEST_CASE(a_histogram_cumulates) {
    struct {
        double value;
        const char* want_line;   // the first bucket that holds it
    } rows[] = {{0, "h_bucket{le=\"0.1\"} 1\n"}, {0.1, "h_bucket{le=\"0.1\"} 1\n"}, {0.100001, "h_bucket{le=\"0.1\"} 0\nh_bucket{le=\"1\"} 1\n"},
                {1, "h_bucket{le=\"1\"} 1\n"},   {7, "h_bucket{le=\"1\"} 0\nh_bucket{le=\"+Inf\"} 1\n"}};
    for (const auto& [value, want_line] : rows) {
        Metrics all;
        auto& histogram = all.histogram("h", "Times.", {0.1, 1});
        histogram.observe(value);
        BOOST_TEST_CONTEXT(value) BOOST_TEST(holds(all.text(), want_line));
        BOOST_TEST(holds(all.text(), "h_bucket{le=\"+Inf\"} 1\n"));
        BOOST_TEST(holds(all.text(), "h_count 1\n"));
        BOOST_TEST(histogram.sum() == value);
    }
}

BOOST_AUTO_TEST_CASE(a_table_has_counters_for_names_and_fixed_values_only) {
    Metrics all;
    auto& table = all.table("t_total", "Refusals.", "domain", {{"reason", {"tls", "other"}}, {"class", {"hard", "soft"}}});
    table.serve({"b.test", "a.test"});
    table.add("a.test", {"tls", "hard"});
    table.add("a.test", {"made up", "hard"});
    table.add("a.test", {"tls"});               // a value is missing: the last one
    table.add("stranger.test", {"tls", "soft"});
    const auto text = all.text();
    BOOST_TEST(holds(text, "t_total{domain=\"a.test\",reason=\"tls\",class=\"hard\"} 1\n"));
    BOOST_TEST(holds(text, "t_total{domain=\"a.test\",reason=\"other\",class=\"hard\"} 1\n"));
    BOOST_TEST(holds(text, "t_total{domain=\"a.test\",reason=\"tls\",class=\"soft\"} 1\n"));
    BOOST_TEST(holds(text, "t_total{domain=\"b.test\",reason=\"tls\",class=\"hard\"} 0\n"));   // a rate needs the zero
    BOOST_TEST(holds(text, "t_total{domain=\"other\",reason=\"tls\",class=\"soft\"} 1\n"));
    BOOST_TEST(!holds(text, "stranger"));
    BOOST_TEST(!holds(text, "made up"));
}

BOOST_AUTO_TEST_CASE(a_reload_keeps_what_was_counted) {
    Metrics all;
    auto& table = all.table("t_total", "Relayed.", "domain");
    table.serve({"a.test"});
    table.add("a.test");
    table.serve({"c.test", "b.test"});
    table.add("a.test");
    table.add("b.test");
    BOOST_TEST(all.text() == "# HELP t_total Relayed.\n# TYPE t_total counter\nt_total{domain=\"a.test\"} 2\nt_total{domain=\"b.test\"} 1\nt_total{domain=\"c.test\"} 0\n");
}

BOOST_AUTO_TEST_CASE(names_are_bounded) {
    CounterTable table("domain", {});
    std::vector<std::string> names;
    for (std::size_t i = 0; i < 2 * CounterTable::most_names; ++i) names.push_back("d" + std::to_string(i) + ".test");
    table.serve(names);
    for (const auto& name : names) table.add(name);
    std::size_t rows = 0;
    std::uint64_t sum = 0;
    table.each([&](const auto&, std::uint64_t value) {
        ++rows;
        sum += value;
    });
    BOOST_TEST(rows == CounterTable::most_names);
    BOOST_TEST(sum == names.size());
}

BOOST_AUTO_TEST_CASE(threads_count_while_others_read_and_reload) {
    constexpr int kThreads = 4, kEach = 20000;
    Metrics all;
    auto& counter = all.counter("n_total", "All.");
    auto& histogram = all.histogram("h", "Ones.", {0.5, 2});
    auto& table = all.table("t_total", "By name.", "domain");
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < kEach; ++n) {
                counter.add();
                histogram.observe(1);
                table.add("a.test");
            }
        });
    for (int i = 0; i < 50; ++i) {
        table.serve({"a.test", "d" + std::to_string(i) + ".test"});
        BOOST_TEST(!all.text().empty());
    }
    for (auto& thread : threads) thread.join();
    BOOST_TEST(counter.value() == kThreads * kEach);
    BOOST_TEST(histogram.sum() == kThreads * kEach);
    std::uint64_t sum = 0;
    table.each([&](const auto&, std::uint64_t value) { sum += value; });
    BOOST_TEST(sum == kThreads * kEach);   // some as "other", before the first reload
}

BOOST_AUTO_TEST_CASE(a_process_describes_itself) {
    Metrics all;
    describe_process(all, "crmrelay-test", "1.2.3");
    BOOST_TEST(holds(all.text(), "crmrelay_build_info{program=\"crmrelay-test\",version=\"1.2.3\"} 1\n"));
    BOOST_TEST(holds(all.text(), "\nprocess_start_time_seconds 1"));
    BOOST_TEST(holds(all.text(), "\nprocess_resident_memory_bytes "));
    BOOST_TEST(!holds(all.text(), "\nprocess_resident_memory_bytes 0\n"));
}

BOOST_AUTO_TEST_SUITE_END()
