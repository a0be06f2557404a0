// SPDX-License-Identifier: BSD-2-Clause
//
// Checks what is written; keys are opened by the milter and by `crmrelayctl check`.
#include "conf/sending_reader.hh"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.hh"
#include "conf/names.hh"

namespace crmrelay::conf {

namespace {

using base::Error;
using base::neuter;

constexpr std::string_view kDkim = R"({ selector = "crm", key = "/etc/crmrelay/dkim/example.com.pem", sign = "missing" })";
constexpr std::size_t kKeysMost = 2;                         // RSA and Ed25519 at once (RFC 8463 section 3)
constexpr std::int64_t kMessagesMost = 1'000'000'000;
constexpr std::int64_t kRecipientsMost = 50'000;

// RFC 5322 section 3.6, RFC 2045, and what tells where a message has been and who vouches for it.
constexpr std::string_view kKept[] = {"authentication-results", "bcc", "cc", "comments", "date", "delivered-to", "dkim-signature", "domainkey-signature", "from",
                                      "in-reply-to", "keywords", "message-id", "mime-version", "received", "received-spf", "references", "reply-to", "return-path",
                                      "sender", "subject", "to"};
constexpr std::string_view kKeptFamilies[] = {"arc-", "content-", "resent-"};

base::Result<std::string> parse_removable(std::string_view text) {
    auto name = parse_header_name(text);
    if (!name) return name;
    const auto folded = base::lower(*name);
    const bool kept = std::ranges::find(kKept, folded) != std::end(kKept) ||
                      std::ranges::any_of(kKeptFamilies, [&](std::string_view family) { return folded.starts_with(family); });
    if (kept) return Error{fmt::format("{} is a message's own field and stays; name fields of the CRM only, such as X-SFDCRelayAddr", *name)};
    return name;
}

base::Result<DkimSigning::Sign> parse_sign(std::string_view text) {
    if (text == "missing") return DkimSigning::Sign::missing;
    if (text == "always") return DkimSigning::Sign::always;
    if (text == "never") return DkimSigning::Sign::never;
    return Error{fmt::format("sign is \"{}\"; write \"missing\" (where no aligned valid signature is there), \"always\" or \"never\"", neuter(text, 64))};
}

// The selector and key of one table; false where something was reported.
bool read_key(const Value& at, Table& table, std::vector<DkimSigning::Key>& into) {
    const auto selector = read_one<std::string>(table, "selector", "a selector in quotes", parse_domain);
    const auto key = read_one<std::string>(table, "key", "an absolute path", parse_file_path);
    if (!selector || !key) at.problem(fmt::format("dkim: {} is missing; write {}", selector ? "key" : "selector", kDkim));
    if (!selector || !key || !selector->sound || !key->sound) return false;
    into.push_back({selector->value, key->value});
    return true;
}

bool read_keys(const Value& list, std::vector<DkimSigning::Key>& into) {
    bool sound = true;
    sound &= list.want_list("keys", "a list of { selector, key }", [&](const Value& element) {
        if (!element.is_table()) {
            element.wrong_type("an entry of keys", R"({ selector = "crm", key = "/PATH" })");
            sound = false;
            return;
        }
        Table one(element, "an entry of keys");
        sound &= read_key(element, one, into);
        one.finish();
    });
    if (!sound) return false;
    if (into.empty() || into.size() > kKeysMost) {
        list.problem(fmt::format("dkim: keys holds {}; write one or two (RSA and Ed25519)", into.size()));
        return false;
    }
    if (into.size() == 2 && into[0].selector == into[1].selector) {
        list.problem(fmt::format("dkim: both keys have the selector \"{}\"; give each its own", into[0].selector));
        return false;
    }
    return true;
}

void read_limit(Table& table, std::string_view key, std::int64_t most, std::int64_t& into, bool& sound) {
    const auto value = table.take(key);
    if (!value) return;
    const auto number = value->want_number(key, 0, most);
    if (number) into = *number;
    sound &= number.has_value();
}

}  // namespace

Maybe<DkimSigning> read_dkim(Table& table) {
    const auto value = table.take("dkim");
    if (!value) return std::nullopt;
    Given<DkimSigning> out{{}, value->place(), true};
    if (!value->is_table()) {
        value->wrong_type("dkim", kDkim);
        out.sound = false;
        return out;
    }
    Table inner(*value, "dkim");
    if (const auto sign = read_one<DkimSigning::Sign>(inner, "sign", "\"missing\", \"always\" or \"never\"", parse_sign)) {
        out.sound &= sign->sound;
        out.value.sign = sign->value;
    }
    if (const auto domain = read_one<std::string>(inner, "domain", "a domain in quotes", parse_domain)) {
        out.sound &= domain->sound;
        out.value.domain = domain->value;
    }
    const auto keys = inner.take("keys");
    const auto selector = inner.take("selector");
    const auto key = inner.take("key");
    const bool one = selector || key;
    if (keys && one) {
        keys->problem("dkim has both keys and selector or key; write one of the two forms");
        out.sound = false;
    } else if (keys) {
        out.sound &= read_keys(*keys, out.value.keys);
    } else if (one || out.value.sign != DkimSigning::Sign::never) {
        out.sound &= read_key(*value, inner, out.value.keys);
    }
    inner.finish();
    return out;
}

Maybe<std::vector<std::string>> read_remove_headers(Table& table) {
    return read_list<std::string>(table, "remove_headers", "a list: [\"X-SFDCRelayAddr\"]", parse_removable);
}

Maybe<std::string> read_archive(Table& table) { return read_one<std::string>(table, "archive", "a mailbox in quotes", parse_mailbox); }

Maybe<Limits> read_limits(Table& table) {
    const auto value = table.take("limits");
    if (!value) return std::nullopt;
    Given<Limits> out{{}, value->place(), true};
    if (!value->is_table()) {
        value->wrong_type("limits", "{ per_hour = 0, per_day = 0, recipients = 100 }");
        out.sound = false;
        return out;
    }
    Table inner(*value, "limits");
    read_limit(inner, "per_hour", kMessagesMost, out.value.per_hour, out.sound);
    read_limit(inner, "per_day", kMessagesMost, out.value.per_day, out.sound);
    read_limit(inner, "recipients", kRecipientsMost, out.value.recipients, out.sound);
    inner.finish();
    return out;
}

}  // namespace crmrelay::conf
