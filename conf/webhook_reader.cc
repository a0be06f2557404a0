// SPDX-License-Identifier: BSD-2-Clause
//
// Each key of webhook by itself, then what they say together: plain HTTP only to private addresses, and only events that the format has words for.
#include "conf/webhook_reader.hh"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/ip.hh"
#include "base/text.hh"
#include "conf/names.hh"

namespace crmrelay::conf {

namespace {

using base::Error;
using base::neuter;
using base::Result;

constexpr std::string_view kWanted = R"({ url = "https://crm.example.net/hooks/mail", secret = "/etc/crmrelay/webhook.secret" })";
constexpr std::size_t kUrlCap = 2000;
constexpr std::string_view kEvents[] = {"bounce", "delay", "delivered", "complaint", "autoreply", "suspended", "resumed", "auth-failed"};
constexpr std::string_view kMailgunEvents[] = {"bounce", "delay", "delivered", "complaint"};
const std::vector<std::string> kUsual = {"bounce", "delay", "complaint", "autoreply", "suspended", "resumed"};
const std::vector<std::string> kMailgunUsual = {"bounce", "delay", "complaint"};
constexpr int kConnectionsMost = 64;
constexpr int kTimeoutMost = 300;

std::string joined(std::span<const std::string_view> words) {
    std::string out;
    for (const auto word : words) out += (out.empty() ? "" : ", ") + std::string(word);
    return out;
}

// HOST or HOST:PORT, of a URL.
bool is_authority(std::string_view text) {
    auto host = text;
    if (const auto colon = text.rfind(':'); colon != std::string_view::npos && !text.ends_with(']')) {
        const auto port = base::parse_number(text.substr(colon + 1));
        if (!port || *port == 0 || *port > 65535) return false;
        host = text.substr(0, colon);
    }
    if (host.starts_with('[') && host.ends_with(']')) return host.find(':') != std::string_view::npos && base::IpAddress::parse(host.substr(1, host.size() - 2)).ok();
    return host.find(':') == std::string_view::npos && (base::IpAddress::parse(host).ok() || parse_domain(host).ok());
}

Result<std::string> parse_url(std::string_view text) {
    const auto wrong = [&](std::string_view why) {
        return Error{fmt::format("url is \"{}\": {}; write such as \"https://crm.example.net/hooks/mail\"", neuter(text), why)};
    };
    if (text.size() > kUrlCap) return wrong("it is too long");
    if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; })) return wrong("it holds other characters than printable ASCII: percent-encode them");
    const std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
    if (scheme == 0) return wrong("it does not begin with https://");
    const auto rest = text.substr(scheme);
    const auto authority = rest.substr(0, rest.find_first_of("/?#"));
    if (authority.find('@') != std::string_view::npos) return wrong("a name and password stand in it; the signature is what proves who sends");
    if (!is_authority(authority)) return wrong("its host and port are none");
    if (rest.find('#') != std::string_view::npos) return wrong("a fragment (#…) is not sent");
    return std::string(text);
}

Result<std::string> parse_proxy(std::string_view text) {
    constexpr std::string_view kHttp = "http://";
    const auto rest = text.starts_with(kHttp) ? text.substr(kHttp.size()) : std::string_view();
    if (rest.find(':') == std::string_view::npos || !is_authority(rest)) return Error{fmt::format("proxy is \"{}\"; write \"http://HOST:PORT\"", neuter(text))};
    return std::string(text);
}

Result<Webhook::Format> parse_format(std::string_view text) {
    if (text == "standard") return Webhook::Format::standard;
    if (text == "mailgun") return Webhook::Format::mailgun;
    return Error{fmt::format("format is \"{}\"; write \"standard\" (Standard Webhooks) or \"mailgun\"", neuter(text, 64))};
}

Result<std::string> parse_event(std::string_view text) {
    if (std::ranges::find(kEvents, text) != std::end(kEvents)) return std::string(text);
    return Error{fmt::format("\"{}\" is no type of event; there are {}", neuter(text, 64), joined(kEvents))};
}

template <typename T>
void take(const Maybe<T>& given, T& into, bool& sound) {
    if (!given) return;
    sound &= given->sound;
    into = given->value;
}

void read_number(Table& table, std::string_view key, std::int64_t most, int& into, bool& sound) {
    const auto value = table.take(key);
    if (!value) return;
    const auto number = value->want_number(key, 1, most);
    if (number) into = static_cast<int>(*number);
    sound &= number.has_value();
}

void read_truth(Table& table, std::string_view key, bool& into, bool& sound) {
    const auto value = table.take(key);
    if (!value) return;
    const auto truth = value->truth();
    if (truth) into = *truth;
    else value->wrong_type(key, "true or false");
    sound &= truth.has_value();
}

void read_events(Table& table, Webhook& into, bool& sound) {
    const bool mailgun = into.format == Webhook::Format::mailgun;
    const auto events = read_list<std::string>(table, "events", "a list: [\"bounce\", \"delay\"]", parse_event);
    into.events = events ? events->value : mailgun ? kMailgunUsual : kUsual;
    if (!events) return;
    sound &= events->sound;
    for (const auto& event : into.events)
        if (mailgun && std::ranges::find(kMailgunEvents, event) == std::end(kMailgunEvents)) {
            table.take("events")->problem(fmt::format("events: Mailgun's webhooks have no \"{}\"; there are {}, or write format = \"standard\"", event, joined(kMailgunEvents)));
            sound = false;
        }
}

// What the keys say together.
bool is_sound_whole(const Value& at, Table& table, const Webhook& webhook) {
    if (webhook.events.empty()) return true;
    if (webhook.url.empty() || webhook.secret.empty()) {
        at.problem(fmt::format("webhook: {} is missing; write {}", webhook.url.empty() ? "url" : "secret", kWanted));
        return false;
    }
    if (webhook.url.starts_with("http://") && !webhook.private_addresses) {
        table.take("url")->problem("url begins with http://, which hides nothing on its way; write https://, or private_addresses = true for a receiver of your own network");
        return false;
    }
    if (webhook.connect_timeout > webhook.timeout) {
        table.take("connect_timeout")->problem(fmt::format("connect_timeout ({}) is longer than timeout ({}), which covers all of an attempt", webhook.connect_timeout, webhook.timeout));
        return false;
    }
    return true;
}

}  // namespace

Maybe<Webhook> read_webhook(Table& table) {
    const auto value = table.take("webhook");
    if (!value) return std::nullopt;
    Given<Webhook> out{{}, value->place(), true};
    if (!value->is_table()) {
        value->wrong_type("webhook", kWanted);
        out.sound = false;
        return out;
    }
    Table inner(*value, "webhook");
    auto& webhook = out.value;
    take(read_one<std::string>(inner, "url", "a URL in quotes", parse_url), webhook.url, out.sound);
    take(read_one<std::string>(inner, "secret", "an absolute path", parse_file_path), webhook.secret, out.sound);
    take(read_one<Webhook::Format>(inner, "format", "\"standard\" or \"mailgun\"", parse_format), webhook.format, out.sound);
    read_events(inner, webhook, out.sound);
    if (auto headers = read_list<std::string>(inner, "headers", "a list: [\"X-SFDC-EntityId\"]", parse_header_name)) {
        out.sound &= headers->sound;
        webhook.headers = std::move(headers->value);
    }
    read_truth(inner, "private_addresses", webhook.private_addresses, out.sound);
    take(read_one<std::string>(inner, "ca", "an absolute path", parse_file_path), webhook.ca, out.sound);
    take(read_one<std::string>(inner, "proxy", "a URL in quotes", parse_proxy), webhook.proxy, out.sound);
    read_number(inner, "connections", kConnectionsMost, webhook.connections, out.sound);
    read_number(inner, "connect_timeout", kTimeoutMost, webhook.connect_timeout, out.sound);
    read_number(inner, "timeout", kTimeoutMost, webhook.timeout, out.sound);
    webhook.connect_timeout = std::min(webhook.connect_timeout, inner.take("connect_timeout") ? webhook.connect_timeout : webhook.timeout);
    inner.finish();
    if (out.sound) out.sound = is_sound_whole(*value, inner, webhook);
    return out;
}

}  // namespace crmrelay::conf
