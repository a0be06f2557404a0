// SPDX-License-Identifier: BSD-2-Clause
//
// Bodies with CR LF only, which is how the MTA sends every line on: what is hashed is what is sent.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace crmrelay::milter {

class LineEnds {
public:
    // The same octets, or a copy that is good until the next call. Never call it with none.
    std::string_view mended(std::string_view octets) {
        const bool sound = is_sound(octets);
        look_for_bare_cr(octets);
        const char before = std::exchange(last_, octets.back());
        if (sound) return octets;
        copy_.clear();
        for (char last = before; const char c : octets) {
            if (c == '\n' && last != '\r') copy_ += '\r';
            copy_ += c;
            last = c;
        }
        return copy_;
    }
    // A CR without LF (RFC 5322 section 2.3): what hops make of it differs.
    bool had_bare_cr() const { return bare_cr_; }                      // but for the last octet, of which nothing is known yet
    bool ends_in_cr() const { return last_ == '\r'; }

private:
    void look_for_bare_cr(std::string_view octets) {
        bare_cr_ = bare_cr_ || (last_ == '\r' && octets.front() != '\n');
        for (auto at = octets.find('\r'); !bare_cr_ && at < octets.size() - 1; at = octets.find('\r', at + 1)) bare_cr_ = octets[at + 1] != '\n';
    }

    bool is_sound(std::string_view octets) const {
        for (auto at = octets.find('\n'); at != std::string_view::npos; at = octets.find('\n', at + 1))
            if ((at == 0 ? last_ : octets[at - 1]) != '\r') return false;
        return true;
    }

    char last_ = '\0';
    bool bare_cr_ = false;
    std::string copy_;
};

}  // namespace crmrelay::milter
