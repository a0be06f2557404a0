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

void check_masquerading(Findings& out, const Postfix& postfix, const std::vector<std::string>& samples, const PostfixState& state) {
    const auto& domains = state.expanded.at("masquerade_domains");
    if (domains.empty() || !has_item(state.expanded.at("masquerade_classes"), "envelope_sender")) return;
    bool clean = true;
    for (const auto& sample : samples) {
        const auto becomes = masqueraded(sample, words_in(domains), words_in(state.expanded.at("masquerade_exceptions")));
        if (base::iequals(becomes, sample)) continue;
        clean = false;
        const auto domain = sample.substr(sample.rfind('@') + 1);
        out.push_back(
            {Level::fail,
             fmt::format("masquerade_domains = {}: return path {} becomes {}, its bounces never come home", domains, shown_pattern(sample),
                         shown_pattern(becomes)),
             fmt::format("{} -e 'masquerade_domains = !{} {}'", postfix.command("postconf"), domain, state.values.at("masquerade_domains"))});
    }
    if (clean) out.push_back({Level::ok, "masquerade_domains leaves return paths alone", ""});
}

// What keeps `map` from changing `sample`: patterns see the whole address first; other maps can be answered before.
std::string mend_for(std::string_view map, const std::string& sample, const std::string& key) {
    const auto domain = sample.substr(sample.rfind('@') + 1);
    if (is_pattern_map(map)) return fmt::format("put the patterns of {} between \"if !/@{}$/\" and \"endif\"", map, domain);
    if (key == "@" + domain && sample.find('+') == std::string::npos) return fmt::format("put inline:{{@{0}=@{0}}} in front of {1}", domain, map);
    return fmt::format("take {} out of {}, or give return_path a domain of its own", shown_pattern(key), map);
}

// What a map makes of an address, where it answers at all.
Finding map_finding(const Postfix& postfix, const MapParameter& parameter, std::string_view map, const std::string& sample, const LocalNames& names,
                    bool propagate) {
    const std::string asked(direct_map(map));
    for (const auto& key : lookup_keys(sample, names, is_pattern_map(map))) {
        std::optional<std::string> answer;
        try {
            answer = postfix.look_up(asked, key);
        } catch (const std::exception& e) {
            return {Level::warn, fmt::format("{}: {} cannot be asked: {}", parameter.name, map, e.what()), ""};
        }
        if (!answer) continue;
        const auto becomes = mapped(sample, key, *answer, names, propagate);
        if (base::iequals(becomes, sample)) break;
        return {Level::fail,
                fmt::format("{}: {} turns return path {} into {}, its bounces never come home", parameter.name, map, shown_pattern(sample),
                            shown_pattern(becomes)),
                mend_for(map, sample, key)};
    }
    return {};
}

}  // namespace

Findings check_rewriting(const conf::Config& config, const Postfix& postfix, const PostfixState& state) {
    Findings out;
    const auto samples = all_samples(config, state);
    const auto names = local_names(state);
    check_masquerading(out, postfix, samples, state);
    for (const auto& parameter : kMaps) {
        const auto& maps = state.expanded.at(parameter.name);
        if (maps.empty() || (parameter.classes && !has_item(state.expanded.at(parameter.classes), "envelope_sender"))) continue;
        const bool propagate = has_item(state.expanded.at("propagate_unmatched_extensions"), parameter.kind);
        const auto before = out.size();
        std::set<std::string> said;   // of a map that cannot be asked, once is enough
        for (const auto map : items_of(maps))
            for (const auto& sample : samples)
                if (auto finding = map_finding(postfix, parameter, map, sample, names, propagate);
                    !finding.what.empty() && said.insert(finding.what).second)
                    out.push_back(std::move(finding));
        if (out.size() == before) out.push_back({Level::ok, fmt::format("{} leaves return paths alone", parameter.name), ""});
    }
    return out;
}

}  // namespace crmrelay::ctl
