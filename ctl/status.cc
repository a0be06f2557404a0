// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl status: each domain's day so far, and what happened last.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/endpoint.hh"
#include "base/text.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/open.hh"
#include "ctl/output.hh"
#include "policy/usage.hh"

namespace crmrelay::ctl {

namespace {

using Json = nlohmann::json;

struct DomainStatus {
    std::string name, state;
    store::Counts today;
    std::optional<store::Message> relayed;
    std::optional<store::Refusal> refusal;
    std::optional<store::Event> bounce;
    std::int64_t outbox = 0;
    std::vector<std::string> spf;            // names of its "spf:" networks
    conf::Limits limits;
    struct Used {
        std::int64_t last_hour = 0, last_day = 0;
    };
    std::map<std::string, Used> used;        // messages by counted login; counted where there are limits
    store::Standing standing;
    int strikes_today = 0, in_a_row = 0, after = 0;
};

// "active", "observing", or "suspended until … because …".
std::string state_of(const conf::Domain& domain, const store::Standing& standing, base::Seconds now) {
    if (!standing.is_suspended(now)) return domain.mode == conf::Mode::observe ? "observing" : "active";
    const auto until = standing.until == 0 ? std::string("resumed") : domain.timezone.rfc3339(standing.until);
    return fmt::format("suspended until {} because: {}", until, standing.why);
}

DomainStatus look(store::Store& store, const conf::Domain& domain, base::Seconds now) {
    store::Store::EventQuery last;
    last.domain = domain.name;
    last.type = "bounce";
    last.limit = 1;
    auto bounces = store.events(last);
    DomainStatus out{domain.name,
                     "",
                     store.counts(domain.name, now),
                     store.last_relayed(domain.name),
                     store.last_refusal(domain.name),
                     std::nullopt,
                     store.outbox_depth(domain.name),
                     {},
                     {}};
    if (!bounces.empty()) out.bounce = std::move(bounces.front());
    out.spf = domain.spf_networks;
    out.limits = domain.limits;
    out.standing = store.standing(domain.name);
    out.state = state_of(domain, out.standing, now);
    out.after = domain.suspend.after;
    if (out.standing.day == domain.timezone.day_of(now)) {
        out.strikes_today = out.standing.today;
        out.in_a_row = out.standing.in_a_row;
    }
    if (!out.standing.is_suspended(now)) out.standing.suspended_at = 0;
    if (!domain.limits.any()) return out;
    for (const auto& login : domain.logins) out.used[login];
    if (domain.logins.empty()) out.used[""];
    for (const auto& [at, login, messages] : store.used_since(domain.name, now - 86400)) {
        auto& used = out.used[policy::counted_login(domain, login)];
        used.last_day += messages;
        if (at > now - 3600) used.last_hour += messages;
    }
    return out;
}

void print_list(const std::vector<DomainStatus>& all, std::int64_t outbox) {
    std::vector<Row> rows;
    for (const auto& domain : all)
        rows.push_back({domain.name, domain.state, std::to_string(domain.today.relayed), std::to_string(domain.today.refused),
                        std::to_string(domain.today.observed), std::to_string(domain.today.bounced), std::to_string(domain.outbox),
                        domain.relayed ? shown_time(domain.relayed->relayed_at) : "never"});
    fmt::print("{}", table({"DOMAIN", "STATE", "RELAYED", "REFUSED", "OBSERVED", "BOUNCED", "OUTBOX", "LAST RELAYED"}, rows));
    fmt::print("\nCounts are of today, UTC. Waiting in the outbox: {}.\n", outbox);
    for (const auto& domain : all)
        if (domain.refusal) fmt::print("{}: last refusal {}: {}\n", domain.name, shown_time(domain.refusal->time), base::neuter(domain.refusal->text));
}

// The "spf:" networks: how their look-ups go, and how old is what serves.
std::string words_of(const store::SpfName& name, base::Seconds now) {
    if (name.refused) return "passes everyone: it is not used";
    const auto age = [now](base::Seconds since) { return fmt::format("{} minute{}", (now - since) / 60, (now - since) / 60 == 1 ? "" : "s"); };
    if (name.failing_since != 0)
        return fmt::format("fails since {}: {}; {}", shown_time(name.failing_since), name.last_error,
                           name.answered_at == 0 ? "it never answered" : fmt::format("the last good answer is {} old", age(name.answered_at)));
    if (name.answered_at == 0) return "not looked up yet";
    return fmt::format("fine, answered {} ago; passes {} of the addresses that came", age(name.answered_at), name.clients);
}

void print_networks(const std::vector<store::SpfName>& names) {
    for (const auto& name : names) fmt::print("spf:{}: {}\n", name.name, base::neuter(words_of(name, base::now())));
}

Json json_of(const store::SpfName& name) {
    const auto time = [](base::Seconds at) { return at == 0 ? Json() : Json(base::rfc3339(at)); };
    return {{"name", name.name}, {"refused", name.refused}, {"answered_at", time(name.answered_at)}, {"failing_since", time(name.failing_since)},
            {"last_error", name.last_error}, {"clients", name.clients}};
}

void print_one(const DomainStatus& domain) {
    std::vector<std::pair<std::string, std::string>> lines{{"domain", domain.name}, {"state", domain.state}};
    lines.emplace_back("today (UTC)", fmt::format("{} relayed, {} refused, {} observed, {} bounced", domain.today.relayed, domain.today.refused,
                                                  domain.today.observed, domain.today.bounced));
    for (const auto& [login, used] : domain.used) {
        const auto of_login = login.empty() ? std::string() : ", login " + login;
        const auto say = [&](std::int64_t count, std::int64_t most, const char* window) {
            if (most != 0) lines.emplace_back("limit", fmt::format("{} of {} messages within the last {}{}", count, most, window, of_login));
        };
        say(used.last_hour, domain.limits.per_hour, "hour");
        say(used.last_day, domain.limits.per_day, "day");
    }
    lines.emplace_back("strikes today", fmt::format("{}, {} in a row{}", domain.strikes_today, domain.in_a_row,
                                                    domain.after == 0 ? std::string() : fmt::format("; suspended after {}", domain.after)));
    for (const auto& failure : domain.standing.failures)
        if (domain.in_a_row > 0) lines.emplace_back("", fmt::format("{}  {}, client {}: {}", shown_time(failure.time), failure.reason, failure.client, failure.text));
    lines.emplace_back("outbox", fmt::format("{} waiting", domain.outbox));
    lines.emplace_back("last relayed", domain.relayed ? fmt::format("{}  {} from <{}>, client {}", shown_time(domain.relayed->relayed_at),
                                                                    domain.relayed->queue_id, domain.relayed->from, domain.relayed->client)
                                                      : "never");
    if (const auto& refusal = domain.refusal) {
        lines.emplace_back("last refusal", fmt::format("{}  {}, client {}{}{}{}", shown_time(refusal->time), refusal->reason, refusal->client,
                                                       refusal->login.empty() ? "" : ", login ", refusal->login,
                                                       refusal->observed ? " (observed: nothing was refused)" : ""));
        lines.emplace_back("", refusal->text);
    } else {
        lines.emplace_back("last refusal", "never");
    }
    if (const auto& bounce = domain.bounce) {
        lines.emplace_back("last bounce", fmt::format("{}  <{}> {}", shown_time(bounce->time), bounce->recipient, bounce->status));
        lines.emplace_back("", bounce->diagnostic);
    } else {
        lines.emplace_back("last bounce", "never");
    }
    fmt::print("{}", pairs(lines));
}

Json json_of(const DomainStatus& domain) {
    Json out{{"domain", domain.name},
             {"state", domain.state},
             {"outbox", domain.outbox},
             {"today",
              {{"relayed", domain.today.relayed},
               {"refused", domain.today.refused},
               {"observed", domain.today.observed},
               {"bounced", domain.today.bounced}}}};
    const auto& standing = domain.standing;
    out["strikes"] = {{"today", domain.strikes_today}, {"in_a_row", domain.in_a_row}, {"after", domain.after}};
    out["suspended"] = standing.suspended_at == 0 ? Json()
                                                  : Json{{"since", base::rfc3339(standing.suspended_at)},
                                                         {"until", standing.until == 0 ? Json() : Json(base::rfc3339(standing.until))},
                                                         {"why", standing.why},
                                                         {"by", standing.by_hand ? "administrator" : "strikes"}};
    out["limits"] = {{"per_hour", domain.limits.per_hour}, {"per_day", domain.limits.per_day}, {"recipients", domain.limits.recipients}};
    if (domain.limits.any()) {
        auto logins = Json::array();
        for (const auto& [login, used] : domain.used) logins.push_back({{"login", login}, {"last_hour", used.last_hour}, {"last_day", used.last_day}});
        out["limits"]["used"] = std::move(logins);
    }
    out["last_relayed"] = domain.relayed ? Json{{"time", base::rfc3339(domain.relayed->relayed_at)},
                                                {"queue_id", domain.relayed->queue_id},
                                                {"token", domain.relayed->token},
                                                {"from", domain.relayed->from},
                                                {"client", domain.relayed->client}}
                                         : Json();
    out["last_refusal"] = domain.refusal ? Json{{"time", base::rfc3339(domain.refusal->time)},
                                                {"reason", domain.refusal->reason},
                                                {"text", domain.refusal->text},
                                                {"client", domain.refusal->client},
                                                {"login", domain.refusal->login},
                                                {"observed", domain.refusal->observed}}
                                         : Json();
    out["last_bounce"] =
        domain.bounce ? Json{{"time", base::rfc3339(domain.bounce->time)}, {"recipient", domain.bounce->recipient}, {"status", domain.bounce->status},
                             {"diagnostic", domain.bounce->diagnostic},    {"token", domain.bounce->token},         {"id", domain.bounce->id}}
                      : Json();
    return out;
}

// Without a logins file the passwords are kept by another server, which alone sees the wrong ones.
bool knows_failed_logins(const conf::Config& config) { return ::access(config.service.logins.c_str(), F_OK) == 0; }

void print_unknown_logins(const conf::Config& config) {
    const bool logins = std::ranges::any_of(config.domains, [](const conf::Domain& domain) { return !domain.logins.empty(); });
    if (logins && !knows_failed_logins(config))
        fmt::print("There is no {}: Postfix asks another server (Dovecot, Cyrus) for passwords, and failed logins are not known to crmrelay; see that server's log.\n",
                   config.service.logins);
}

constexpr int kConnectSeconds = 2;

// What is dead shows no other sign here: the counts are the store's. Who may not connect learns nothing.
void print_silent_daemons(const conf::Service& service) {
    const struct {
        const char* name;
        const base::Endpoint& endpoint;
    } daemons[] = {{"crmrelay-milter", service.milter}, {"crmrelay-policyd", service.policy}, {"crmrelay-bounced", service.bounce}};
    for (const auto& [name, endpoint] : daemons) try {
            base::connect_to(endpoint, kConnectSeconds);
        } catch (const std::system_error& e) {
            if (e.code() != std::errc::permission_denied)
                fmt::print("{} does not answer at {}: {}; `crmrelayctl doctor` says what to do.\n", name, endpoint.text(), e.code().message());
        }
}

}  // namespace

int status(const Arguments& arguments) {
    std::string only;
    Cli cli("status", "Shows each domain: its state, what was relayed, refused and bounced today, and what happened last.");
    cli.json().positional("DOMAIN", only, "only this one, in more words", false);
    if (const auto status = cli.parse(arguments)) return *status;
    const auto config = open_config(cli.config_file());
    if (!config) return kWrong;
    only = base::lower(only);
    if (!only.empty() && !is_domain(*config, only)) return kWrong;

    auto store = open_store(*config);
    std::vector<DomainStatus> all;
    for (const auto& domain : config->domains)
        if (only.empty() || domain.name == only) all.push_back(look(store, domain, base::now()));
    if (cli.wants_json()) {
        auto out = Json::array();
        const auto names = store.spf_names();
        for (const auto& domain : all) {
            auto& shown = out.emplace_back(json_of(domain));
            shown["networks"] = Json::array();
            shown["failed_logins_known"] = knows_failed_logins(*config);
            for (const auto& name : names)
                if (std::ranges::find(domain.spf, name.name) != domain.spf.end()) shown["networks"].push_back(json_of(name));
        }
        fmt::print("{}\n", out.dump(2, ' ', false, Json::error_handler_t::replace));
    } else if (only.empty()) {
        print_list(all, store.outbox_depth(""));
        print_networks(store.spf_names());
        print_unknown_logins(*config);
        print_silent_daemons(config->service);
    } else {
        print_one(all.front());
        auto names = store.spf_names();
        std::erase_if(names, [&](const store::SpfName& name) { return std::ranges::find(all.front().spf, name.name) == all.front().spf.end(); });
        print_networks(names);
    }
    return kFine;
}

}  // namespace crmrelay::ctl
