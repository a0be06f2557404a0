// SPDX-License-Identifier: BSD-2-Clause
//
// Builds the automaton: a trie, then its states anew breadth first with their failure links. The shallow ones get all transitions: a state's row is its
// link's row, copied whole, and its own children.
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
    std::vector<std::uint32_t> first(1, kNone);
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
                first.push_back(kNone);
            }
            state = child;
        }
        same_[number] = first[state];
        first[state] = number;
    }
    link(edges, first);
}

void PatternSet::link(const std::vector<Edge>& edges, const std::vector<std::uint32_t>& first) {
    const auto states = edges.size();
    filled_ = static_cast<std::uint32_t>(std::min(states, kFilled));
    next_.resize(filled_ * width_);
    columns_.resize(states);
    children_.resize(states + 1);
    links_.resize(states);
    output_.assign(states, kNone);
    first_.resize(states);
    std::vector<std::uint32_t> trie{0};   // state -> its number in the trie
    trie.reserve(states);
    for (std::uint32_t state = 0; state < states; ++state) {
        const auto link = links_[state];
        first_[state] = first[trie[state]];
        output_[state] = first_[state] != kNone ? state : state == 0 ? kNone : output_[link];
        children_[state] = static_cast<std::uint32_t>(trie.size());
        for (auto edge = edges[trie[state]].child; edge != 0; edge = edges[edge].sibling) {
            const auto child = static_cast<std::uint32_t>(trie.size());
            columns_[child] = edges[edge].column;
            links_[child] = state == 0 ? 0 : step(link, edges[edge].column);
            trie.push_back(edge);
        }
        if (state >= filled_) continue;
        const auto row = next_.begin() + static_cast<std::ptrdiff_t>(state * width_);
        if (state != 0) std::copy_n(next_.begin() + static_cast<std::ptrdiff_t>(link * width_), width_, row);
        for (auto child = children_[state]; child < trie.size(); ++child) row[columns_[child]] = static_cast<std::uint16_t>(child);
    }
    children_[states] = static_cast<std::uint32_t>(trie.size());
}

}  // namespace crmrelay::bounce
