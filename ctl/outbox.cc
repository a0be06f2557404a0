// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl outbox: what is still to be told, and what could not be. crmrelay-bounced notices within seconds what is changed here.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/open.hh"
#include "ctl/output.hh"

namespace crmrelay::ctl {

namespace {

using Json = nlohmann::ordered_json;
using Report = store::Outgoing;

constexpr int kUsual = 100, kMost = 100'000;

struct Words {
    std::string verb = "list", id, domain, state = "waiting";
    int limit = kUsual;
    bool all = false;
};

int usage(const std::string& words) {
    fmt::print(stderr, "crmrelayctl outbox: {}\n", words);
    return kUsage;
}

Json json_of(const Report& row) {
    const auto time = [](base::Seconds at) { return at == 0 ? Json() : Json(base::rfc3339(at)); };
    Json out{{"id", row.id}, {"kind", store::name_of(row.kind)}, {"state", store::name_of(row.state)}, {"domain", row.domain}, {"target", row.target}, {"to", row.recipient}, {"token", row.token},
             {"events", row.event_ids}, {"created", time(row.created_at)}, {"attempts", row.attempts}, {"queue_id", row.queue_id}, {"last_error", row.last_error}};
    out["next"] = row.state == Report::State::pending ? time(row.next_at) : Json();
    return out;
}

Json json_of(const store::Target& target) {
    const auto time = [](base::Seconds at) { return at == 0 ? Json() : Json(base::rfc3339(at)); };
    return {{"target", target.name}, {"url", target.url}, {"paused_until", time(target.paused_until)}, {"disabled_at", time(target.disabled_at)}, {"reason", target.reason}};
}

// Of the targets that were ever in trouble, those that are.
std::vector<store::Target> in_trouble(store::Store& store, const conf::Config& config) {
    std::vector<store::Target> out;
    for (auto& target : store.targets()) {
        const bool configured = std::ranges::any_of(config.domains, [&](const conf::Domain& domain) {
            return domain.webhook && store::webhook_target(domain.name) == target.name && domain.webhook->url == target.url;
        });
        if (configured && (target.disabled_at != 0 || target.paused_until > base::now())) out.push_back(std::move(target));
    }
    return out;
}

void dump(const Json& json) { fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace)); }

int list(const conf::Config& config, const Words& words, bool json) {
    auto store = open_store(config);
    store::Store::OutboxQuery query;
    if (!words.domain.empty()) query.domain = words.domain;
    query.state = words.state;
    query.limit = words.limit;
    const auto rows = store.outbox(query);
    const auto waiting = store.outbox_depth(words.domain), dead = store.dead_letters(words.domain);
    const auto targets = in_trouble(store, config);
    if (json) {
        Json out{{"waiting", waiting}, {"dead", dead}, {"targets", Json::array()}, {"reports", Json::array()}};
        for (const auto& target : targets) out["targets"].push_back(json_of(target));
        for (const auto& row : rows) out["reports"].push_back(json_of(row));
        dump(out);
        return kFine;
    }
    std::vector<Row> lines;
    for (const auto& row : rows)
        lines.push_back({std::to_string(row.id), std::string(store::name_of(row.kind)), std::string(store::name_of(row.state)), row.domain, row.recipient, std::to_string(row.attempts),
                         row.state == Report::State::pending ? shown_time(row.next_at) : "-", row.last_error});
    if (!rows.empty()) fmt::print("{}\n", table({"ID", "KIND", "STATE", "DOMAIN", "TO", "ATTEMPTS", "NEXT", "LAST ERROR"}, lines));
    fmt::print("{} waiting, {} dead letters\n", waiting, dead);
    for (const auto& target : targets) {
        if (target.disabled_at != 0)
            fmt::print("{} ({}) is disabled since {}: {}\n", target.name, base::neuter(target.url), shown_time(target.disabled_at), base::neuter(target.reason));
        else fmt::print("{} ({}) is asked again at {}: {}\n", target.name, base::neuter(target.url), shown_time(target.paused_until), base::neuter(target.reason));
    }
    if (rows.size() == static_cast<std::size_t>(words.limit)) fmt::print(stderr, "These are {}; there may be more: --limit {}\n", words.limit, std::min(words.limit * 10, kMost));
    return kFine;
}

int show(store::Store& store, std::int64_t id, bool json) {
    const auto row = store.find_outgoing(id);
    if (!row) {
        fmt::print(stderr, "crmrelayctl outbox: there is no report {}\n", id);
        return kWrong;
    }
    if (json) {
        auto out = json_of(*row);
        out["content"] = row->mail;
        dump(out);
        return kFine;
    }
    std::string events;
    for (const auto& event : row->event_ids) events += (events.empty() ? "" : " ") + event;
    fmt::print("{}", pairs({{"id", std::to_string(row->id)}, {"kind", std::string(store::name_of(row->kind))}, {"state", std::string(store::name_of(row->state))}, {"domain", row->domain},
                            {"target", row->target}, {"to", row->recipient}, {"token", row->token}, {"events", events}, {"created", shown_time(row->created_at)}, {"attempts", std::to_string(row->attempts)},
                            {"next try", row->state == Report::State::pending ? shown_time(row->next_at) : "none"}, {"queue id", row->queue_id}, {"last error", row->last_error}}));
    if (row->mail.empty()) return kFine;
    fmt::print("\n");
    for (const auto line : base::split(row->mail, '\n')) fmt::print("{}\n", base::neuter(base::trim(line), 4000));
    return kFine;
}

int change(store::Store& store, const Words& words, std::int64_t id) {
    const bool retry = words.verb == "retry";
    std::int64_t count = 0;
    if (words.all) count = retry ? store.retry_failed(words.domain, base::now()) : store.drop_failed(words.domain);
    else count = retry ? store.retry(id, base::now()) : store.drop(id);
    if (count == 0 && !words.all) {
        fmt::print(stderr, "crmrelayctl outbox: report {} does not wait and is no dead letter\n", id);
        return kWrong;
    }
    fmt::print("{} {}\n", count, retry ? "to be tried now" : "dropped");
    return kFine;
}

}  // namespace

int outbox(const Arguments& arguments) {
    Words words;
    Cli cli("outbox", "Reports that wait to be delivered, and dead letters. \"list\" shows them, \"show\" one with its content; \"retry\" has one, or with --all every dead letter, tried "
                      "now as if it were new; \"drop\" gives one, or every dead letter, up.");
    cli.json().positional("VERB", words.verb, "list (unless given), show, retry or drop", false).positional("ID", words.id, "a report's number, as list shows it", false);
    cli.value("--domain", words.domain, "of this domain only").value("--state", words.state, "with list: waiting (pending and failed), pending, failed, queued, delivered, dropped or all");
    cli.number("--limit", words.limit, 1, kMost, "with list: at most so many, the newest").flag("--all", words.all, "with retry and drop: every dead letter");
    if (const auto status = cli.parse(arguments)) return *status;
    constexpr std::string_view kVerbs[] = {"list", "show", "retry", "drop"};
    constexpr std::string_view kStates[] = {"waiting", "pending", "failed", "queued", "delivered", "dropped", "all"};
    if (std::ranges::find(kVerbs, words.verb) == std::end(kVerbs)) return usage(fmt::format("\"{}\" is neither list, show, retry nor drop", base::neuter(words.verb, 60)));
    if (std::ranges::find(kStates, words.state) == std::end(kStates)) return usage(fmt::format("there is no state \"{}\"", base::neuter(words.state, 60)));
    const bool changes = words.verb == "retry" || words.verb == "drop";
    if (words.all && !changes) return usage("--all belongs to retry and drop");
    if (words.verb == "list" ? !words.id.empty() : words.all != words.id.empty()) return usage(changes ? "give one ID, or --all" : words.verb == "list" ? "list takes no ID" : "which ID?");
    if (!words.domain.empty() && words.verb != "list" && !words.all) return usage("--domain belongs to list and --all");
    const auto id = words.id.empty() ? std::optional<std::uint64_t>(0) : base::parse_number(words.id);
    if (!id || *id > INT64_MAX) return usage(fmt::format("\"{}\" is no report's number", base::neuter(words.id, 60)));

    const auto config = open_config(cli.config_file());
    if (!config) return kWrong;
    words.domain = base::lower(words.domain);
    if (words.verb == "list") return list(*config, words, cli.wants_json());
    auto store = open_store(*config);
    if (words.verb == "show") return show(store, static_cast<std::int64_t>(*id), cli.wants_json());
    return change(store, words, static_cast<std::int64_t>(*id));
}

}  // namespace crmrelay::ctl
