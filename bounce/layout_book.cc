// SPDX-License-Identifier: BSD-2-Clause
//
// Collects the rows of all layouts.
#include "bounce/layout_book.hh"

namespace crmrelay::bounce {

LayoutBook::LayoutBook() : patterns_(collect(rows_)) {}

std::vector<std::string_view> LayoutBook::collect(std::vector<Row>& rows) {
    std::vector<std::string_view> patterns;
    for (const auto layouts : {unix_layouts(), product_layouts(), provider_layouts(), japanese_layouts(), general_layouts()})
        for (const auto& layout : layouts)
            for (const auto& row : layout.rows) {
                std::string_view words = row.words;
                const bool at_start = words.starts_with('^');
                if (at_start) words.remove_prefix(1);
                patterns.push_back(words);
                rows.push_back({&layout, row.mark, words.size(), at_start});
            }
    return patterns;
}

const LayoutBook& layout_book() {
    static const LayoutBook book;
    return book;
}

}  // namespace crmrelay::bounce
