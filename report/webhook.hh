// SPDX-License-Identifier: BSD-2-Clause
//
// A webhook's words: an event's document as one signed request, after Standard Webhooks 1.0.0 or in Mailgun's form, and what an answer means.
// It sends nothing, and shows no secret.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"
#include "conf/config.hh"
#include "report/http_client.hh"

namespace crmrelay::report {

struct WebhookSecret {
    std::string text;     // the line of the file, as the receiver has it: what Mailgun's form signs with
    std::string octets;   // what Standard Webhooks sign with
};

// One or two: the first signs, and so does the second, while receivers go from one to the other.
using WebhookSecrets = std::vector<WebhookSecret>;

// Lines of "SECRET [# comment]". In format standard a secret is base64 of 16 to 256 octets, with or without "whsec_" in front; in format mailgun it is
// whatever stands there, of 16 octets or more.
base::Result<WebhookSecrets> parse_webhook_secrets(std::string_view text, const std::string& path, conf::Webhook::Format format);
base::Result<WebhookSecrets> load_webhook_secrets(const conf::Webhook& webhook);

// "v1,…" for each secret, with a space between: HMAC-SHA256 over id.timestamp.body, in base64.
std::string standard_signature(const WebhookSecrets& secrets, std::string_view id, base::Seconds timestamp, std::string_view body);

// The whole request. The error says what the document lacks.
base::Result<HttpRequest> webhook_request(const conf::Webhook& webhook, const WebhookSecrets& secrets, std::string_view document, base::Seconds now);

struct WebhookAnswer {
    enum class Meaning {
        delivered,     // 2xx
        temporary,     // any other status: this one is tried again
        unreachable,   // no answer, 429 or 503: it says something about all that go there
        rejected,      // Mailgun's 406: this one is not wanted, ever
        gone,          // 410: nothing is wanted there, ever
    };
    Meaning meaning = Meaning::temporary;
    std::string text;                          // "503 from 192.0.2.1: …", or what failed
    std::optional<base::Seconds> retry_after;  // of the receiver, at most a day
};
WebhookAnswer judge_answer(conf::Webhook::Format format, const HttpResponse& response);

// An event of no message, as `crmrelayctl webhook test` sends it. It says "test": true.
std::string sample_event(const conf::Domain& domain, base::Seconds now);

}  // namespace crmrelay::report
