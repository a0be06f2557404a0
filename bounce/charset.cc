// SPDX-License-Identifier: BSD-2-Clause
//
// Charsets by iconv(3), encoded words of RFC 2047 by hand.
#include "bounce/charset.hh"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "base/text.hh"
#include "bounce/transfer.hh"

namespace crmrelay::bounce {

namespace {

constexpr std::size_t kMaxWord = 1'024;     // octets of one encoded word; RFC 2047 section 2 allows 75
constexpr std::size_t kMaxInvalid = 200;    // invalid sequences of a text; one with more is no text of its charset. Each costs a call of iconv

class Converter {
public:
    explicit Converter(const std::string& charset) : handle_(iconv_open("UTF-8", charset.c_str())) {}
    ~Converter() {
        if (ok()) iconv_close(handle_);
    }
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;

    bool ok() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

    std::string convert(std::string& text, std::size_t cap) {
        std::string out(std::min(cap, text.size() * 3 + 16), '\0');
        char* from = text.data();
        std::size_t left = text.size();
        char* to = out.data();
        std::size_t room = out.size();
        for (std::size_t invalid = 0; left > 0 && room > 0; ++invalid) {
            if (invalid < kMaxInvalid && iconv(handle_, &from, &left, &to, &room) != static_cast<std::size_t>(-1)) break;
            if (invalid < kMaxInvalid && errno == E2BIG) break;
            *to++ = invalid < kMaxInvalid || static_cast<unsigned char>(*from) >= 0x80 ? '?' : *from;   // an invalid or cut sequence: one octet goes
            --room;
            ++from;
            --left;
        }
        out.resize(out.size() - room);
        return out;
    }

private:
    iconv_t handle_;
};

// "ISO-2022-JP" as written, without what iconv would take for options; empty where it is no name.
std::string clean_name(std::string_view charset) {
    charset = base::trim(charset);
    if (charset.empty() || charset.size() > kMaxCharsetName) return {};
    std::string name = base::lower(charset);
    for (const char c : name)
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == ':')) return {};
    // Names of mail for supersets that iconv knows by others: the vendors' extra characters are what is met.
    if (name == "shift_jis" || name == "shift-jis" || name == "x-sjis" || name == "sjis" || name == "windows-31j") return "cp932";
    if (name == "euc-jp" || name == "x-euc-jp") return "euc-jp-ms";
    if (name == "iso-8859-1" || name == "latin1") return "windows-1252";
    if (name == "gb2312" || name == "gbk") return "gb18030";
    if (name == "ks_c_5601-1987" || name == "euc-kr") return "cp949";
    return name;
}

bool is_ascii(std::string_view text) {
    std::uint64_t seen = 0;
    for (; text.size() >= sizeof seen; text.remove_prefix(sizeof seen)) {
        std::uint64_t octets = 0;
        std::memcpy(&octets, text.data(), sizeof octets);
        seen |= octets;
    }
    for (const char c : text) seen |= static_cast<unsigned char>(c);
    return (seen & 0x8080808080808080U) == 0;
}

// ASCII, and no escape sequence of ISO 2022 in it.
bool is_plain(std::string_view text) { return is_ascii(text) && text.find('\x1b') == std::string_view::npos; }

std::size_t utf8_cut(std::string_view text, std::size_t cap) {
    if (text.size() <= cap) return text.size();
    while (cap > 0 && (static_cast<unsigned char>(text[cap]) & 0xc0) == 0x80) --cap;
    return cap;
}

// The length of the well-formed UTF-8 sequence at the start of `text`, 0 where there is none.
std::size_t sequence_length(std::string_view text) {
    const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned first = octet(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xc2 && first <= 0xdf ? 2 : (first & 0xf0) == 0xe0 ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t at = 1; at < length; ++at)
        if ((octet(at) & 0xc0) != 0x80) return 0;
    const unsigned second = octet(1);
    const bool wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
    return wrong ? 0 : length;
}

// Each octet that is of no well-formed sequence becomes "?": iconv lets through what RFC 3629 forbids.
std::string scrubbed(std::string text) {
    if (is_utf8(text)) return text;
    std::string out;
    out.reserve(text.size());
    for (std::string_view rest = text; !rest.empty();) {
        const auto length = sequence_length(rest);
        if (length == 0) out += '?';
        else out += rest.substr(0, length);
        rest.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

struct Word {
    std::string_view charset;
    char encoding = 0;
    std::string_view content;
    std::size_t length = 0;   // of the whole word; 0 where there is none
};

// "=?charset?B?content?=" at the start of `text`.
Word word_at(std::string_view text) {
    if (!text.starts_with("=?")) return {};
    text = text.substr(0, kMaxWord);
    const auto first = text.find('?', 2);
    if (first == std::string_view::npos || first + 2 >= text.size() || text[first + 2] != '?') return {};
    const auto end = text.find("?=", first + 3);
    if (end == std::string_view::npos) return {};
    const auto charset = text.substr(2, first - 2);
    const char encoding = base::ascii_lower(text[first + 1]);
    if (encoding != 'b' && encoding != 'q') return {};
    return {charset.substr(0, charset.find('*')), encoding, text.substr(first + 3, end - first - 3), end + 2};
}

std::string decode_content(const Word& word) {
    if (word.encoding == 'b') return decode_base64(word.content, kMaxWord);
    std::string text(word.content);
    std::replace(text.begin(), text.end(), '_', ' ');
    return decode_hex_escapes(text, '=');
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto length = sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string to_utf8(std::string text, std::string_view charset, std::size_t cap) {
    if (is_plain(text)) {
        text.resize(std::min(text.size(), cap));
        return text;
    }
    std::string name = clean_name(charset);
    const bool says_utf8 = name == "utf-8" || name == "utf8";
    const bool untold = name.empty() || says_utf8 || name == "us-ascii" || name == "ascii" || name == "7bit" || name == "8bit";
    if (untold) {
        if (is_utf8(text) && text.find('\x1b') == std::string::npos) {
            text.resize(utf8_cut(text, cap));
            return text;
        }
        const bool japanese = text.find("\x1b$") != std::string::npos || text.find("\x1b(") != std::string::npos;
        name = japanese ? "iso-2022-jp" : says_utf8 ? "utf-8" : "windows-1252";
    }
    if (name == "utf-8") {
        text = scrubbed(std::move(text));
        text.resize(utf8_cut(text, cap));
        return text;
    }
    Converter known(name);
    if (known.ok()) return scrubbed(known.convert(text, cap));
    if (is_utf8(text)) return to_utf8(std::move(text), "utf-8", cap);
    return scrubbed(Converter("windows-1252").convert(text, cap));
}

std::string decode_words(std::string_view value, std::size_t cap) {
    if (value.find("=?") == std::string_view::npos) return to_utf8(std::string(value.substr(0, cap)), "", cap);
    std::string out;
    std::string run;               // decoded octets of neighbouring words in one charset: a character may be cut between two words
    std::string_view run_charset;
    std::size_t blanks = 0;        // between a word and what follows it; they go where another word follows
    const auto flush = [&] {
        if (!run.empty()) out += to_utf8(std::move(run), run_charset, cap);
        run.clear();
    };
    while (!value.empty() && out.size() + run.size() < cap) {
        const Word word = word_at(value);
        if (word.length > 0) {
            if (blanks > 0 && run.empty()) out.append(blanks, ' ');
            blanks = 0;
            if (!base::iequals(run_charset, word.charset)) flush();
            run_charset = word.charset;
            run += decode_content(word);
            value.remove_prefix(word.length);
            continue;
        }
        if (!run.empty() && (value[0] == ' ' || value[0] == '\t' || value[0] == '\r' || value[0] == '\n')) {
            ++blanks;
            value.remove_prefix(1);
            continue;
        }
        flush();
        out.append(blanks, ' ');
        blanks = 0;
        out += value[0];
        value.remove_prefix(1);
    }
    flush();
    out.resize(utf8_cut(out, cap));
    return out;
}

}  // namespace crmrelay::bounce
