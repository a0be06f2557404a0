// SPDX-License-Identifier: BSD-2-Clause
//
// Two words.
#include "conf/notice_reader.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"
#include "base/translation.hh"

namespace crmrelay::conf {

namespace {

base::Result<std::string> parse_language(std::string_view text) {
    const auto& known = base::languages();
    if (std::ranges::find(known, text) != known.end()) return std::string(text);
    return base::Error{fmt::format("language is \"{}\"; write \"{}\"", base::neuter(text, 64), fmt::join(known, "\" or \""))};
}

base::Result<Digest> parse_digest(std::string_view text) {
    if (text == "daily") return Digest::daily;
    if (text == "weekly") return Digest::weekly;
    if (text == "none") return Digest::none;   // where [defaults] says otherwise
    return base::Error{fmt::format("digest is \"{}\"; write \"daily\", \"weekly\" or \"none\"", base::neuter(text, 64))};
}

}  // namespace

Maybe<std::string> read_language(Table& table) { return read_one<std::string>(table, "language", "\"en\" or \"ja\"", parse_language); }
Maybe<Digest> read_digest(Table& table) { return read_one<Digest>(table, "digest", "\"daily\" or \"weekly\"", parse_digest); }

}  // namespace crmrelay::conf
