// SPDX-License-Identifier: BSD-2-Clause
//
// All tables of phrases as one search: a text is read once, whatever their number.
#pragma once

#include <string_view>
#include <vector>

#include "bounce/pattern_set.hh"
#include "bounce/phrase.hh"

namespace crmrelay::bounce {

class PhraseBook {
public:
    PhraseBook();

    // The heaviest phrase in `text` (as comparable_text() gives it), of equals the longest; nullptr where there is none.
    const Phrase* best(std::string_view text) const;

    std::size_t size() const { return phrases_.size(); }

private:
    struct Piece {
        std::size_t phrase = 0;
        std::size_t length = 0;
        bool first = false;        // of two
        bool second = false;
        bool at_start = false;     // "^"
        bool bounded_left = false; // a blank opened it
        bool bounded_right = false;
    };

    static std::vector<std::string_view> collect(std::vector<Phrase>& phrases, std::vector<Piece>& pieces);

    std::vector<Phrase> phrases_;
    std::vector<Piece> pieces_;   // by pattern number
    PatternSet patterns_;
};

const PhraseBook& phrase_book();   // built at its first use

}  // namespace crmrelay::bounce
