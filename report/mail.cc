// SPDX-License-Identifier: BSD-2-Clause
//
// Composition is plain text: no MIME library is asked for three headers and two parts.
#include "report/mail.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.hh"
#include "base/text.hh"
#include "bounce/header.hh"
#include "report/wrap.hh"

namespace crmrelay::report {

namespace {

constexpr std::size_t kLineWidth = 76;
constexpr std::size_t kLineCap = 4000;       // octets of a line before it is wrapped
constexpr std::size_t kQuotedCap = 900;      // of one that stays as it is
constexpr std::size_t kEncodedOctets = 39;   // of text in one encoded word: 64 characters with "=?UTF-8?B?" and "?=", so that the line with "Subject: " has 76 at most
constexpr std::size_t kSubjectCap = 300;

// How many octets of `text`, at most `most`, end at the end of a character.
std::size_t whole_characters(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text.size();
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
    return most;
}

// Paragraphs keep their own line ends; a line that begins with blanks is a quotation, and stays one line. No line is longer than SMTP allows.
std::string body_of(const std::vector<std::string>& paragraphs) {
    std::string out;
    for (const auto& paragraph : paragraphs) {
        for (const auto part : base::split(paragraph, '\n')) {
            if (part.starts_with("  ")) out += base::neuter(part, kQuotedCap) + "\r\n";
            else
                for (const auto& piece : wrapped(base::neuter(part, kLineCap), kLineWidth)) out += piece.substr(0, kQuotedCap) + "\r\n";
        }
        out += "\r\n";
    }
    return out;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// In seven bits, whatever it says: a next hop need not take eight.
std::string text_part(std::string_view body) {
    constexpr std::string_view kType = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ";
    if (is_ascii(body)) return fmt::format("{}7bit\r\n\r\n{}", kType, body);
    auto out = fmt::format("{}base64\r\n\r\n", kType);
    const auto encoded = base::base64(body);
    for (std::size_t at = 0; at < encoded.size(); at += kLineWidth) out.append(encoded, at, kLineWidth).append("\r\n");
    return out;
}

// A mailbox for a header; one that would need more than printable characters is not written.
std::string mailbox_text(std::string_view mailbox) {
    const std::string safe = base::neuter(mailbox, 512);
    return safe == mailbox && mailbox.find_first_of("<>,;") == std::string_view::npos ? fmt::format("<{}>", mailbox) : "undisclosed-recipients:;";
}

}  // namespace

// RFC 5321 section 2.3.8 forbids a CR or LF alone. A CR within a line becomes a blank and no line end: next hops disagree on what it is, and as a line
// end it would make of a field's value a field of its own.
std::string with_crlf(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 256);
    while (!text.empty()) {
        const auto lf = text.find('\n');
        auto line = text.substr(0, lf);
        while (line.ends_with('\r')) line.remove_suffix(1);
        const auto start = static_cast<std::ptrdiff_t>(out.size());
        out += line;
        if (line.find('\r') != std::string_view::npos) std::replace(out.begin() + start, out.end(), '\r', ' ');
        if (lf == std::string_view::npos) break;
        out += "\r\n";
        text.remove_prefix(lf + 1);
    }
    return out;
}

std::string header_text(std::string_view utf8) {
    std::string text = base::neuter(utf8, kSubjectCap);
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (plain && text.size() <= 200 && text.find("=?") == std::string::npos) return text;
    std::string out;
    for (std::string_view rest = text; !rest.empty();) {
        const auto count = whole_characters(rest, kEncodedOctets);
        out += fmt::format("{}=?UTF-8?B?{}?=", out.empty() ? "" : "\r\n ", base::base64(rest.substr(0, count)));
        rest.remove_prefix(count);
    }
    return out;
}

std::string hop_header(int hops) { return fmt::format("{}: {}", kHopHeader, hops); }

int hops_of(std::string_view message) {
    int most = 0;
    bounce::FieldReader fields(message, {0, message.size()}, bounce::line_end_of(message));
    const auto header_end = std::min({message.find("\r\n\r\n"), message.find("\n\n"), message.size()});
    for (bounce::Field field; fields.next(field) && field.whole.offset <= header_end;) {
        if (!base::iequals(field.name.of(message), kHopHeader)) continue;
        const auto value = base::trim(field.value.of(message));
        const auto number = base::parse_number(value);
        const auto hops = number ? std::min<std::uint64_t>(*number, kHopsRead) : value.empty() ? 0u : static_cast<unsigned>(kHopsRead);
        most = std::max(most, static_cast<int>(hops));
    }
    return most;
}

std::string pass_on(std::string_view message, int hops) {
    // A mailbox's "From " line is no field and would end the header.
    if (message.starts_with("From ") || message.starts_with(">From ")) message.remove_prefix(std::min(message.find('\n'), message.size() - 1) + 1);
    return hop_header(hops) + "\r\n" + with_crlf(message);
}

std::string compose_notice(const Notice& notice, base::Seconds now, std::string_view unique) {
    const std::string domain = base::neuter(notice.domain, 255);
    std::string out = fmt::format(
        "Date: {}\r\nMessage-ID: <{}@{}>\r\nFrom: crmrelay <postmaster@{}>\r\nTo: {}\r\nSubject: {}\r\n"
        "Auto-Submitted: auto-generated\r\n{}\r\nMIME-Version: 1.0\r\n",
        base::rfc5322_date(now), unique, domain, domain, mailbox_text(notice.to), header_text(notice.subject), hop_header(notice.hops + 1));
    const std::string text = text_part(body_of(notice.paragraphs));
    if (notice.attached.empty()) return out + text;
    // A message may be in no other encoding than its own (RFC 2046, section 5.2.1); Postfix converts what is inside for a next hop that needs it.
    const std::string_view encoding = is_ascii(notice.attached) ? "7bit" : "8bit";
    const std::string boundary = fmt::format("crmrelay-{}", unique);
    out += fmt::format("Content-Type: multipart/mixed; boundary=\"{}\"\r\nContent-Transfer-Encoding: {}\r\n\r\n--{}\r\n{}", boundary, encoding, boundary, text);
    out += fmt::format("--{}\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: {}\r\nContent-Disposition: attachment\r\n\r\n", boundary, encoding);
    out += with_crlf(notice.attached);
    return out + fmt::format("\r\n--{}--\r\n", boundary);
}

}  // namespace crmrelay::report
