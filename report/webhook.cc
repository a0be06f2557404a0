// SPDX-License-Identifier: BSD-2-Clause
//
// The body is made anew for each attempt, of the same document: only the time of signing differs, and the id says that it is the same event.
#include "report/webhook.hh"

#include <config.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/crypto.hh"
#include "base/text.hh"
#include "conf/secrets.hh"
#include "report/mailgun.hh"

namespace crmrelay::report {

namespace {

using base::Error;
using base::Result;
using Format = conf::Webhook::Format;
using Json = nlohmann::ordered_json;

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kOctetsLeast = 16, kOctetsMost = 256;
constexpr std::size_t kSecretsMost = 2;
constexpr base::Seconds kLongestWait = 86400;

constexpr int kTooMany = 429, kUnavailable = 503, kGone = 410, kNotAcceptable = 406;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::optional<std::string> octets_of(std::string_view word) {
    if (word.starts_with(kPrefix)) word.remove_prefix(kPrefix.size());
    auto octets = base::from_base64(word);
    if (!octets || octets->size() < kOctetsLeast || octets->size() > kOctetsMost) return std::nullopt;
    return octets;
}

Result<WebhookSecret> parse_secret(std::string_view word, Format format) {
    auto octets = octets_of(word);
    if (octets) return WebhookSecret{std::string(word), std::move(*octets)};
    if (format == Format::standard)
        return Error{fmt::format("this is no secret of Standard Webhooks: base64 of {} to {} octets; printf 'whsec_%s\\n' \"$(openssl rand -base64 32)\" makes a good one", kOctetsLeast,
                                 kOctetsMost)};
    if (word.size() < kOctetsLeast) return Error{fmt::format("the secret is shorter than {} octets", kOctetsLeast)};
    return WebhookSecret{std::string(word), std::string(word)};
}

// Only the CRM headers that are to go along.
void choose_headers(const conf::Webhook& webhook, Json& document) {
    if (!webhook.headers || !document.contains("message") || !document["message"].contains("headers")) return;
    Json chosen = Json::object();
    for (const auto& [name, value] : document["message"]["headers"].items())
        if (std::ranges::any_of(*webhook.headers, [&](const auto& wanted) { return base::iequals(wanted, name); })) chosen[name] = value;
    document["message"]["headers"] = std::move(chosen);
}

std::string body_of(const conf::Webhook& webhook, const WebhookSecrets& secrets, const Json& document, base::Seconds now) {
    if (webhook.format == Format::mailgun) return mailgun_body(dump(document), secrets.front().text, now);
    return dump(Json{{"type", document.at("type")}, {"timestamp", document.at("time")}, {"data", document}});
}

}  // namespace

Result<WebhookSecrets> parse_webhook_secrets(std::string_view text, const std::string& path, Format format) {
    WebhookSecrets secrets;
    int number = 0;
    for (const auto whole : base::split(text, '\n')) {
        ++number;
        const auto line = base::trim(whole);
        if (line.empty() || line.front() == '#') continue;
        const auto end = std::min(line.find_first_of(" \t"), line.size());
        const auto word = line.substr(0, end);
        const auto rest = base::trim(line.substr(end));
        if (!rest.empty() && rest.front() != '#') return Error{fmt::format("{}:{}: two words on a line; write one secret a line, and # before a comment", path, number)};
        auto secret = std::ranges::all_of(word, [](char c) { return c > ' ' && c <= '~'; }) ? parse_secret(word, format)
                                                                                           : Result<WebhookSecret>(Error{"the secret holds other characters than printable ASCII"});
        if (!secret) return Error{fmt::format("{}:{}: {}", path, number, secret.error())};
        secrets.push_back(std::move(*secret));
    }
    if (secrets.empty() || secrets.size() > kSecretsMost)
        return Error{fmt::format("{}: holds {} secrets; write one, or two while receivers go from one to the other", path, secrets.size())};
    return secrets;
}

Result<WebhookSecrets> load_webhook_secrets(const conf::Webhook& webhook) {
    const auto text = conf::read_secret(webhook.secret);
    if (!text) return Error{text.error()};
    return parse_webhook_secrets(*text, webhook.secret, webhook.format);
}

std::string standard_signature(const WebhookSecrets& secrets, std::string_view id, base::Seconds timestamp, std::string_view body) {
    const std::string content = fmt::format("{}.{}.{}", id, timestamp, body);
    std::string out;
    for (const auto& secret : secrets) out += fmt::format("{}v1,{}", out.empty() ? "" : " ", base::base64(base::as_text(base::hmac_sha256(secret.octets, content))));
    return out;
}

Result<HttpRequest> webhook_request(const conf::Webhook& webhook, const WebhookSecrets& secrets, std::string_view text, base::Seconds now) {
    HttpRequest request;
    std::string id;
    try {
        auto document = Json::parse(text);
        choose_headers(webhook, document);
        id = document.at("id").get<std::string>();
        request.body = body_of(webhook, secrets, document, now);
    } catch (const nlohmann::json::exception& error) {
        return Error{fmt::format("the event's document is damaged: {}", error.what())};
    }
    request.url = webhook.url;
    request.headers = {"Content-Type: application/json",
                       "User-Agent: crmrelay/" VERSION,
                       fmt::format("webhook-id: {}", id),
                       fmt::format("webhook-timestamp: {}", now),
                       fmt::format("webhook-signature: {}", standard_signature(secrets, id, now, request.body))};
    request.private_addresses = webhook.private_addresses;
    request.ca = webhook.ca;
    request.proxy = webhook.proxy;
    request.connect = std::chrono::seconds(webhook.connect_timeout);
    request.total = std::chrono::seconds(webhook.timeout);
    return request;
}

WebhookAnswer judge_answer(Format format, const HttpResponse& response) {
    using Meaning = WebhookAnswer::Meaning;
    WebhookAnswer out;
    if (response.status == 0) {
        out.meaning = Meaning::unreachable;
        out.text = response.error;
        return out;
    }
    const auto body = base::trim(std::string_view(response.body).substr(0, 300));
    out.text = fmt::format("{}{}{}{}{}", response.status, response.address.empty() ? "" : " from ", response.address, body.empty() ? "" : ": ", body);
    if (response.status / 100 == 2) out.meaning = Meaning::delivered;
    else if (response.status == kGone) out.meaning = Meaning::gone;
    else if (response.status == kNotAcceptable && format == Format::mailgun) out.meaning = Meaning::rejected;
    else if (response.status == kTooMany || response.status == kUnavailable) out.meaning = Meaning::unreachable;
    if (response.retry_after && (response.status == kTooMany || response.status == kUnavailable)) out.retry_after = std::min<base::Seconds>(*response.retry_after, kLongestWait);
    return out;
}

std::string sample_event(const conf::Domain& domain, base::Seconds now) {
    Json headers = Json::object();
    for (const auto& name : domain.headers) headers[name] = "example";
    const std::string time = base::rfc3339(now);
    return dump({{"type", "bounce"},
                 {"id", "evt_test" + base::base32(base::random_octets(13))},
                 {"time", time},
                 {"domain", domain.name},
                 {"test", true},
                 {"message",
                  {{"token", ""}, {"queue_id", ""}, {"message_id", "<test@" + domain.name + ">"}, {"sender", "return-path@crm.example"}, {"from", "sales@" + domain.name},
                   {"relayed_at", time}, {"headers", std::move(headers)}}},
                 {"failure",
                  {{"recipient", "nobody@example.net"}, {"action", "failed"}, {"status", "5.1.1"}, {"code", 550}, {"diagnostic", "550 5.1.1 This is a test of crmrelay's webhook"},
                   {"remote_mta", "mx.example.net"}, {"reason", "userunknown"}, {"class", "hard"}, {"fault", "recipient"}, {"soft_count", 0}, {"matched_by", "return-path"}}}});
}

}  // namespace crmrelay::report
