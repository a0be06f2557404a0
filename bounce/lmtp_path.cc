// SPDX-License-Identifier: BSD-2-Clause
//
// Lenient in what makes no difference (a space behind the colon), strict in what could carry something else (controls, a second angle).
#include "bounce/lmtp_path.hh"

#include <fmt/format.h>

#include <optional>

#include "base/text.hh"
#include "bounce/lmtp_session.hh"

namespace crmrelay::bounce {

namespace {

// Where the path's ">" is, beyond quoted strings; nothing where it has none or holds what no mailbox holds.
std::optional<std::size_t> end_of_path(std::string_view text) {
    bool quoted = false, escaped = false;
    for (std::size_t i = 1; i < text.size(); ++i) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) return std::nullopt;
        if (escaped)
            escaped = false;
        else if (quoted && c == '\\')
            escaped = true;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '<' || c == ' '))
            return std::nullopt;
        else if (!quoted && c == '>')
            return i;
    }
    return std::nullopt;
}

}  // namespace

base::Result<LmtpPath> parse_lmtp_path(std::string_view text, std::string_view keyword) {
    if (!base::istarts_with(text, keyword)) return base::Error{fmt::format("write {}<mailbox>", keyword)};
    text = base::trim(text.substr(keyword.size()));
    const auto end = text.starts_with('<') ? end_of_path(text) : std::nullopt;
    if (!end) return base::Error{fmt::format("write {}<mailbox>", keyword)};
    auto mailbox = text.substr(1, *end - 1);
    if (const auto colon = mailbox.find(':'); mailbox.starts_with('@') && colon != std::string_view::npos) mailbox.remove_prefix(colon + 1);
    if (mailbox.size() > kLmtpAddressCap) return base::Error{fmt::format("a mailbox has at most {} octets", kLmtpAddressCap)};
    LmtpPath out{std::string(mailbox), {}};
    const auto rest = text.substr(*end + 1);
    if (!rest.empty() && rest[0] != ' ') return base::Error{fmt::format("write {}<mailbox>, then a space before each parameter", keyword)};
    for (const auto parameter : base::split(rest, ' '))
        if (!parameter.empty()) out.parameters.push_back(parameter);
    return out;
}

}  // namespace crmrelay::bounce
