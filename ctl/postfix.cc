// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl postfix: prints the lines that Postfix needs, sets them, or takes them out again. All writing is postconf's.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/crm_ports.hh"
#include "ctl/master_ports.hh"
#include "ctl/open.hh"
#include "ctl/postfix_plan.hh"
#include "ctl/postfix_saved.hh"
#include "ctl/postfix_value.hh"

namespace crmrelay::ctl {

namespace {

constexpr int kUsualPort = 10587;

struct Options {
    bool shared = false, apply = false, revert = false;
    int port = 0;   // 0: that of the service which has the milter already, else kUsualPort
    std::string directory;
};

// A main.cf line; or a master.cf line with one option a line below it.
std::string line_of(const Change& change) {
    if (!change.in_master()) return fmt::format("{} = {}\n", change.name, change.value);
    std::string out;
    const auto words = words_of(change.value);
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) out += words[i] == "-o" ? "\n  " : " ";
        out += words[i];
    }
    return out + "\n";
}

void print_file(const Plan& plan, const char* name, bool in_master) {
    if (std::ranges::none_of(plan.changes, [&](const Change& change) { return change.in_master() == in_master; })) return;
    fmt::print("# {}\n", name);
    for (const auto& change : plan.changes)
        if (change.in_master() == in_master) fmt::print("{}", line_of(change));
}

// The service that gets the milter, by its name in master.cf.
std::string service_for(const conf::Config& config, const PostfixState& state, int port) {
    if (port != 0) {
        const auto* const ours = ours_at(config, state, port);
        return ours ? ours->name : std::to_string(port);
    }
    const auto present = services_with_milter(config, state);
    const auto usual = std::to_string(kUsualPort);
    return present.empty() || state.service(usual + "/inet") ? usual : present.front()->name;
}

std::optional<std::string> note_of_port(const conf::Config& config, const PostfixState& state, int port) {
    const auto offered = other_ports_offered(config, {port});
    if (!offered) return std::nullopt;
    const auto free = free_port(config, state, *offered);
    return fmt::format("port {} is none that the CRM offers for a relay ({}): take {}", port, offered->words,
                       free ? fmt::format("--port {}, which is free here", *free) : "--shared, since other services hold all of them here");
}

// --shared moves the milter; what it leaves behind is the administrator's choice.
Plan plan_for(const conf::Config& config, const PostfixState& state, const Options& options) {
    auto plan = plan_main(config, state);
    auto then = state;   // a service's line may be changed twice
    for (const auto& change : plan.changes)
        for (auto& service : then.services)
            if (change.in_master() && service.id() == change.name) service.line = change.value;
    const auto name = service_for(config, then, options.port);
    auto milter = options.shared ? plan_shared(config, then) : plan_service(config, then, name, ::access(config.service.logins.c_str(), F_OK) == 0);
    if (const auto at = listen_at(then, name); at && !options.shared)
        if (auto note = note_of_port(config, then, at->port)) milter.notes.push_back(std::move(*note));
    plan.changes.insert(plan.changes.end(), milter.changes.begin(), milter.changes.end());
    plan.notes.insert(plan.notes.end(), milter.notes.begin(), milter.notes.end());
    return plan;
}

void print_notes(const Plan& plan) {
    for (const auto& note : plan.notes) fmt::print("# note: {}\n", base::neuter(note, 1000));
}

void print_json(const Plan& plan) {
    auto out = nlohmann::json::array();
    for (const auto& change : plan.changes)
        out.push_back({{"file", change.in_master() ? "master.cf" : "main.cf"}, {"name", change.name}, {"value", change.value},
                       {"former", change.former ? nlohmann::json(*change.former) : nlohmann::json()}, {"changes", change.changes()}});
    fmt::print("{}\n", nlohmann::json{{"lines", out}, {"notes", plan.notes}}.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

// A second service of one port would take it from the first one: nothing is planned there.
bool is_free(const conf::Config& config, const PostfixState& state, const std::string& name) {
    const auto* const holder = holder_of(config, state, name);
    if (!holder) return true;
    const bool mail = holder->command == "smtpd" || holder->command == "postscreen";
    fmt::print(stderr, "crmrelayctl postfix: {}/master.cf: port {} is held by another service:\n  {}\nNothing is changed. Give the CRM another port with --port{}.\n",
               base::neuter(state.directory), listen_at(state, name)->port, base::neuter(holder->line, 4000),
               mail ? "; or, where it is to use that very service, take --shared" : "");
    return false;
}

int print_plan(const Plan& plan, bool json) {
    if (json) {
        print_json(plan);
        return kFine;
    }
    print_file(plan, "main.cf", false);
    print_file(plan, "master.cf", true);
    print_notes(plan);
    return kFine;
}

void print_change(const std::string& name, const std::optional<std::string>& from, const std::optional<std::string>& to) {
    fmt::print("{}\n  old: {}\n  new: {}\n", name, from.value_or("(not set)"), to.value_or("(not set)"));
}

// Notes `value` as what shall stand there.
void put(PostfixEdit& edit, const Change& change, const std::optional<std::string>& value) {
    (change.in_master() ? edit.services : edit.parameters)[change.name] = value;
}

void tell_of_former_recipient(const std::vector<Change>& applied, const conf::Config& config) {
    for (const auto& change : applied) {
        if (change.name != "2bounce_notice_recipient") continue;
        const auto former = change.former.value_or("postmaster");
        if (config.service.former_2bounce_recipient != former && !(former == "postmaster" && config.service.former_2bounce_recipient.empty()))
            fmt::print("then: set former_2bounce_recipient = \"{}\" under [service]: notices that are not crmrelay's are passed on to it\n",
                       base::neuter(former));
    }
}

int apply(const Postfix& postfix, const PostfixState& state, const conf::Config& config, const Plan& plan) {
    std::vector<Change> applied;
    std::ranges::copy_if(plan.changes, std::back_inserter(applied), &Change::changes);
    if (applied.empty()) {
        fmt::print("nothing to change: {} has all of it\n", state.directory);
        print_notes(plan);
        return kFine;
    }
    // The way back is on disk before the first change.
    write_saved(state.directory, merged(read_saved(state.directory), applied));
    PostfixEdit edit;
    for (const auto& change : applied) {
        print_change(change.name, change.former, change.value);
        put(edit, change, change.value);
    }
    postfix.edit(edit);
    print_notes(plan);
    fmt::print("saved: {}/{} keeps the former values\n", state.directory, kSavedName);
    tell_of_former_recipient(applied, config);
    fmt::print("next: {} reload\n", postfix.command("postfix"));
    return kFine;
}

// What stands there now, or will after `edit`; nothing where it is gone.
std::optional<std::string> present(const PostfixState& state, const PostfixEdit& edit, const Change& change) {
    const auto& edited = change.in_master() ? edit.services : edit.parameters;
    if (const auto found = edited.find(change.name); found != edited.end()) return found->second;
    if (!change.in_master()) {
        const auto value = state.values.find(change.name);
        return value == state.values.end() || !state.set.at(change.name) ? std::nullopt : std::optional(value->second);
    }
    const auto* const service = state.service(change.name);
    return service ? std::optional(service->line) : std::nullopt;
}

// Without the saved file, ours is what the plan would insert; former single values are not known then and stay.
std::vector<Change> what_to_revert(const PostfixState& state, const Plan& plan) {
    if (auto saved = read_saved(state.directory); !saved.empty()) return saved;
    std::vector<Change> out;
    for (auto change : plan.changes) {
        if (change.changes() || change.kind == Change::Kind::value) continue;
        change.former = std::nullopt;
        change.value.clear();   // nobody's: only ours is taken out
        out.push_back(std::move(change));
    }
    return out;
}

int revert(const Postfix& postfix, const PostfixState& state, const Plan& plan) {
    PostfixEdit edit;
    const auto changes = what_to_revert(state, plan);
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
        const auto now = present(state, edit, *change);
        if (!now) continue;
        const auto then = reverted(*change, *now);
        if (then == now) {
            if (change->kind == Change::Kind::value) fmt::print("{} is now {}: it stays\n", change->name, base::neuter(*now));
            continue;
        }
        print_change(change->name, now, then);
        put(edit, *change, then);
        if (then && change->kind == Change::Kind::service) fmt::print("{} was changed since: only crmrelay's milter is taken out of it\n", change->name);
    }
    postfix.edit(edit);
    write_saved(state.directory, {});
    if (edit.parameters.empty() && edit.services.empty()) fmt::print("nothing of crmrelay's stands in {}\n", state.directory);
    else fmt::print("next: {} reload\n", postfix.command("postfix"));
    return kFine;
}

}  // namespace

int postfix(const Arguments& arguments) {
    Options options;
    Cli cli("postfix", "Prints the main.cf and master.cf lines that Postfix needs, inserted into those that stand there.");
    cli.json().flag("--shared", options.shared, "the milter in main.cf, for a CRM that must share port 25 or 587");
    cli.flag("--apply", options.apply, "set them with postconf").flag("--revert", options.revert, "take out what --apply put in");
    cli.number("--port", options.port, 1, 65535, "of the service that is the CRM's own; else that of the one which has the milter already, or 10587").value("--postfix-config", options.directory, "DIR: where main.cf is");
    cli.not_both("--apply", "--revert").not_both("--shared", "--port");
    if (const auto status = cli.parse(arguments)) return *status;
    const auto config = open_config(cli.config_file());
    if (!config) return kWrong;
    if (!Postfix::installed()) {
        fmt::print(stderr, "crmrelayctl postfix: postconf is not installed here: apt-get install postfix\n");
        return kWrong;
    }
    const Postfix postfix(options.directory);
    const auto state = postfix.read();
    if (!options.revert && !options.shared && !is_free(*config, state, service_for(*config, state, options.port))) return kWrong;
    const auto plan = plan_for(*config, state, options);
    if (options.revert) return revert(postfix, state, plan);
    return options.apply ? apply(postfix, state, *config, plan) : print_plan(plan, cli.wants_json());
}

}  // namespace crmrelay::ctl
