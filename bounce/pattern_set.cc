// SPDX-License-Identifier: BSD-2-Clause
//
// Builds the automaton: a trie, then its failure links breadth first, with the transitions filled in so that a search never goes back.
#include "bounce/pattern_set.hh"

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
    const auto add_state = [this] {
        if (first_.size() == kNoState) throw std::length_error("too many patterns for one set");
        next_.resize(next_.size() + width_, kNoState);
        first_.push_back(kNone);
        return static_cast<std::uint32_t>(first_.size() - 1);
    };
    add_state();
    same_.assign(patterns.size(), kNone);
    for (std::uint32_t number = 0; number < patterns.size(); ++number) {
        std::uint32_t state = 0;
        for (const char c : patterns[number]) {
            const std::size_t cell = state * width_ + classes_[static_cast<unsigned char>(c)];
            if (next_[cell] == kNoState) {
                const auto fresh = add_state();
                next_[cell] = static_cast<std::uint16_t>(fresh);
            }
            state = next_[cell];
        }
        same_[number] = first_[state];
        first_[state] = number;
    }
    link();
}

void PatternSet::link() {
    const auto states = first_.size();
    links_.assign(states, 0);
    output_.assign(states, kNone);
    std::vector<std::uint32_t> queue{0};
    for (std::size_t head = 0; head < queue.size(); ++head) {
        const auto state = queue[head];
        output_[state] = first_[state] != kNone ? state : state == 0 ? kNone : output_[links_[state]];
        for (std::uint32_t column = 0; column < width_; ++column) {
            auto& target = next_[state * width_ + column];
            const auto fallback = state == 0 ? std::uint16_t{0} : next_[links_[state] * width_ + column];
            if (target == kNoState) {
                target = fallback;
            } else {
                links_[target] = fallback;
                queue.push_back(target);
            }
        }
    }
}

}  // namespace crmrelay::bounce
