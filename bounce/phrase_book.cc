// SPDX-License-Identifier: BSD-2-Clause
//
// Phrases cut into the pieces between their stars, and their hits put together again.
#include "bounce/phrase_book.hh"

#include <algorithm>
#include <array>

namespace crmrelay::bounce {

namespace {

constexpr std::size_t kMaxOpen = 64;   // first pieces of two that are remembered; later ones are not found

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80; }

struct Open {
    std::size_t phrase = 0;
    std::size_t end = 0;
};

}  // namespace

PhraseBook::PhraseBook() : patterns_(collect(phrases_, pieces_)) {}

std::vector<std::string_view> PhraseBook::collect(std::vector<Phrase>& phrases, std::vector<Piece>& pieces) {
    for (const auto table : {mailbox_phrases(), recipient_phrases(), full_phrases(), client_phrases(), sender_phrases(), content_phrases(), transport_phrases(), google_phrases(),
                             microsoft_phrases(), provider_phrases(), japanese_phrases()})
        phrases.insert(phrases.end(), table.begin(), table.end());
    std::vector<std::string_view> patterns;
    for (std::size_t number = 0; number < phrases.size(); ++number) {
        std::string_view text = phrases[number].text;
        const auto star = text.find('*');
        const std::array parts{text.substr(0, star), star == std::string_view::npos ? std::string_view{} : text.substr(star + 1)};
        for (std::size_t part = 0; part < (star == std::string_view::npos ? 1U : 2U); ++part) {
            Piece piece{number, 0, star != std::string_view::npos && part == 0, part == 1, false, false, false};
            std::string_view pattern = parts[part];
            if (pattern.starts_with('^')) {
                piece.at_start = true;
                pattern.remove_prefix(1);
            }
            if (pattern.starts_with(' ')) {
                piece.bounded_left = true;
                pattern.remove_prefix(1);
            }
            if (pattern.ends_with(' ')) {
                piece.bounded_right = true;
                pattern.remove_suffix(1);
            }
            piece.length = pattern.size();
            patterns.push_back(pattern);
            pieces.push_back(piece);
        }
    }
    return patterns;
}

const Phrase* PhraseBook::best(std::string_view text) const {
    const Phrase* best = nullptr;
    std::array<Open, kMaxOpen> open;
    std::size_t opened = 0;
    patterns_.search(text, [&](std::uint32_t number, std::size_t end) {
        const Piece& piece = pieces_[number];
        const std::size_t start = end - piece.length;
        if (piece.at_start && start != 0) return true;
        if (piece.bounded_left && start > 0 && is_word(text[start - 1])) return true;
        if (piece.bounded_right && end < text.size() && is_word(text[end])) return true;
        const Phrase& phrase = phrases_[piece.phrase];
        if (best != nullptr && (phrase.weight < best->weight || (phrase.weight == best->weight && phrase.text.size() <= best->text.size()))) return true;
        const auto known = std::find_if(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(opened), [&](const Open& o) { return o.phrase == piece.phrase; });
        const bool is_open = known != open.begin() + static_cast<std::ptrdiff_t>(opened);
        if (piece.first) {
            if (!is_open && opened < kMaxOpen) open[opened++] = {piece.phrase, end};
            return true;
        }
        if (piece.second && (!is_open || start < known->end)) return true;
        best = &phrase;
        return true;
    });
    return best;
}

const PhraseBook& phrase_book() {
    static const PhraseBook book;
    return book;
}

}  // namespace crmrelay::bounce
