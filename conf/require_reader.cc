// SPDX-License-Identifier: BSD-2-Clause
//
// Turns the words of `require` into sets of evidence.
#include "conf/require_reader.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"

namespace crmrelay::conf {

namespace {

constexpr std::string_view kWanted = R"(a list such as ["network", "login", "tls"], or a list of such lists)";

// Reads one word into `set`; false where it is none, which is reported.
bool read_word(const Value& value, EvidenceSet& set) {
    const auto word = value.want_text("an entry of require", kWanted);
    if (!word) return false;
    std::vector<std::string_view> names;
    for (const auto kind : kAllEvidence) names.push_back(name_of(kind));
    for (const auto kind : kAllEvidence) {
        if (*word != name_of(kind)) continue;
        set.insert(kind);
        return true;
    }
    const auto near = nearest(*word, names);
    const auto hint = near.empty() ? fmt::format("there are: {}", fmt::join(names, ", ")) : fmt::format("did you mean \"{}\"?", near);
    value.problem(fmt::format("require: unknown evidence \"{}\"; {}", base::neuter(*word, 64), hint));
    return false;
}

bool can_stand(const EvidenceSet& set) {
    return set.contains(Evidence::network) || set.contains(Evidence::login) || set.contains(Evidence::certificate);
}

bool check_set(const Value& at, const EvidenceSet& set) {
    if (can_stand(set)) return true;
    at.problem(set.empty() ? "require: an empty list would let everybody relay; name network, login or certificate, and more where the CRM can show more"
                           : "require: tls, tenant and dkim alone are no proof of the session, anybody can send them again; add network, login or certificate");
    return false;
}

}  // namespace

Maybe<std::vector<EvidenceSet>> read_require(Table& table) {
    const auto value = table.take("require");
    if (!value) return std::nullopt;
    Given<std::vector<EvidenceSet>> out{{}, value->place(), true};
    EvidenceSet plain;
    std::size_t words = 0;
    bool words_sound = true;
    const bool list = value->want_list("require", kWanted, [&](const Value& element) {
        if (!element.is_list()) {
            ++words;
            words_sound &= read_word(element, plain);
            return;
        }
        EvidenceSet set;
        bool sound = true;
        element.want_list("require", kWanted, [&](const Value& word) { sound &= read_word(word, set); });
        out.sound &= sound && check_set(element, set);
        if (std::ranges::find(out.value, set) == out.value.end()) out.value.push_back(std::move(set));
    });
    out.sound &= list && words_sound;
    if (words != 0 && !out.value.empty()) {
        value->problem("require mixes words and lists; write a list of words, or a list of lists of words");
        out.sound = false;
    } else if (out.value.empty() && list) {
        if (words_sound) out.sound &= check_set(*value, plain);
        out.value.push_back(std::move(plain));
    }
    return out;
}

}  // namespace crmrelay::conf
