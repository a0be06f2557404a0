// SPDX-License-Identifier: BSD-2-Clause
//
// Grids, bars and their sizes; labels that mean ill stay labels.
#include "ctl/svg_plot.hh"

#include <boost/test/unit_test.hpp>

namespace crmrelay::ctl {

namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

BarPlot plot_of(std::vector<std::int64_t> first, std::vector<std::int64_t> second) {
    BarPlot plot{"p", "Title", "Words", {}, {}, {{"hard", 1, first}, {"<soft>", 2, std::move(second)}}};
    for (std::size_t i = 0; i < first.size(); ++i) {
        plot.columns.push_back("day " + std::to_string(i));
        plot.ticks.push_back("t" + std::to_string(i));
    }
    return plot;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(svg_plot)

BOOST_AUTO_TEST_CASE(grid_lines) {
    const struct {
        std::int64_t most, want_step;
    } rows[] = {{0, 1}, {1, 1}, {4, 1}, {5, 2}, {8, 2}, {9, 5}, {20, 5}, {21, 10}, {40, 10}, {41, 20}, {100, 50}, {400, 100}, {999, 500}, {4'000'000'000'000, 1'000'000'000'000}};
    for (const auto& row : rows) BOOST_TEST(grid_step(row.most) == row.want_step, row.most << ": " << grid_step(row.most));
}

BOOST_AUTO_TEST_CASE(bars_stand_on_each_other) {
    const auto svg = bar_plot(plot_of({2, 0}, {1, 0}));
    // Three of four lines' height (150 pixels): 2 of 3 and 1 of 3.
    BOOST_TEST(svg.find("<rect class=\"s1\" x=\"30.00%\" width=\"8.00%\" y=\"62.00\" height=\"100.00\"/><rect class=\"s2\" x=\"30.00%\" width=\"8.00%\" y=\"12.00\" height=\"50.00\"/>") != std::string::npos, svg);
    BOOST_TEST(svg.find("<title>day 0: hard 2, &lt;soft&gt; 1</title>") != std::string::npos, svg);
    BOOST_TEST(count_of(svg, "<g>") == 1U);                  // nothing on day 1
    BOOST_TEST(count_of(svg, "class=\"grid\"") == 4U);       // 0, 1, 2, 3
    BOOST_TEST(svg.find("aria-labelledby=\"p-t p-d\"><title id=\"p-t\">Title</title><desc id=\"p-d\">Words</desc>") != std::string::npos, svg);
}

BOOST_AUTO_TEST_CASE(many_days_have_few_labels) {
    for (const int days : {1, 5, 6, 30, 92}) {
        const std::vector<std::int64_t> amounts(static_cast<std::size_t>(days), 7);
        const auto svg = bar_plot(plot_of(amounts, amounts));
        const auto labels = count_of(svg, ">t");
        BOOST_TEST(labels >= 1U);
        BOOST_TEST(labels <= 5U);
        BOOST_TEST(count_of(svg, "<rect") == 2U * static_cast<std::size_t>(days));
    }
    BOOST_TEST(count_of(bar_plot(plot_of({0, 0}, {0, 0})), "<rect") == 0U);
}

BOOST_AUTO_TEST_CASE(nothing_escapes) {
    auto plot = plot_of({1}, {1});
    plot.id = "a\"b";
    plot.title = "</title><script>";
    plot.description = "\"' & \x1b<";
    plot.columns[0] = plot.ticks[0] = "]]><x y='z'>";
    const auto svg = bar_plot(plot);
    BOOST_TEST(svg.find("<script") == std::string::npos, svg);
    BOOST_TEST(svg.find("<x ") == std::string::npos, svg);
    BOOST_TEST(svg.find('\x1b') == std::string::npos, svg);
    BOOST_TEST(svg.find("id=\"a&quot;b-t\"") != std::string::npos, svg);
}

BOOST_AUTO_TEST_CASE(shares) {
    const struct {
        std::int64_t part, whole;
        std::string want;
    } rows[] = {{1, 4, "25.00%"}, {0, 4, "0.00%"}, {4, 4, "100.00%"}, {3, 0, "0.00%"}, {5, 4, "100.00%"}};
    for (const auto& row : rows) BOOST_TEST(share_bar(row.part, row.whole, 3).find("class=\"s3\" width=\"" + row.want + "\"") != std::string::npos, row.want);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
