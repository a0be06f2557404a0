// SPDX-License-Identifier: BSD-2-Clause
//
// Builds replies; their text is neutered and short enough for one SMTP line (RFC 5321 section 4.5.3.1.5: 512 octets).
#include "policy/reply.hh"

#include <fmt/format.h>

#include "base/text.hh"

namespace crmrelay::policy {

namespace {

constexpr std::size_t kWordsCap = 400;

}  // namespace

Reply::Reply(Class reply_class, std::string_view detail, std::string text) : class_(reply_class), code_(reply_class == Class::temporary ? 451 : 550), detail_(detail), text_(std::move(text)) {}

Reply Reply::permanent(std::string_view detail, std::string_view reason, std::string_view words) {
    return {Class::permanent, detail, fmt::format("{} [crmrelay:{}]", base::neuter(words, kWordsCap), reason)};
}

Reply Reply::temporary(std::string_view detail, std::string_view reason, std::string_view words) {
    return {Class::temporary, detail, fmt::format("{} [crmrelay:{}]", base::neuter(words, kWordsCap), reason)};
}

Reply Reply::from_parts(Class reply_class, std::string_view detail, std::string_view text) {
    return {reply_class, base::neuter(detail, 16), base::neuter(text, kWordsCap + 64)};
}

Reply Reply::with_code(int code) const {
    Reply out = *this;
    if (code / 100 == static_cast<int>(class_)) out.code_ = code;
    return out;
}

std::string_view Reply::reason() const {
    constexpr std::string_view kMark = "[crmrelay:";
    const auto at = text_.rfind(kMark);
    if (at == std::string::npos || !text_.ends_with(']')) return {};
    return std::string_view(text_).substr(at + kMark.size(), text_.size() - at - kMark.size() - 1);
}

std::string Reply::line() const { return fmt::format("{} {} {}", code(), enhanced(), text_); }

}  // namespace crmrelay::policy
