// SPDX-License-Identifier: BSD-2-Clause
//
// What Mailgun calls things: a bounce is "failed" with severity "permanent", a delay the same with "temporary", a Message-ID has no angles.
#include "report/mailgun.hh"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/crypto.hh"
#include "base/text.hh"

namespace crmrelay::report {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kTokenLength = 50;   // as Mailgun's own

std::string text_of(const Json& object, const char* key) { return object.is_object() ? object.value(key, "") : ""; }

std::string without_angles(std::string_view text) {
    if (text.starts_with('<') && text.ends_with('>') && text.size() >= 2) text = text.substr(1, text.size() - 2);
    return std::string(text);
}

std::string_view domain_of(std::string_view address) { return address.substr(address.rfind('@') + 1); }

Json signature(std::string_view id, std::string_view key, base::Seconds now) {
    const std::string token = base::hex(base::as_text(base::sha256(fmt::format("crmrelay webhook {}", id)))).substr(0, kTokenLength);
    const std::string timestamp = std::to_string(now);
    return {{"token", token}, {"timestamp", timestamp}, {"signature", base::hex(base::as_text(base::hmac_sha256(key, timestamp + token)))}};
}

struct Words {
    const char* event;
    const char* severity;
    const char* level;
};

Words words_of(std::string_view type) {
    if (type == "delay") return {"failed", "temporary", "warn"};
    if (type == "delivered") return {"delivered", "", "info"};
    if (type == "complaint") return {"complained", "", "warn"};
    return {"failed", "permanent", "error"};
}

Json delivery_status(const Json& failure) {
    Json out = {{"code", failure.value("code", 0)}, {"message", text_of(failure, "diagnostic")}, {"description", text_of(failure, "reason")}, {"mx-host", text_of(failure, "remote_mta")}};
    if (const auto status = text_of(failure, "status"); !status.empty()) out["enhanced-code"] = status;
    if (const auto verdict = text_of(failure, "class"); verdict == "hard" || verdict == "soft") out["bounce-type"] = verdict;
    return out;
}

Json message_of(const Json& message, const std::string& recipient) {
    return {{"headers", {{"message-id", without_angles(text_of(message, "message_id"))}, {"from", text_of(message, "from")}, {"to", recipient}}}, {"attachments", Json::array()}};
}

}  // namespace

std::string mailgun_body(std::string_view text, std::string_view key, base::Seconds now) {
    const auto document = Json::parse(text);
    const auto id = document.at("id").get<std::string>();
    const auto type = text_of(document, "type");
    const auto failure = document.value("failure", Json::object());
    const auto message = document.value("message", Json::object());
    const auto recipient = text_of(failure, "recipient");
    const auto words = words_of(type);
    const bool test = document.value("test", false);
    const auto time = base::from_rfc3339(text_of(document, "time")).value_or(now);
    Json data = {{"event", words.event}, {"id", id}, {"timestamp", static_cast<double>(time)}, {"log-level", words.level}, {"recipient", recipient},
                 {"recipient-domain", domain_of(recipient)}, {"message", message_of(message, recipient)},
                 {"envelope", {{"sender", text_of(message, "sender")}, {"targets", recipient}, {"transport", "smtp"}}},
                 {"flags", {{"is-routed", false}, {"is-authenticated", true}, {"is-system-test", test}, {"is-test-mode", test}}}, {"tags", Json::array()}};
    if (*words.severity != '\0') {
        data["severity"] = words.severity;
        data["reason"] = std::string_view(words.severity) == "permanent" ? "bounce" : "generic";
    }
    if (type != "complaint") data["delivery-status"] = delivery_status(failure);
    Json variables = {{"crmrelay-domain", text_of(document, "domain")}, {"crmrelay-token", text_of(message, "token")}};
    if (message.contains("headers"))
        for (const auto& [name, value] : message["headers"].items()) variables[name] = value;
    data["user-variables"] = std::move(variables);
    return Json{{"signature", signature(id, key, now)}, {"event-data", std::move(data)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace crmrelay::report
