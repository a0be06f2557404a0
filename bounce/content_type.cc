// SPDX-License-Identifier: BSD-2-Clause
//
// Content-Type values and their parameters (RFC 2045, RFC 2231). One pass over the value, then joining of at most kMaxParameters pieces.
#include "bounce/content_type.hh"

#include <algorithm>

#include "base/text.hh"
#include "bounce/transfer.hh"

namespace crmrelay::bounce {

namespace {

// One parameter as it stands: "name*3*=value" is section 3 of name, encoded.
struct Piece {
    std::string name;
    std::uint64_t section = 0;
    bool continued = false;
    bool encoded = false;
    std::string value;
};

// Takes the value that opens `rest`, up to the semicolon that ends it.
std::string take_value(std::string_view& rest) {
    std::string value;
    const auto add = [&](char c) {
        if (value.size() < kMaxParameterValue) value += c;
    };
    if (!rest.empty() && rest[0] == '"') {
        std::size_t at = 1;
        for (; at < rest.size() && rest[at] != '"'; ++at) {
            if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
            add(rest[at]);
        }
        rest.remove_prefix(at);
        rest.remove_prefix(std::min(rest.find(';'), rest.size()));
        return value;
    }
    auto token = rest.substr(0, rest.find(';'));
    rest.remove_prefix(token.size());
    token = base::trim(token.substr(0, std::min(token.find(" ("), token.size())));
    return std::string(token.substr(0, kMaxParameterValue));
}

void read_name(std::string_view text, Piece& piece) {
    if (text.ends_with('*')) {
        piece.encoded = true;
        text.remove_suffix(1);
    }
    const auto star = text.rfind('*');
    const auto section = star == std::string_view::npos ? std::nullopt : base::parse_number(text.substr(star + 1));
    if (section) {
        piece.continued = true;
        piece.section = *section;
        text = text.substr(0, star);
    }
    piece.name = base::lower(text.substr(0, kMaxParameterValue));
}

std::vector<Piece> read_pieces(std::string_view rest, bool& truncated) {
    std::vector<Piece> pieces;
    while (!rest.empty()) {
        if (rest[0] == ';' || rest[0] == ' ' || rest[0] == '\t') {
            rest.remove_prefix(1);
            continue;
        }
        if (pieces.size() == kMaxParameters) {
            truncated = true;
            break;
        }
        const auto end = std::min(rest.find_first_of("=;"), rest.size());
        const auto name = base::trim(rest.substr(0, end));
        rest.remove_prefix(end);
        if (rest.empty() || rest[0] == ';') continue;
        rest.remove_prefix(1);
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
        Piece piece;
        read_name(name, piece);
        piece.value = take_value(rest);
        if (!piece.name.empty()) pieces.push_back(std::move(piece));
    }
    return pieces;
}

// Without "charset'language'" where the first piece brings it, and with its %XX octets.
std::string decoded_piece(const Piece& piece) {
    if (!piece.encoded) return piece.value;
    std::string_view text = piece.value;
    if (!piece.continued || piece.section == 0) {
        const auto first = text.find('\'');
        const auto second = first == std::string_view::npos ? first : text.find('\'', first + 1);
        if (second != std::string_view::npos) text.remove_prefix(second + 1);
    }
    return decode_hex_escapes(text, '%');
}

}  // namespace

std::string_view ContentType::parameter(std::string_view name) const {
    for (const auto& entry : parameters)
        if (entry.name == name) return entry.value;
    return {};
}

ContentType parse_content_type(std::string_view value) {
    ContentType out;
    const auto semicolon = std::min(value.find(';'), value.size());
    const auto type = base::trim(value.substr(0, std::min({semicolon, value.find('('), kMaxParameterValue})));
    if (type.find('/') != std::string_view::npos && type.find(' ') == std::string_view::npos) out.type = base::lower(type);

    auto pieces = read_pieces(value.substr(semicolon), out.truncated);
    std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.section < b.section; });
    for (const auto& piece : pieces) {
        const auto known = std::find_if(out.parameters.begin(), out.parameters.end(), [&](const Parameter& p) { return p.name == piece.name; });
        if (known == out.parameters.end())
            out.parameters.push_back({piece.name, decoded_piece(piece)});
        else if (piece.continued)
            known->value.append(decoded_piece(piece), 0, kMaxParameterValue - std::min(known->value.size(), kMaxParameterValue));
    }
    return out;
}

}  // namespace crmrelay::bounce
