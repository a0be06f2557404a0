// SPDX-License-Identifier: BSD-2-Clause
//
// Replaces an address in a text. The "@" is what is searched for, so that each octet is looked at a bounded number of times.
#include "bounce/replace_address.hh"

#include <algorithm>

#include "base/text.hh"
#include "bounce/address.hh"

namespace crmrelay::bounce {

namespace {

bool is_word(char c) { return (c >= '0' && c <= '9') || (base::ascii_lower(c) >= 'a' && base::ascii_lower(c) <= 'z'); }

// Whether a domain that ends before `rest` ends there: "bounce.example.com" is not "bounce.example.com.test", but may end a sentence.
bool domain_ends(std::string_view rest) {
    if (rest.empty()) return true;
    if (rest[0] == '.') return rest.size() == 1 || !is_word(rest[1]);
    return !is_word(rest[0]) && rest[0] != '-';
}

std::string quoted_printable(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (c > ' ' && c <= '~' && c != '=')
            out += c;
        else
            out.append({'=', kDigits[octet >> 4], kDigits[octet & 0xf]});
    }
    return out;
}

// Breaks `line` into lines of at most kMaxLine octets: before the last blank that fits, else at an edge of a replaced address. The stretches
// between those edges stood in a line of kMaxLine octets, and an address is shorter than that, so one of both is always there.
void append_folded(std::string& out, std::string_view line, const std::vector<std::size_t>& edges, std::string_view line_end, Medium medium) {
    const std::size_t room = medium == Medium::plain ? kMaxLine : kMaxLine - 1;   // a soft line break's "="
    std::size_t start = 0;
    std::size_t used = 0;   // octets of the present line that are not from `line`: the blank that a fold brought
    auto edge = edges.begin();
    while (line.size() - start + used > room) {
        const std::size_t limit = start + room - used;
        std::size_t cut = line.find_last_of(" \t", limit);
        // A line of blanks only would end a block of a report.
        const bool blank = cut != std::string_view::npos && cut > line.find_first_not_of(" \t", start);
        if (!blank) {
            cut = limit;
            while (edge != edges.end() && *edge <= start) ++edge;
            for (auto candidate = edge; candidate != edges.end() && *candidate <= limit; ++candidate) cut = *candidate;
        }
        out.append(line.substr(start, cut - start));
        if (medium == Medium::quoted_printable) out += '=';
        out += line_end;
        used = 0;
        if (!blank && medium == Medium::plain) out += ' ', used = 1;
        start = cut;
    }
    out.append(line.substr(start));
}

}  // namespace

AddressReplacer::AddressReplacer(std::string_view from, std::string_view to, std::string line_end) : line_end_(std::move(line_end)) {
    const auto add = [&](std::string form, std::string replacement) {
        form = base::lower(form);
        const auto at = form.rfind('@');
        forms_.push_back({std::move(form), std::move(replacement), at});
    };
    add(std::string(from), std::string(to));
    if (const auto xtext = encode_xtext(from); xtext != from) add(xtext, encode_xtext(to));
}

AddressReplacer::Hit AddressReplacer::find(std::string_view text, std::size_t start) const {
    for (auto at = text.find('@', start); at != std::string_view::npos; at = text.find('@', at + 1)) {
        for (const auto& form : forms_) {
            if (at < start + form.at) continue;
            const std::size_t offset = at - form.at;
            const auto here = text.substr(offset);
            if (base::istarts_with(here, form.from) && domain_ends(here.substr(form.from.size()))) return {offset, &form};
        }
    }
    return {};
}

bool AddressReplacer::found_in(std::string_view text) const { return find(text, 0).form != nullptr; }

void AddressReplacer::append_line(std::string& out, std::string_view line, Hit hit, Medium medium) const {
    std::string grown;
    std::vector<std::size_t> edges;
    std::size_t done = 0;
    for (; hit.form != nullptr; hit = find(line, done)) {
        grown.append(line.substr(done, hit.offset - done));
        edges.push_back(grown.size());
        grown += medium == Medium::plain ? hit.form->to : quoted_printable(hit.form->to);
        edges.push_back(grown.size());
        done = hit.offset + hit.form->from.size();
    }
    grown.append(line.substr(done));
    if (line.size() <= kMaxLine && grown.size() > kMaxLine)
        append_folded(out, grown, edges, line_end_, medium);
    else
        out += grown;
}

void AddressReplacer::append(std::string& out, std::string_view text, Medium medium) const {
    std::size_t done = 0;
    for (auto hit = find(text, 0); hit.form != nullptr; hit = find(text, done)) {
        const auto before = text.find_last_of("\r\n", hit.offset);
        const std::size_t line = before == std::string_view::npos || before < done ? done : before + 1;
        const std::size_t end = std::min(text.find_first_of("\r\n", hit.offset), text.size());
        out.append(text.substr(done, line - done));
        append_line(out, text.substr(line, end - line), {hit.offset - line, hit.form}, medium);
        done = end;
    }
    out.append(text.substr(done));
}

}  // namespace crmrelay::bounce
