// SPDX-License-Identifier: BSD-2-Clause
//
// Masquerading and address maps work on the envelope sender after the milter: a token that they change never comes home.
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <set>

#include "base/text.hh"
#include "ctl/check_parts.hh"
#include "ctl/postfix_value.hh"
#include "ctl/rewriting.hh"
#include "ctl/sample.hh"

namespace crmrelay::ctl {

namespace {

// A parameter of address maps, and the classes of addresses that it works on.
struct MapParameter {
    const char* name;
    const char* classes;   // nullptr: the envelope sender always
    const char* kind;      // as propagate_unmatched_extensions names it
};

constexpr MapParameter kMaps[] = {
    {"sender_canonical_maps", "sender_canonical_classes", "canonical"},
    {"canonical_maps", "canonical_classes", "canonical"},
    {"smtp_generic_maps", nullptr, "generic"},
};

std::vector<std::string> words_in(std::string_view value) {
    std::vector<std::string> out;
    for (const auto item : items_of(value)) out.emplace_back(item);
    return out;
}

std::vector<std::string> all_samples(const conf::Config& config, const PostfixState& state) {
    std::vector<std::string> out;
    for (const auto& domain : bounce_domains(config, state)) std::ranges::copy(sample_addresses(domain), std::back_inserter(out));
    return out;
}

void check_masquerading(Findings& out, const Scene& scene, const std::vector<std::string>& samples) {
    const auto& state = *scene.state;
    const auto& tr = scene.tr;
    const auto& domains = state.expanded.at("masquerade_domains");
    if (domains.empty() || !has_item(state.expanded.at("masquerade_classes"), "envelope_sender")) return;
    bool clean = true;
    for (const auto& sample : samples) {
        const auto becomes = masqueraded(sample, words_in(domains), words_in(state.expanded.at("masquerade_exceptions")));
        if (base::iequals(becomes, sample)) continue;
        clean = false;
        const auto domain = sample.substr(sample.rfind('@') + 1);
        out.push_back({Level::fail,
                       tr("{parameter}: return path {from} becomes {to}, its bounces never come home", "parameter"_a = "masquerade_domains = " + domains,
                          "from"_a = shown_pattern(sample), "to"_a = shown_pattern(becomes)),
                       scene.mend.main("masquerade_domains", fmt::format("!{} {}", domain, state.values.at("masquerade_domains")))});
    }
    if (clean) out.push_back({Level::ok, tr("{parameter} leaves return paths alone", "parameter"_a = "masquerade_domains"), ""});
}

// What keeps `map` from changing `sample`: patterns see the whole address first; other maps can be answered before.
std::string mend_for(const Scene& scene, const char* parameter, std::string_view map, const std::string& sample, const std::string& key) {
    const auto& tr = scene.tr;
    const auto domain = sample.substr(sample.rfind('@') + 1);
    if (is_pattern_map(map))
        return tr("put the patterns of {map} between {begin} and {end}", "map"_a = map, "begin"_a = fmt::format("\"if !/@{}$/\"", domain), "end"_a = "\"endif\"");
    if (key == "@" + domain && sample.find('+') == std::string::npos)
        return scene.mend.main(parameter, fmt::format("inline:{{@{0}=@{0}}}, {1}", domain, scene.state->values.at(parameter)));
    return tr("take {key} out of {map}, or give return_path a domain of its own", "key"_a = shown_pattern(key), "map"_a = map);
}

// What a map makes of an address, where it answers at all.
Finding map_finding(const Scene& scene, const MapParameter& parameter, std::string_view map, const std::string& sample, const LocalNames& names, bool propagate,
                    bool& kept) {
    const auto& tr = scene.tr;
    const std::string asked(direct_map(map));
    for (const auto& key : lookup_keys(sample, names, is_pattern_map(map))) {
        std::optional<std::string> answer;
        try {
            answer = scene.postfix.look_up(asked, key);
        } catch (const std::exception& e) {
            return {Level::warn, tr("{parameter}: {map} cannot be asked: {error}", "parameter"_a = parameter.name, "map"_a = map, "error"_a = e.what()), ""};
        }
        if (!answer) continue;
        const auto becomes = mapped(sample, key, *answer, names, propagate);
        kept = base::iequals(becomes, sample);
        if (kept) break;
        return {Level::fail,
                tr("{parameter}: {map} turns return path {from} into {to}, its bounces never come home", "parameter"_a = parameter.name, "map"_a = map,
                   "from"_a = shown_pattern(sample), "to"_a = shown_pattern(becomes)),
                mend_for(scene, parameter.name, map, sample, key)};
    }
    return {};
}

}  // namespace

Findings check_rewriting(const Scene& scene) {
    Findings out;
    const auto& state = *scene.state;
    const auto samples = all_samples(scene.config, state);
    const auto names = local_names(state);
    check_masquerading(out, scene, samples);
    for (const auto& parameter : kMaps) {
        const auto& maps = state.expanded.at(parameter.name);
        if (maps.empty() || (parameter.classes && !has_item(state.expanded.at(parameter.classes), "envelope_sender"))) continue;
        const bool propagate = has_item(state.expanded.at("propagate_unmatched_extensions"), parameter.kind);
        const auto before = out.size();
        std::set<std::string> said;   // of a map that cannot be asked, once is enough
        for (const auto& sample : samples) {
            bool kept = false;   // by a map before: those behind are not asked any more, but for patterns, which see the whole address first
            for (const auto map : items_of(maps)) {
                if (kept && !is_pattern_map(map)) continue;
                if (auto finding = map_finding(scene, parameter, map, sample, names, propagate, kept); !finding.what.empty() && said.insert(finding.what).second)
                    out.push_back(std::move(finding));
            }
        }
        if (out.size() == before) out.push_back({Level::ok, scene.tr("{parameter} leaves return paths alone", "parameter"_a = parameter.name), ""});
    }
    return out;
}

}  // namespace crmrelay::ctl
