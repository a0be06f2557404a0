// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl webhook: sends a signed sample and shows the answer; enables a webhook that answered 410.
#include <fmt/format.h>

#include <chrono>
#include <future>
#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/open.hh"
#include "ctl/output.hh"
#include "report/webhook.hh"

namespace crmrelay::ctl {

namespace {

using Json = nlohmann::ordered_json;
using Meaning = report::WebhookAnswer::Meaning;

int wrong(const std::string& words) {
    fmt::print(stderr, "crmrelayctl webhook: {}\n", base::neuter(words, 1000));
    return kWrong;
}

std::string_view words_of(Meaning meaning) {
    switch (meaning) {
        case Meaning::delivered: return "taken";
        case Meaning::temporary: return "not taken: a real event would be tried again";
        case Meaning::unreachable: return "nothing is taken there now: a real event would be tried again";
        case Meaning::rejected: return "refused: a real event would become a dead letter";
        case Meaning::gone: return "gone: a real event would disable the webhook";
    }
    return {};
}

const store::Target* disabled_of(const std::vector<store::Target>& targets, const conf::Domain& domain) {
    for (const auto& target : targets)
        if (target.name == store::webhook_target(domain.name) && target.url == domain.webhook->url && target.disabled_at != 0) return &target;
    return nullptr;
}

int test(const conf::Config& config, const conf::Domain& domain, bool json) {
    const auto secrets = report::load_webhook_secrets(*domain.webhook);
    if (!secrets) return wrong(secrets.error());
    auto request = report::webhook_request(*domain.webhook, *secrets, report::sample_event(domain, base::now()), base::now());
    if (!request) return wrong(request.error());
    const auto headers = request->headers;
    const auto client = report::make_http_client();
    std::promise<report::HttpResponse> promise;
    auto future = promise.get_future();
    const auto began = std::chrono::steady_clock::now();
    const auto sent = request->body;
    client->post(std::move(*request), [&](report::HttpResponse response) { promise.set_value(std::move(response)); });
    const auto response = future.get();
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count();
    const auto answer = report::judge_answer(domain.webhook->format, response);
    const bool taken = answer.meaning == Meaning::delivered;
    if (json) {
        const Json out{{"url", domain.webhook->url}, {"taken", taken}, {"status", response.status}, {"address", response.address}, {"answer", response.body}, {"error", response.error},
                       {"milliseconds", took}, {"headers", headers}, {"body", sent}};
        fmt::print("{}\n", out.dump(2, ' ', false, Json::error_handler_t::replace));
    } else {
        fmt::print("POST {}\n", base::neuter(domain.webhook->url, 2000));
        for (const auto& header : headers) fmt::print("  {}\n", base::neuter(header, 1000));
        fmt::print("  {} octets\n\n{} ({} ms)\n{}\n", sent.size(), base::neuter(answer.text), took, words_of(answer.meaning));
    }
    try {
        if (const auto targets = open_store(config).targets(); disabled_of(targets, domain))
            fmt::print(stderr, "It is disabled: {}. Enable it: crmrelayctl webhook enable {}\n", base::neuter(disabled_of(targets, domain)->reason), domain.name);
    } catch (const std::exception& error) {
        fmt::print(stderr, "crmrelayctl webhook: {}\n", base::neuter(error.what()));   // the sample was sent all the same
    }
    return taken ? kFine : kWrong;
}

int enable(const conf::Config& config, const conf::Domain& domain) {
    auto store = open_store(config);
    const auto targets = store.targets();
    if (!disabled_of(targets, domain)) return wrong(fmt::format("the webhook of {} is not disabled", domain.name));
    store.set_target({store::webhook_target(domain.name), domain.webhook->url, 0, 0, ""});
    fmt::print("enabled; {} dead letters of {} are kept: crmrelayctl outbox retry --all --domain {}\n", store.dead_letters(domain.name), domain.name, domain.name);
    return kFine;
}

}  // namespace

int webhook(const Arguments& arguments) {
    std::string verb, name;
    Cli cli("webhook", "\"test\" sends a signed sample event to a domain's webhook and shows the answer; \"enable\" has a webhook used again that answered 410 Gone.");
    cli.json().choice("VERB", verb, {"enable", "test"}, "test or enable").positional("DOMAIN", name, "the domain", true);
    if (const auto status = cli.parse(arguments)) return *status;
    const auto config = open_config(cli.config_file());
    if (!config) return kWrong;
    name = base::lower(name);
    if (!is_domain(*config, name)) return kWrong;
    const auto& domain = config->domains[config->by_name.at(name)];
    if (!domain.webhook) return wrong(fmt::format("{} has no webhook; write webhook = {{ url = \"https://…\", secret = \"/…\" }}", name));
    return verb == "test" ? test(*config, domain, cli.wants_json()) : enable(*config, domain);
}

}  // namespace crmrelay::ctl
