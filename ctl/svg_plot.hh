// SPDX-License-Identifier: BSD-2-Clause
//
// Plots as SVG (SVG 2) that stands in an HTML page: as wide as there is room for, since horizontal places are percentages and only heights are pixels, so that its
// letters keep their size on a phone. Colours are classes (s0 … s6, grid, tick), which the page's style gives. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace crmrelay::ctl {

constexpr int kColours = 7;   // s0 … s6; s6 is a quiet one, for what is left

struct Stack {
    std::string label;
    int colour = 0;
    std::vector<std::int64_t> amounts;   // one a column
};

struct BarPlot {
    std::string id;                      // of the page, for its title and description
    std::string title, description;      // for those who do not see it
    std::vector<std::string> columns;    // what each column is about: its tooltip
    std::vector<std::string> ticks;      // what stands below it, where there is room
    std::vector<Stack> stacks;           // from the bottom
};

std::string bar_plot(const BarPlot& plot);

// One horizontal bar, `part` of `whole` long.
std::string share_bar(std::int64_t part, std::int64_t whole, int colour);

// A square of a legend.
std::string swatch(int colour);

// The distance of grid lines: 1, 2 or 5 times a power of ten, so that at most four reach `most`.
std::int64_t grid_step(std::int64_t most);

}  // namespace crmrelay::ctl
