// SPDX-License-Identifier: BSD-2-Clause
//
// Secrets, signatures, both formats, and what answers mean.
#include "report/webhook.hh"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "base/crypto.hh"

namespace crmrelay::report {
namespace {

using Format = conf::Webhook::Format;
using Json = nlohmann::json;
using Meaning = WebhookAnswer::Meaning;

constexpr base::Seconds kNow = 1'795'437'358;
const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string kDocument =
    R"({"type":"bounce","id":"evt_1","time":"2026-11-23T12:35:58Z","domain":"example.com","message":{"token":"tok","message_id":"<1@crm.test>","sender":"r@crm.test",)"
    R"("from":"sales@example.com","headers":{"X-SFDC-EntityId":"00Q1","X-SFDC-LK":"00D"}},"failure":{"recipient":"nobody@dest.test","action":"failed","status":"5.1.1",)"
    R"("code":550,"diagnostic":"550 5.1.1 No such user","remote_mta":"mx.dest.test","reason":"userunknown","class":"hard"}})";

WebhookSecrets secrets(const std::string& text, Format format = Format::standard) {
    auto parsed = parse_webhook_secrets(text, "/s", format);
    BOOST_REQUIRE_MESSAGE(parsed.ok(), (parsed.ok() ? "" : parsed.error()));
    return *parsed;
}

std::string header(const HttpRequest& request, const std::string& name) {
    for (const auto& each : request.headers)
        if (each.starts_with(name + ": ")) return each.substr(name.size() + 2);
    return "none";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) { return text.replace(text.find(from), from.size(), to); }

BOOST_AUTO_TEST_CASE(the_specifications_example) {
    // Of the Standard Webhooks project: its reference libraries are tested with it.
    BOOST_TEST(standard_signature(secrets(kSecret), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})") == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

BOOST_AUTO_TEST_CASE(secrets_of_a_file) {
    const struct {
        std::string text;
        Format format;
        std::size_t want;
        std::string want_error;
    } rows[] = {
        {kSecret + "\n", Format::standard, 1, ""},
        {"# mine\n\n" + kSecret + "  # new\n" + kSecret.substr(6) + "\n", Format::standard, 2, ""},
        {"", Format::standard, 0, "/s: holds 0 secrets"},
        {kSecret + "\n" + kSecret + "\n" + kSecret + "\n", Format::standard, 0, "/s: holds 3 secrets"},
        {kSecret + " " + kSecret, Format::standard, 0, "/s:1: two words on a line"},
        {"\nwhsec_short", Format::standard, 0, "/s:2: this is no secret of Standard Webhooks"},
        {"key-0123456789abcdef", Format::standard, 0, "openssl rand"},
        {"key-0123456789abcdef", Format::mailgun, 1, ""},
        {"key-01234", Format::mailgun, 0, "shorter than 16 octets"},
        {"key-0123456789\x80xyz", Format::mailgun, 0, "printable ASCII"},
    };
    for (const auto& row : rows) {
        const auto got = parse_webhook_secrets(row.text, "/s", row.format);
        BOOST_TEST_CONTEXT(row.text) {
            BOOST_TEST(got.ok() == row.want_error.empty());
            if (got) BOOST_TEST(got->size() == row.want);
            else BOOST_TEST(got.error().find(row.want_error) != std::string::npos, got.error());
            if (!got) BOOST_TEST(got.error().find("key-0123") == std::string::npos);   // no secret is shown
        }
    }
}

BOOST_AUTO_TEST_CASE(the_standard_request) {
    conf::Webhook webhook;
    webhook.url = "https://crm.example.net/hooks";
    webhook.private_addresses = true;
    webhook.timeout = 7;
    const auto two = secrets(kSecret + "\n" + base::base64("another secret of 24 oct"));
    const auto request = webhook_request(webhook, two, kDocument, kNow);
    BOOST_REQUIRE(request.ok());
    BOOST_TEST(request->url == webhook.url);
    BOOST_TEST(request->private_addresses);
    BOOST_TEST((request->total == std::chrono::seconds(7)));
    BOOST_TEST(header(*request, "webhook-id") == "evt_1");
    BOOST_TEST(header(*request, "webhook-timestamp") == std::to_string(kNow));
    const auto signature = header(*request, "webhook-signature");
    BOOST_TEST(signature == standard_signature(two, "evt_1", kNow, request->body));
    BOOST_TEST(signature.find(" v1,") != std::string::npos);
    const auto body = Json::parse(request->body);
    BOOST_TEST(body.at("type") == "bounce");
    BOOST_TEST(body.at("timestamp") == "2026-11-23T12:35:58Z");
    BOOST_TEST(body.at("data") == Json::parse(kDocument));
    webhook.headers = {"x-sfdc-lk"};
    BOOST_TEST(Json::parse(webhook_request(webhook, two, kDocument, kNow)->body)["data"]["message"]["headers"].dump() == R"({"X-SFDC-LK":"00D"})");
    webhook.headers = std::vector<std::string>{};
    BOOST_TEST(Json::parse(webhook_request(webhook, two, kDocument, kNow)->body)["data"]["message"]["headers"].dump() == "{}");
    for (const char* damaged : {"", "[]", "{", R"({"type":"bounce"})"}) BOOST_TEST(!webhook_request(webhook, two, damaged, kNow).ok());
}

BOOST_AUTO_TEST_CASE(the_form_of_mailgun) {
    conf::Webhook webhook;
    webhook.format = Format::mailgun;
    const std::string key = "key-0123456789abcdef";
    const struct {
        const char* type;
        const char* want_event;
        const char* want_severity;
        const char* want_reason;
    } rows[] = {{"bounce", "failed", "permanent", "bounce"}, {"delay", "failed", "temporary", "generic"}, {"delivered", "delivered", "", ""}, {"complaint", "complained", "", ""}};
    for (const auto& row : rows) BOOST_TEST_CONTEXT(row.type) {
        const auto document = replaced(kDocument, "\"bounce\"", std::string("\"") + row.type + "\"");
        const auto body = Json::parse(webhook_request(webhook, secrets(key, Format::mailgun), document, kNow)->body);
        const auto later = Json::parse(webhook_request(webhook, secrets(key, Format::mailgun), document, kNow + 60)->body);
        const auto& signature = body.at("signature");
        const auto token = signature.at("token").get<std::string>();
        BOOST_TEST(token.size() == 50u);
        BOOST_TEST(later.at("signature").at("token") == token);
        BOOST_TEST(signature.at("signature") == base::hex(base::as_text(base::hmac_sha256(key, std::to_string(kNow) + token))));
        const auto& data = body.at("event-data");
        BOOST_TEST(data.at("event") == row.want_event);
        BOOST_TEST(data.value("severity", "") == row.want_severity);
        BOOST_TEST(data.value("reason", "") == row.want_reason);
        BOOST_TEST(data.at("timestamp") == 1795437358.0);
        BOOST_TEST(data.at("recipient") == "nobody@dest.test");
        BOOST_TEST(data.at("message").at("headers").at("message-id") == "1@crm.test");
        BOOST_TEST(data.at("user-variables").at("X-SFDC-EntityId") == "00Q1");
        BOOST_TEST(data.contains("delivery-status") == (std::string(row.type) != "complaint"));
    }
}

BOOST_AUTO_TEST_CASE(answers) {
    const struct {
        Format format;
        int status;
        std::optional<std::int64_t> retry_after;
        Meaning want;
        std::optional<base::Seconds> want_wait;
    } rows[] = {
        {Format::standard, 200, {}, Meaning::delivered, {}},    {Format::standard, 204, {}, Meaning::delivered, {}},   {Format::standard, 301, {}, Meaning::temporary, {}},
        {Format::standard, 400, {}, Meaning::temporary, {}},    {Format::standard, 406, {}, Meaning::temporary, {}},   {Format::mailgun, 406, {}, Meaning::rejected, {}},
        {Format::standard, 410, {}, Meaning::gone, {}},         {Format::mailgun, 410, {}, Meaning::gone, {}},         {Format::standard, 429, 30, Meaning::unreachable, 30},
        {Format::standard, 503, 1'000'000, Meaning::unreachable, 86400}, {Format::standard, 500, 30, Meaning::temporary, {}}, {Format::standard, 0, {}, Meaning::unreachable, {}},
    };
    for (const auto& row : rows) {
        HttpResponse response;
        response.status = row.status;
        response.retry_after = row.retry_after;
        response.error = "no route";
        response.body = " because ";
        response.address = "192.0.2.1";
        const auto got = judge_answer(row.format, response);
        BOOST_TEST_CONTEXT(row.status) {
            BOOST_TEST((got.meaning == row.want));
            BOOST_TEST((got.retry_after == row.want_wait));
            BOOST_TEST(got.text == (row.status == 0 ? "no route" : std::to_string(row.status) + " from 192.0.2.1: because"));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_sample_is_an_event) {
    conf::Domain domain;
    domain.name = "example.com";
    domain.headers = {"X-A"};
    const auto sample = Json::parse(sample_event(domain, kNow));
    BOOST_TEST(sample.at("test") == true);
    BOOST_TEST(sample.at("message").at("headers").dump() == R"({"X-A":"example"})");
    BOOST_TEST(sample.at("id") != Json::parse(sample_event(domain, kNow)).at("id"));
}

}  // namespace
}  // namespace crmrelay::report
