// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl crm: lists the CRM presets, or shows one with the source of each fact.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "conf/loader.hh"
#include "conf/preset.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/open.hh"
#include "ctl/output.hh"

namespace crmrelay::ctl {

namespace {

using Json = nlohmann::ordered_json;
using conf::Preset;

// A fact as it is shown: its key in the preset, its value in words and as JSON.
struct Fact {
    std::string key;
    std::string words;
    Json value;
};

std::string fallback_words(const std::optional<bool>& fallback) { return !fallback ? "" : *fallback ? "yes" : "no"; }

// Those that are known, in the order of the file.
std::vector<Fact> facts_of(const Preset& preset) {
    std::vector<Fact> out;
    const auto list = [&](const char* key, const auto& values) {
        if (!values.empty()) out.push_back({key, fmt::format("{}", fmt::join(values, ", ")), values});
    };
    list("networks", preset.networks);
    if (!preset.tenant_header.empty()) out.push_back({"tenant", preset.tenant_header, preset.tenant_header});
    if (const auto texts = preset.port_texts(); !texts.empty()) {
        Json value = preset.ports;
        for (std::size_t i = preset.ports.size(); i < texts.size(); ++i) value.push_back(texts[i]);   // ranges
        out.push_back({"ports", fmt::format("{}", fmt::join(texts, ", ")), value});
    }
    list("return_path", preset.return_path_patterns);
    if (preset.fallback) out.push_back({"fallback", fallback_words(preset.fallback), *preset.fallback});
    list("headers", preset.headers);
    list("remove_headers", preset.remove_headers);
    return out;
}

const char* meaning_of(std::string_view key) {
    if (key == "tenant") return "the header field that tells its customers apart";
    if (key == "ports") return "of a relay, as it offers them";
    if (key == "return_path") return "its envelope senders";
    if (key == "fallback") return "sends by its own servers where the relay refuses";
    if (key == "headers") return "fields kept in the record";
    if (key == "remove_headers") return "fields that tell outsiders about the relay";
    return "where it sends from";
}

const conf::FactSource& source_of(const Preset& preset, const std::string& key) {
    static const conf::FactSource none;
    const auto found = preset.sources.find(key);
    return found == preset.sources.end() ? none : found->second;
}

Json json_of(const Preset& preset) {
    Json facts = Json::object();
    for (const auto& fact : facts_of(preset)) {
        const auto& source = source_of(preset, fact.key);
        facts[fact.key] = {{"value", fact.value}, {"source", source.pages}};
        if (!source.observed.empty()) facts[fact.key]["observed"] = source.observed;
    }
    return {{"preset", preset.key}, {"name", preset.name}, {"facts", facts}, {"notes", preset.notes}};
}

void print_one(const Preset& preset) {
    fmt::print("{}: {}\n", preset.key, base::neuter(preset.name));
    for (const auto& fact : facts_of(preset)) {
        const auto& source = source_of(preset, fact.key);
        fmt::print("\n{}  ({})\n", fact.key, meaning_of(fact.key));
        std::vector<std::pair<std::string, std::string>> lines{{"value", fact.words}};
        for (const auto& page : source.pages) lines.emplace_back(lines.size() == 1 ? "source" : "", page);
        if (!source.observed.empty()) lines.emplace_back("observed", source.observed);
        fmt::print("{}", pairs(lines, 2));
    }
    if (preset.notes.empty()) return;
    fmt::print("\nnotes\n");
    for (const auto line : base::split(preset.notes, '\n')) fmt::print("  {}\n", base::neuter(line, 1000));
}

// Where the configuration says, or `folder` where that is given. A configuration that cannot be read hides no preset.
std::string presets_folder(const std::string& folder, const std::string& config_file) {
    if (!folder.empty()) return folder;
    const auto loaded = conf::load(config_file);
    const auto* const config = std::get_if<conf::Config>(&loaded);
    return config && !config->service.presets.empty() ? config->service.presets : CRMRELAY_DATADIR "/crm";
}

int wrong(const std::string& words) {
    fmt::print(stderr, "crmrelayctl crm: {}\n", base::neuter(words, 4000));
    return kWrong;
}

int list_all(const std::string& folder, bool json) {
    const auto names = conf::preset_names(folder);
    if (!names) return wrong(names.error());
    int status = kFine;
    Json all = Json::array();
    std::vector<Row> rows;
    for (const auto& name : *names) {
        const auto preset = conf::load_preset(folder, name);
        if (!preset) {
            status = wrong(preset.error());
            continue;
        }
        all.push_back(json_of(*preset));
        rows.push_back({name, preset->name, fallback_words(preset->fallback), fmt::format("{}", fmt::join(preset->networks, ", "))});
    }
    if (json) fmt::print("{}\n", all.dump(2, ' ', false, Json::error_handler_t::replace));
    else if (rows.empty()) fmt::print("none in {}\n", base::neuter(folder, 4096));
    else fmt::print("{}", table({"PRESET", "CRM", "FALLBACK", "NETWORKS"}, rows));
    return status;
}

}  // namespace

int crm(const Arguments& arguments) {
    std::string name, folder;
    Cli cli("crm", "The CRM presets: without NAME lists them (FALLBACK: whether the CRM sends by its own servers where a relay refuses, \"-\" where no page "
                   "says), with it shows each fact and where it is from.");
    cli.json().positional("NAME", name, "a preset", false).value("--presets", folder, "DIR: where they are");
    if (const auto status = cli.parse(arguments)) return *status;
    folder = presets_folder(folder, cli.config_file());
    if (name.empty()) return list_all(folder, cli.wants_json());
    const auto preset = conf::load_preset(folder, name);
    if (!preset) return wrong(preset.error());
    if (cli.wants_json()) fmt::print("{}\n", json_of(*preset).dump(2, ' ', false, Json::error_handler_t::replace));
    else print_one(*preset);
    return kFine;
}

}  // namespace crmrelay::ctl
