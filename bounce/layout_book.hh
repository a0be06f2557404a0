// SPDX-License-Identifier: BSD-2-Clause
//
// All tables of layouts as one search, asked line by line.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "bounce/layout.hh"
#include "bounce/pattern_set.hh"

namespace crmrelay::bounce {

struct LayoutHit {
    const Layout* layout = nullptr;
    Mark mark = Mark::sign;
    std::size_t start = 0;
    std::size_t end = 0;
};

class LayoutBook {
public:
    LayoutBook();

    // Calls found(LayoutHit) for each row whose words stand in `line`.
    template <typename Found>
    void search(std::string_view line, Found&& found) const {
        const std::size_t first = line.find_first_not_of(" \t");
        patterns_.search(line, [&](std::uint32_t number, std::size_t end) {
            const Row& row = rows_[number];
            if (row.at_start && end - row.length != first) return true;
            found(LayoutHit{row.layout, row.mark, end - row.length, end});
            return true;
        });
    }

private:
    struct Row {
        const Layout* layout = nullptr;
        Mark mark = Mark::sign;
        std::size_t length = 0;
        bool at_start = false;
    };
    static std::vector<std::string_view> collect(std::vector<Row>& rows);

    std::vector<Row> rows_;
    PatternSet patterns_;
};

const LayoutBook& layout_book();   // built at its first use

}  // namespace crmrelay::bounce
