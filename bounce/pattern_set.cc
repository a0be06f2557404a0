// SPDX-License-Identifier: BSD-2-Clause
//
// Builds the automaton: a trie of edges, then its failure links breadth first, with the transitions filled in so that a search never goes back: a
// state's row is its link's row, copied whole, and its own edges.
#include "bounce/pattern_set.hh"

#include <algorithm>
#include <stdexcept>

#include "base/text.hh"

namespace crmrelay::bounce {

void PatternSet::number_octets(const std::vector<std::string_view>& patterns) {
    for (const auto pattern : patterns)
        for (const char c : pattern) {
            auto& column = classes_[static_cast<unsigned char>(c)];
            if (column == 0 && width_ < 255) column = static_cast<std::uint8_t>(width_++);
        }
    for (char c = 'A'; c <= 'Z'; ++c) classes_[static_cast<unsigned char>(c)] = classes_[static_cast<unsigned char>(base::ascii_lower(c))];
}

PatternSet::PatternSet(const std::vector<std::string_view>& patterns) {
    number_octets(patterns);
    std::size_t octets = 0;
    for (const auto pattern : patterns) octets += pattern.size();
    std::vector<Edge> edges(1);
    edges.reserve(octets + 1);
    first_.assign(1, kNone);
    same_.assign(patterns.size(), kNone);
    for (std::uint32_t number = 0; number < patterns.size(); ++number) {
        std::uint32_t state = 0;
        for (const char c : patterns[number]) {
            const auto column = classes_[static_cast<unsigned char>(c)];
            std::uint32_t child = edges[state].child;
            while (child != 0 && edges[child].column != column) child = edges[child].sibling;
            if (child == 0) {
                if (edges.size() == kMaxStates) throw std::length_error("too many patterns for one set");
                child = static_cast<std::uint32_t>(edges.size());
                edges.push_back({column, 0, edges[state].child});
                edges[state].child = child;
                first_.push_back(kNone);
            }
            state = child;
        }
        same_[number] = first_[state];
        first_[state] = number;
    }
    link(edges);
}

void PatternSet::link(const std::vector<Edge>& edges) {
    links_.assign(edges.size(), 0);
    output_.assign(edges.size(), kNone);
    next_.resize(edges.size() * width_);
    std::vector<std::uint32_t> queue{0};
    queue.reserve(edges.size());
    for (std::size_t head = 0; head < queue.size(); ++head) {
        const auto state = queue[head];
        const auto row = next_.begin() + static_cast<std::ptrdiff_t>(state * width_);
        if (state != 0) {
            const auto fallback = next_.begin() + static_cast<std::ptrdiff_t>(links_[state] * width_);
            std::copy(fallback, fallback + width_, row);
        }
        output_[state] = first_[state] != kNone ? state : state == 0 ? kNone : output_[links_[state]];
        for (auto child = edges[state].child; child != 0; child = edges[child].sibling) {
            auto& target = row[edges[child].column];
            links_[child] = target;   // where the link's row leads with this octet: the root's row is still empty, which is the root
            target = static_cast<std::uint16_t>(child);
            queue.push_back(child);
        }
    }
}

}  // namespace crmrelay::bounce
