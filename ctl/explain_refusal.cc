// SPDX-License-Identifier: BSD-2-Clause
//
// "Why was this refused?": what the store kept of the latest refusals, what a pasted line says, and the guide's advice with these facts in its commands.
// It reads; it changes nothing and decides nothing.
#include <fmt/args.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "ctl/advice.hh"
#include "ctl/commands.hh"
#include "ctl/explain.hh"
#include "ctl/log_line.hh"
#include "ctl/mending.hh"
#include "ctl/open.hh"
#include "ctl/output.hh"
#include "policy/from.hh"

namespace crmrelay::ctl {

namespace {

using Json = nlohmann::json;

constexpr int kRelayedMost = 20;

// What is known of the thing that was asked about.
struct Known {
    std::vector<store::Refusal> refusals;                // newest first, each once
    std::vector<store::Message> relayed;
    std::vector<store::Event> failures;                  // bounces of those
    std::vector<std::string> reasons;                    // each once
};

// A message that was refused to several recipients is told once.
void add(Known& known, std::vector<store::Refusal> refusals) {
    for (auto& refusal : refusals) {
        const bool told = std::ranges::any_of(known.refusals, [&](const auto& other) { return other.text == refusal.text && other.time == refusal.time && other.client == refusal.client; });
        if (!told) known.refusals.push_back(std::move(refusal));
    }
}

void look_up(Known& known, store::Store& store, const std::string& id) {
    add(known, store.refusals_of(id));
    known.relayed = store.find_by_queue_id(id, kRelayedMost);
    for (const auto& message : known.relayed)
        for (auto& event : store.events_of(message.token))
            if (event.type == "bounce") known.failures.push_back(std::move(event));
}

store::Refusal of_line(const LogLine& line) {
    store::Refusal out;
    out.domain = line.domain;
    out.reason = line.reason;
    out.text = line.reply;
    out.client = line.client;
    out.login = line.login;
    out.from = line.from;
    out.queue_id = line.queue_id;
    return out;
}

Known look(const conf::Config* config, const std::string& asked) {
    Known known;
    const auto word = reason_of_word(asked);
    const auto line = read_log_line(asked);
    const auto id = is_queue_id(asked) ? asked : line.queue_id;
    if (word.empty() && !id.empty() && config) try {
            auto store = open_store(*config);
            look_up(known, store, id);
        } catch (const std::exception& error) {
            fmt::print(stderr, "crmrelayctl explain: {}\n", base::neuter(error.what()));   // the line itself may say enough
        }
    if (known.refusals.empty() && word.empty() && !line.reason.empty()) known.refusals = {of_line(line)};
    if (!word.empty()) known.reasons = {word};
    for (const auto& refusal : known.refusals)
        if (advice_on(refusal.reason) && !std::ranges::count(known.reasons, refusal.reason)) known.reasons.push_back(refusal.reason);
    return known;
}

using Fields = fmt::dynamic_format_arg_store<fmt::format_context>;

// What is known, else what stands for it: for texts, or for commands, of which what came from outside must not become a part. What is empty leaves no word behind.
Fields fields_of(const conf::Config* config, const Known& known, std::string_view reason, bool command) {
    const auto of = std::ranges::find(known.refusals, reason, &store::Refusal::reason);
    const store::Refusal none, &about = of == known.refusals.end() ? none : *of;
    const conf::Domain* domain = nullptr;
    if (config && !about.domain.empty()) domain = config->domain_of(about.domain);
    if (config && about.domain.empty() && config->domains.size() == 1) domain = &config->domains.front();
    std::string from;
    if (const auto mailboxes = policy::parse_from(about.from); mailboxes && !mailboxes->empty()) from = mailboxes->front().text();
    const auto or_else = [](const std::string& value, const std::string& other) { return value.empty() ? other : base::neuter(value, 253); };
    const auto login = or_else(about.login, domain && !domain->logins.empty() ? domain->logins.front() : "LOGIN");
    Fields out;
    const auto put = [&](const char* name, const std::string& value) { out.push_back(fmt::arg(name, command && !value.empty() ? shell_word(value) : value)); };
    put("domain", domain ? domain->name : or_else(about.domain, "DOMAIN"));
    put("client", or_else(about.client, "IP"));
    put("login", login);
    put("from", or_else(from, domain ? "ADDRESS@" + domain->name : "ADDRESS"));
    put("crm", domain ? domain->crm : std::string());
    return out;
}

std::string filled(const std::string& text, const Fields& fields) { return fmt::vformat(text, fields); }

std::string command_of(const char* command, const Fields& fields, const Mending& mend) { return mend.command(std::string(base::trim(filled(command, fields)))); }

void print_advice(const Advice& advice, const Fields& fields, const Fields& words, const Mending& mend, const base::Translation& tr) {
    // No reply has "password": Postfix says 535, and nothing more.
    const auto reason = advice.reason == "password" ? std::string(advice.reason) : fmt::format("[crmrelay:{}]", advice.reason);
    fmt::print("{}  {}\n\n{}\n    {}\n\n{}\n", reason, filled(tr(advice.title), fields), tr("What it means"), filled(tr(advice.meaning), fields), tr("Usual causes"));
    for (const auto* cause : advice.causes) fmt::print("  - {}\n", filled(tr(cause), fields));
    fmt::print("\n{}\n", tr("What to do"));
    int number = 0;
    for (const auto& step : advice.steps) {
        fmt::print("  {}. {}\n", ++number, filled(tr(step.what), fields));
        if (*step.command) fmt::print("         {}\n", command_of(step.command, words, mend));
    }
}

void print_refusal(const store::Refusal& refusal, const base::Translation& tr) {
    std::vector<std::pair<std::string, std::string>> lines{{tr("domain"), refusal.domain},
                                                           {tr("reason"), refusal.reason + (refusal.observed ? tr(" (observed: nothing was refused)") : "")},
                                                           {tr("client"), refusal.client},
                                                           {tr("login"), refusal.login},
                                                           {"TLS", refusal.tls},
                                                           {"From", refusal.from},
                                                           {tr("queue id"), refusal.queue_id},
                                                           {tr("reply"), refusal.text},
                                                           {tr("what failed"), refusal.why}};
    if (refusal.time != 0) lines.insert(lines.begin(), {tr("time"), shown_time(refusal.time)});
    std::erase_if(lines, [](const auto& line) { return line.second.empty(); });
    fmt::print("{}\n", pairs(lines));
}

void print_relayed(const Known& known, const Mending& mend, const base::Translation& tr) {
    for (const auto& message : known.relayed)
        fmt::print("{}\n", fmt::format(fmt::runtime(tr("It was not refused: {time} it was relayed for {domain}, from <{from}>.")), fmt::arg("time", shown_time(message.relayed_at)),
                                       fmt::arg("domain", message.domain), fmt::arg("from", base::neuter(message.from, 320))));
    for (const auto& event : known.failures)
        fmt::print("{}\n", fmt::format(fmt::runtime(tr("Later it came back from the recipient's side: {recipient}: {diagnostic}")), fmt::arg("recipient", base::neuter(event.recipient, 320)),
                                       fmt::arg("diagnostic", base::neuter(event.diagnostic))));
    if (!known.relayed.empty()) fmt::print("{}\n         {}\n", tr("Its whole life:"), mend.ctl("trace " + shell_word(base::neuter(known.relayed.front().queue_id, 64))));
}

Json json_of(const store::Refusal& refusal) {
    return {{"time", refusal.time ? Json(base::rfc3339(refusal.time)) : Json()},
            {"domain", refusal.domain},
            {"reason", refusal.reason},
            {"observed", refusal.observed},
            {"client", refusal.client},
            {"login", refusal.login},
            {"tls", refusal.tls},
            {"from", refusal.from},
            {"queue_id", refusal.queue_id},
            {"reply", refusal.text},
            {"why", refusal.why}};
}

Json json_of(const Advice& advice, const Fields& fields, const Fields& words, const Mending& mend, const base::Translation& tr) {
    Json out{{"reason", advice.reason}, {"title", filled(tr(advice.title), fields)}, {"meaning", filled(tr(advice.meaning), fields)}, {"causes", Json::array()}, {"steps", Json::array()}};
    for (const auto* cause : advice.causes) out["causes"].push_back(filled(tr(cause), fields));
    for (const auto& step : advice.steps) out["steps"].push_back({{"what", filled(tr(step.what), fields)}, {"command", command_of(step.command, words, mend)}});
    return out;
}

void print_json(const conf::Config* config, const Known& known, const std::string& asked, const Mending& mend, const base::Translation& tr) {
    Json out{{"asked", asked}, {"refusals", Json::array()}, {"relayed", Json::array()}, {"advice", Json::array()}};
    for (const auto& refusal : known.refusals) out["refusals"].push_back(json_of(refusal));
    for (const auto& message : known.relayed)
        out["relayed"].push_back({{"time", base::rfc3339(message.relayed_at)}, {"domain", message.domain}, {"token", message.token}, {"queue_id", message.queue_id}, {"from", message.from}});
    for (const auto& reason : known.reasons) out["advice"].push_back(json_of(*advice_on(reason), fields_of(config, known, reason, false), fields_of(config, known, reason, true), mend, tr));
    fmt::print("{}\n", out.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

int explain_refusal(const conf::Config* config, const std::string& asked, const Mending& mend, const base::Translation& tr, bool json) {
    const auto known = look(config, asked);
    if (json) {
        print_json(config, known, asked, mend, tr);
    } else {
        for (const auto& refusal : known.refusals) print_refusal(refusal, tr);
        print_relayed(known, mend, tr);
        for (const auto& reason : known.reasons) print_advice(*advice_on(reason), fields_of(config, known, reason, false), fields_of(config, known, reason, true), mend, tr);
    }
    if (!known.reasons.empty() || !known.relayed.empty()) return kFine;
    fmt::print(stderr, "{}\n",
               fmt::format(fmt::runtime(tr("crmrelayctl explain: nothing is on record for {id}. The latest hundred refusals of each domain are kept. "
                                           "What is refused at RCPT has no queue id yet (NOQUEUE): give the line of the log instead, in quotes.")),
                           fmt::arg("id", base::neuter(asked, 64))));
    return kWrong;
}

}  // namespace crmrelay::ctl
