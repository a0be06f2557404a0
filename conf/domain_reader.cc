// SPDX-License-Identifier: BSD-2-Clause
//
// The keys of a domain, each read and checked by itself.
#include "conf/domain_reader.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"
#include "conf/names.hh"
#include "conf/notice_reader.hh"
#include "conf/require_reader.hh"
#include "conf/sending_reader.hh"
#include "conf/webhook_reader.hh"

namespace crmrelay::conf {

namespace {

using base::neuter;

// Keys of a domain whose values are tables.
const std::vector<std::string_view> kTables = {"tenant", "limits", "dkim", "suspend", "webhook"};

base::Result<Mode> parse_mode(std::string_view text) {
    if (text == "enforce") return Mode::enforce;
    if (text == "observe") return Mode::observe;
    return base::Error{fmt::format("mode is \"{}\"; write \"enforce\" or \"observe\"", neuter(text, 64))};
}

DomainKeys read_keys(Table& table) {
    DomainKeys out;
    out.crm = read_one<std::string>(table, "crm", "the name of a preset, such as \"zoho\"", parse_preset_name);
    out.mode = read_one<Mode>(table, "mode", "\"enforce\" or \"observe\"", parse_mode);
    out.require = read_require(table);
    out.networks = read_networks(table);
    out.logins = read_list<std::string>(table, "logins", "a list: [\"crm@example.com\"]", parse_login);
    out.certificates = read_certificates(table);
    out.tenant = read_tenant(table);
    out.tls_min = read_tls_min(table);
    out.dkim_alignment = read_dkim_alignment(table);
    out.dkim = read_dkim(table);
    out.archive = read_archive(table);
    out.webhook = read_webhook(table);
    out.limits = read_limits(table);
    out.bounces = read_one<Bounces>(table, "bounces", "\"crm\", \"address:MAILBOX\" or \"keep\"", parse_bounces);
    out.return_path = read_one<ReturnPath>(table, "return_path", "\"{token}@bounce.example.com\"", parse_return_path);
    out.headers = read_list<std::string>(table, "headers", "a list: [\"X-SFDC-EntityId\"]", parse_header_name);
    out.remove_headers = read_remove_headers(table);
    out.admins = read_list<std::string>(table, "admins", "a list: [\"postmaster@example.com\"]", parse_mailbox);
    if (out.admins && out.admins->sound && out.admins->value.empty()) {
        table.take("admins")->problem("admins is empty; name at least one mailbox, which gets the notices");
        out.admins->sound = false;
    }
    out.timezone = read_timezone(table);
    out.language = read_language(table);
    out.digest = read_digest(table);
    out.suspend = read_suspend(table);
    return out;
}

std::vector<Given<std::string>> read_also(Table& table) {
    std::vector<Given<std::string>> out;
    const auto value = table.take("also");
    if (!value) return out;
    value->want_list("also", "a list: [\"example.co.jp\", \".mail.example.com\"]", [&](const Value& element) {
        const auto text = element.want_text("an entry of also", "a string in quotes");
        if (!text) return;
        auto name = parse_domain_or_suffix(*text);
        if (name) out.push_back({std::move(*name), element.place(), true});
        else element.problem("also: " + name.error());
    });
    return out;
}

// [domain.example.com] without quotes is [domain."example"] with a table "com" in it. True where that was reported.
bool lacks_quotes(std::string_view name, const Place& place, const Value& value, Problems& problems) {
    if (name.find('.') != std::string_view::npos) return false;
    std::string below;
    std::size_t tables = 0;
    std::size_t others = 0;
    Table(value, "").each([&](std::string_view key, const Place&, const Value& inner) {
        const bool known = std::ranges::find(kTables, key) != kTables.end();
        if (!inner.is_table() || known) ++others;
        else if (++tables == 1) below = key;
    });
    if (tables == 0 || others != 0) return false;
    add_problem(problems, place, fmt::format("a domain name stands in quotes: write [domain.\"{}.{}\"]", neuter(name, 64), neuter(below, 64)));
    return true;
}

}  // namespace

DomainKeys read_defaults(const Value& value) {
    if (!value.is_table()) {
        value.wrong_type("defaults", "a table: [defaults]");
        return {};
    }
    Table table(value, "[defaults]");
    DomainKeys out = read_keys(table);
    if (const auto also = table.take("also"))
        also->problem("also names domains of one entry; it has no place in [defaults]: move it to its [domain.\"…\"]");
    table.finish();
    return out;
}

std::optional<DomainEntry> read_domain(std::string_view name, const Place& place, const Value& value, Problems& problems) {
    const auto parsed = parse_domain(name);
    if (!value.is_table()) {
        add_problem(problems, place, fmt::format("\"{}\" is {}; write a table: [domain.\"example.com\"]", neuter(name, 300), value.kind()));
        return std::nullopt;
    }
    if (lacks_quotes(name, place, value, problems)) return std::nullopt;
    if (!parsed) add_problem(problems, place, parsed.error() + (name.starts_with('.') ? "; a name with a leading dot belongs into also" : ""));
    Table table(value, fmt::format("[domain.\"{}\"]", neuter(name, 300)));
    DomainEntry out{parsed ? *parsed : std::string(), place, {}, {}};
    out.also = read_also(table);
    out.keys = read_keys(table);
    table.finish();
    if (!parsed) return std::nullopt;
    return out;
}

}  // namespace crmrelay::conf
