// SPDX-License-Identifier: BSD-2-Clause
//
// Many literal patterns searched in one pass over a text (Aho and Corasick, 1975): the time is linear in the text, whatever the patterns.
// Patterns are lower case; the text's ASCII letters are folded, its other octets are compared as they are.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace crmrelay::bounce {

class PatternSet {
public:
    // Patterns are numbered in the order in which they come; none may be empty. Throws std::length_error where they make more than 65,536 states.
    explicit PatternSet(const std::vector<std::string_view>& patterns);

    // Calls found(pattern, end) for each occurrence, in the order of their ends. `found` returns false to end the search.
    template <typename Found>
    void search(std::string_view text, Found&& found) const {
        std::uint32_t state = 0;
        for (std::size_t at = 0; at < text.size(); ++at) {
            state = step(state, classes_[static_cast<unsigned char>(text[at])]);
            for (std::uint32_t hit = output_[state]; hit != kNone; hit = output_[links_[hit]])
                for (std::uint32_t pattern = first_[hit]; pattern != kNone; pattern = same_[pattern])
                    if (!found(pattern, at + 1)) return;
        }
    }

private:
    static constexpr std::uint32_t kNone = 0xffffffff;
    static constexpr std::size_t kMaxStates = 0x10000;   // what a transition can name
    static constexpr std::size_t kFilled = 2'048;        // states whose transitions are filled in: few texts leave them, and they stay in a cache

    // A state of the trie, and the edge that leads to it.
    struct Edge {
        std::uint8_t column = 0;
        std::uint32_t child = 0;     // the newest; 0 where there is none
        std::uint32_t sibling = 0;
    };

    // Each turn goes to a state less deep, and only an octet leads deeper by one: a search takes at most two steps an octet.
    std::uint32_t step(std::uint32_t state, std::uint8_t column) const {
        for (; state >= filled_; state = links_[state])
            for (auto child = children_[state]; child < children_[state + 1]; ++child)
                if (columns_[child] == column) return child;
        return next_[state * width_ + column];
    }

    void number_octets(const std::vector<std::string_view>& patterns);
    void link(const std::vector<Edge>& edges, const std::vector<std::uint32_t>& first);

    std::array<std::uint8_t, 256> classes_{};   // octet -> column; 0 for those in no pattern
    std::uint32_t width_ = 1;
    std::uint32_t filled_ = 0;
    std::vector<std::uint16_t> next_;      // state * width_ + column -> state, of the first filled_ states
    // States are numbered breadth first: the children of one follow each other.
    std::vector<std::uint8_t> columns_;    // state -> the column that leads to it
    std::vector<std::uint32_t> children_;  // state -> its first child; the next state's first child ends them
    std::vector<std::uint32_t> links_;     // state -> the state of its longest proper suffix
    std::vector<std::uint32_t> output_;    // state -> itself or the nearest suffix state at which a pattern ends
    std::vector<std::uint32_t> first_;     // state -> the first pattern that ends there
    std::vector<std::uint32_t> same_;      // pattern -> the next equal one
};

}  // namespace crmrelay::bounce
