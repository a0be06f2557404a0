// SPDX-License-Identifier: BSD-2-Clause
//
// A line is a row of units that are not broken: words between blanks, and single wide characters with the punctuation that sticks to them.
#include "report/wrap.hh"

#include <algorithm>
#include <cstdint>

namespace crmrelay::report {

namespace {

struct Character {
    std::string_view octets;
    char32_t code = 0;
};

Character first_of(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t length = std::min<std::size_t>(text.size(), lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);
    char32_t code = length == 1 ? lead : lead & (0xffu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
    return {text.substr(0, length), code};
}

// Unicode's East Asian Width (UAX 11), the blocks of W and F that mail here is written in.
bool is_wide(char32_t code) {
    constexpr struct {
        char32_t first, last;
    } kWide[] = {{0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};
    return std::ranges::any_of(kWide, [code](const auto& block) { return code >= block.first && code <= block.last; });
}

// What may not begin a line, and what may not end one (JIS X 4051, in short).
bool begins_no_line(char32_t code) { return std::u32string_view(U"、。，．・：；？！）」』】〉》〕］｝ーゝゞ々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ").find(code) != std::u32string_view::npos; }
bool ends_no_line(char32_t code) { return std::u32string_view(U"（「『【〈《〔［｛").find(code) != std::u32string_view::npos; }

struct Unit {
    std::string text;
    std::size_t width = 0;
    std::size_t blanks = 0;      // before it
    bool wide = false;           // its last character
    bool open = false;           // the next character belongs to it
};

std::vector<Unit> units_of(std::string_view line) {
    std::vector<Unit> out;
    std::size_t blanks = 0;
    while (!line.empty()) {
        const auto character = first_of(line);
        line.remove_prefix(character.octets.size());
        if (character.code == ' ') {
            ++blanks;
            continue;
        }
        const bool wide = is_wide(character.code);
        const bool joins = !out.empty() && blanks == 0 && (out.back().open || begins_no_line(character.code) || (!wide && !out.back().wide));
        if (!joins) out.emplace_back().blanks = blanks;
        blanks = 0;
        auto& unit = out.back();
        unit.text += character.octets;
        unit.width += wide ? 2 : 1;
        unit.wide = wide;
        unit.open = ends_no_line(character.code);
    }
    return out;
}

}  // namespace

std::vector<std::string> wrapped(std::string_view line, std::size_t columns) {
    std::vector<std::string> out(1);
    std::size_t column = 0;
    for (const auto& unit : units_of(line)) {
        if (column > 0 && column + unit.blanks + unit.width > columns) {
            out.emplace_back();
            column = 0;
        }
        const auto blanks = column > 0 || out.size() == 1 ? unit.blanks : 0;   // those at a break go
        out.back() += std::string(blanks, ' ') + unit.text;
        column += blanks + unit.width;
    }
    return out;
}

}  // namespace crmrelay::report
