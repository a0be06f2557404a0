// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl trace: one message's life, oldest first: relayed, what came back, who was told.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/open.hh"
#include "ctl/output.hh"
#include "ctl/trace_id.hh"

namespace crmrelay::ctl {

namespace {

using Json = nlohmann::json;

struct Step {
    base::Seconds time = 0;
    std::string what;
    std::vector<std::pair<std::string, std::string>> details;   // those with nothing in them are left out
};

std::string return_path_of(const conf::Config& config, const store::Message& message) {
    for (const auto& domain : config.domains)
        if (domain.name == message.domain && domain.return_path) return domain.return_path->address(message.token);
    return message.token;
}

Step relayed(const conf::Config& config, const store::Message& message) {
    Step out{message.relayed_at, "relayed", {}};
    out.details = {{"domain", message.domain},
                   {"client", message.client},
                   {"login", message.login},
                   {"from", message.from},
                   {"message-id", message.message_id},
                   {"queue id", message.queue_id},
                   {"CRM's return path", "<" + message.sender + ">"},
                   {"new return path", "<" + return_path_of(config, message) + ">"},
                   {"CRM's ENVID", message.envid},
                   {"CRM's RET", message.ret},
                   {"size", message.size ? std::to_string(message.size) : ""}};
    for (const auto& recipient : message.recipients)
        out.details.emplace_back("recipient", recipient.address + (recipient.notify.empty() ? "" : " NOTIFY=" + recipient.notify));
    for (const auto& [name, value] : message.headers) out.details.emplace_back(name, value);
    return out;
}

Step happened(const store::Event& event) {
    return {event.time, event.type, {{"recipient", event.recipient}, {"action", event.action}, {"status", event.status}, {"diagnostic", event.diagnostic},
                                     {"matched by", event.matched_by}, {"event", event.id}}};
}

std::string_view words_for(store::Outgoing::Kind kind) {
    switch (kind) {
        case store::Outgoing::Kind::handback: return "hand-back";
        case store::Outgoing::Kind::forward: return "forward";
        case store::Outgoing::Kind::notice: return "notice";
        case store::Outgoing::Kind::webhook: return "webhook";
    }
    return {};
}

Step told(const store::Outgoing& report) {
    Step out{report.created_at, std::string(words_for(report.kind)), {}};
    out.details = {{"to", report.kind == store::Outgoing::Kind::webhook ? report.recipient : "<" + report.recipient + ">"}, {"state", std::string(store::name_of(report.state))}, {"queue id", report.queue_id},
                   {"attempts", report.attempts ? std::to_string(report.attempts) : ""}, {"last error", report.last_error}};
    if (report.state == store::Outgoing::State::pending) out.details.emplace_back("next try", shown_time(report.next_at));
    return out;
}

std::vector<Step> life_of(store::Store& store, const conf::Config& config, const store::Message& message) {
    std::vector<Step> out{relayed(config, message)};
    for (const auto& event : store.events_of(message.token)) out.push_back(happened(event));
    for (const auto& report : store.outgoing_of(message.token)) out.push_back(told(report));
    std::ranges::stable_sort(out.begin() + 1, out.end(), {}, &Step::time);   // a bounce goes before its hand-back of the same second
    for (auto& step : out) std::erase_if(step.details, [](const auto& detail) { return detail.second.empty(); });
    return out;
}

void print_text(const std::vector<Step>& life) {
    for (const auto& step : life) fmt::print("{}  {}\n{}", shown_time(step.time), base::neuter(step.what), pairs(step.details, 4));
}

Json json_of(const store::Message& message, const std::vector<Step>& life) {
    Json out{{"token", message.token}, {"queue_id", message.queue_id}, {"message_id", message.message_id}, {"steps", Json::array()}};
    for (const auto& step : life) {
        Json details = Json::object();
        for (auto [name, value] : step.details) {
            std::ranges::replace(name, ' ', '_');
            auto& detail = details[name];
            if (detail.is_null()) detail = value;
            else if (detail.is_array()) detail.push_back(value);
            else detail = Json::array({detail, value});
        }
        out["steps"].push_back({{"time", base::rfc3339(step.time)}, {"what", step.what}, {"details", details}});
    }
    return out;
}

}  // namespace

int trace(const Arguments& arguments) {
    std::string id;
    Cli cli("trace", "Tells one message's life, oldest first.");
    cli.json().positional("ID", id, "a token or the whole return path, a queue id or a Message-ID", true);
    if (const auto status = cli.parse(arguments)) return *status;
    const auto config = open_config(cli.config_file());
    if (!config) return kWrong;
    auto store = open_store(*config);
    const auto messages = find_messages(store, id);
    if (cli.wants_json()) {
        auto out = Json::array();
        for (const auto& message : messages) out.push_back(json_of(message, life_of(store, *config, message)));
        fmt::print("{}\n", out.dump(2, ' ', false, Json::error_handler_t::replace));
    }
    if (messages.empty()) {
        fmt::print(stderr, "crmrelayctl trace: nothing is on record for {}; records are kept for {} days\n", base::neuter(id),
                   config->service.retain_days);
        return kWrong;
    }
    for (std::size_t i = 0; i < messages.size() && !cli.wants_json(); ++i) {
        if (i > 0) fmt::print("\n");
        print_text(life_of(store, *config, messages[i]));
    }
    return kFine;
}

}  // namespace crmrelay::ctl
