// SPDX-License-Identifier: BSD-2-Clause
//
// Figures become rectangles.
#include "ctl/svg_plot.hh"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "ctl/markup.hh"

namespace crmrelay::ctl {

namespace {

constexpr int kHeight = 190, kTop = 12, kBottom = 162;       // pixels; between the latter two lie the bars
constexpr double kLeft = 12, kRight = 100;                   // per cent; left of it stand the grid's figures
constexpr double kWidest = 8;                                // per cent: of a bar, where there are few
constexpr std::size_t kTicksMost = 5;

double column_width(std::size_t columns) { return (kRight - kLeft) / static_cast<double>(columns); }

void grid(std::string& out, std::int64_t top, std::int64_t step) {
    for (std::int64_t at = 0; at <= top; at += step) {
        const double y = kBottom - static_cast<double>(at) / static_cast<double>(top) * (kBottom - kTop);
        fmt::format_to(std::back_inserter(out), "<line class=\"grid\" x1=\"{}%\" x2=\"100%\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text class=\"tick\" x=\"{}%\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
                       kLeft, y, y, kLeft - 1.5, y + 4, compact(at));
    }
}

void column(std::string& out, const BarPlot& plot, std::size_t i, std::int64_t top) {
    const double width = column_width(plot.columns.size()), bar = std::min(width * 0.8, kWidest);
    const double x = kLeft + width * static_cast<double>(i) + (width - bar) / 2;
    std::string bars, words;
    double y = kBottom;
    for (const auto& stack : plot.stacks) {
        const auto amount = stack.amounts[i];
        if (amount <= 0) continue;
        const double height = static_cast<double>(amount) / static_cast<double>(top) * (kBottom - kTop);
        y -= height;
        fmt::format_to(std::back_inserter(bars), "<rect class=\"s{}\" x=\"{:.2f}%\" width=\"{:.2f}%\" y=\"{:.2f}\" height=\"{:.2f}\"/>", stack.colour, x, bar, y, height);
        fmt::format_to(std::back_inserter(words), "{}{} {}", words.empty() ? "" : ", ", escaped(stack.label), grouped(amount));
    }
    if (!bars.empty()) fmt::format_to(std::back_inserter(out), "<g><title>{}: {}</title>{}</g>", escaped(plot.columns[i]), words, bars);
}

void ticks(std::string& out, const BarPlot& plot) {
    const auto count = plot.ticks.size();
    const double width = column_width(count);
    const auto step = (count + kTicksMost - 1) / kTicksMost;
    for (std::size_t i = 0; i < count; i += step) {
        const double x = kLeft + width * (static_cast<double>(i) + 0.5);
        const bool at_edge = x > 93;
        fmt::format_to(std::back_inserter(out), "<text class=\"tick\" x=\"{:.2f}%\" y=\"{}\" text-anchor=\"{}\">{}</text>", at_edge ? kRight : x, kBottom + 18, at_edge ? "end" : "middle",
                       escaped(plot.ticks[i]));
    }
}

}  // namespace

std::int64_t grid_step(std::int64_t most) {
    std::int64_t step = 1;
    for (int i = 0; step * 4 < most; ++i) step = step / (i % 3 == 1 ? 2 : 1) * (i % 3 == 1 ? 5 : 2);   // 1, 2, 5, 10, 20, 50 …
    return step;
}

std::string bar_plot(const BarPlot& plot) {
    std::int64_t most = 0;
    for (std::size_t i = 0; i < plot.columns.size(); ++i) {
        std::int64_t sum = 0;
        for (const auto& stack : plot.stacks) sum += stack.amounts[i];
        most = std::max(most, sum);
    }
    const auto step = grid_step(most);
    const auto top = std::max<std::int64_t>(1, (most + step - 1) / step) * step;
    const auto id = escaped(plot.id);
    auto out = fmt::format("<svg class=\"plot\" width=\"100%\" height=\"{}\" role=\"img\" aria-labelledby=\"{}-t {}-d\"><title id=\"{}-t\">{}</title><desc id=\"{}-d\">{}</desc>", kHeight, id, id,
                           id, escaped(plot.title), id, escaped(plot.description, 1000));
    grid(out, top, step);
    for (std::size_t i = 0; i < plot.columns.size(); ++i) column(out, plot, i, top);
    ticks(out, plot);
    return out + "</svg>";
}

std::string share_bar(std::int64_t part, std::int64_t whole, int colour) {
    const double width = whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) * 100 : 0;
    return fmt::format("<svg class=\"bar\" width=\"100%\" height=\"12\" aria-hidden=\"true\"><rect class=\"s{}\" width=\"{:.2f}%\" height=\"12\" rx=\"2\"/></svg>", colour, std::clamp(width, 0.0, 100.0));
}

std::string swatch(int colour) { return fmt::format("<svg class=\"swatch\" width=\"10\" height=\"10\" aria-hidden=\"true\"><rect class=\"s{}\" width=\"10\" height=\"10\" rx=\"2\"/></svg>", colour); }

}  // namespace crmrelay::ctl
