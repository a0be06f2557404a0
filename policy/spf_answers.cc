// SPDX-License-Identifier: BSD-2-Clause
//
// Rules of the answers that SPF names give: how long they hold, what serves when DNS fails, what is worth a line in the log.
#include "policy/spf_answers.hh"

#include <algorithm>
#include <utility>

#include "base/text.hh"

namespace crmrelay::policy {

namespace {

using Verdict = SpfAnswer::Verdict;
using What = SpfEvent::What;

constexpr base::Seconds kDay = 86400;
constexpr base::Seconds kLogFailure = 600;   // a name that comes and goes is not logged more often

base::IpAddress address(const char* text) { return *base::IpAddress::parse(text); }

}  // namespace

// Documentation (RFC 5737, RFC 3849), benchmarks (RFC 2544), the former class E (RFC 1112) and the discard prefix (RFC 6666).
const std::vector<base::IpAddress>& SpfAnswers::probes() {
    static const std::vector<base::IpAddress> all{address("192.0.2.1"),   address("198.51.100.1"), address("203.0.113.1"),       address("198.19.77.31"),
                                                  address("251.113.7.9"), address("2001:db8::1"),  address("100::7a3:51ff:9:2c4e")};
    return all;
}

void SpfAnswers::load(const std::vector<store::SpfName>& names, const std::vector<store::SpfVerdict>& verdicts) {
    loaded_names_ = names;
    loaded_ = verdicts;
}

void SpfAnswers::serve(const std::vector<std::string>& names, Seconds now) {
    const std::set<std::string> wanted(names.begin(), names.end());
    for (auto at = names_.begin(); at != names_.end();) {
        if (wanted.contains(at->first)) {
            ++at;
            continue;
        }
        for (auto entry = entries_.lower_bound({at->first, {}}); entry != entries_.end() && entry->first.first == at->first;) drop(entry++);
        gone_.forgotten_names.push_back(at->first);
        dirty_names_.erase(at->first);
        at = names_.erase(at);
    }
    for (const auto& name : wanted)
        if (!names_.contains(name)) names_[name].row.name = name, dirty_names_.insert(name);
    for (const auto& row : loaded_names_) {
        if (const auto at = names_.find(row.name); at == names_.end()) {
            gone_.forgotten_names.push_back(row.name);
        } else {
            at->second.row = row;
            at->second.row.clients = 0;   // counted below
            at->second.warned_at = row.failing_since;
        }
    }
    std::reverse(loaded_.begin(), loaded_.end());   // the latest comes last, and is the last to go
    for (const auto& row : loaded_) {
        const auto client = base::IpAddress::parse(row.client);
        const auto name = names_.find(row.name);
        if (!client || name == names_.end()) continue;
        if (row.passed) ++name->second.row.clients;
        put({row.name, *client}, {row.passed, true, row.checked_at, std::min(row.good_until, now + kLongest), 0, row.checked_at});
    }
    loaded_names_.clear();
    loaded_.clear();
}

SpfAnswers::Entry* SpfAnswers::find(const Key& key) {
    const auto at = entries_.find(key);
    if (at == entries_.end()) return nullptr;
    auto& list = list_of(at->second->second);
    list.splice(list.begin(), list, at->second);
    return &at->second->second;
}

// Entries that passed once have a list of their own: strangers cannot push them out.
SpfAnswers::Entry& SpfAnswers::put(const Key& key, const Entry& entry) {
    if (const auto at = entries_.find(key); at != entries_.end()) {
        list_of(at->second->second).erase(at->second);
        entries_.erase(at);
    }
    auto& list = list_of(entry);
    list.emplace_front(key, entry);
    entries_[key] = list.begin();
    const auto most = entry.saved ? kMostPassed : kMostOthers;
    while (list.size() > most) drop(entries_.find(list.back().first));
    return list.front().second;
}

void SpfAnswers::drop(std::map<Key, Recent::iterator>::iterator at) {
    const auto [key, entry] = *at->second;
    if (entry.saved) {
        gone_.forgotten.emplace_back(key.first, key.second.text());
        dirty_.erase(key);
        if (const auto name = names_.find(key.first); name != names_.end() && entry.passed == true) {
            --name->second.row.clients;
            dirty_names_.insert(key.first);
        }
    }
    list_of(entry).erase(at->second);
    entries_.erase(at);
}

SpfKnown SpfAnswers::known(const std::string& name, const base::IpAddress& client, Seconds now) {
    const auto at = names_.find(name);
    if (at == names_.end() || at->second.row.refused) return {Standing::out, true};
    auto* entry = find({name, client});
    if (!entry) return {Standing::unknown, false};
    entry->used_at = now;
    if (entry->passed == true && !vetted(at->second)) return {Standing::unknown, false};
    if (now < entry->good_until) return {*entry->passed ? Standing::in : Standing::out, true};
    return {entry->passed == true ? Standing::in : Standing::unknown, now < entry->hold_until};
}

bool SpfAnswers::in_trouble(const std::string& name, Seconds now) const {
    const auto at = names_.find(name);
    return at != names_.end() && now < at->second.trouble_until;
}

bool SpfAnswers::wants_probe(const std::string& name) const {
    const auto at = names_.find(name);
    return at != names_.end() && !vetted(at->second);
}

bool SpfAnswers::wants_probe(const std::string& name, const base::IpAddress& client, const SpfAnswer& answer, Seconds now) const {
    const auto at = names_.find(name);
    if (at == names_.end() || answer.verdict != Verdict::pass) return false;
    const auto entry = entries_.find({name, client});
    const bool anew = entry == entries_.end() || entry->second->second.passed != true;
    return !vetted(at->second) || (anew && at->second.row.probed_at + kProbeFresh <= now);
}

std::vector<std::string> SpfAnswers::probes_due(Seconds now) {
    std::vector<std::string> out;
    for (auto& [key, name] : names_) {
        if (now < name.probe_due) continue;
        name.probe_due = now + (name.row.refused || name.row.failing_since != 0 || !vetted(name) ? kProbeRefused : kProbeEvery);
        out.push_back(key);
    }
    return out;
}

void SpfAnswers::note_success(Name& name, Seconds now, SpfEvents& events) {
    name.trouble_until = 0;
    name.row.answered_at = now;
    dirty_names_.insert(name.row.name);
    if (name.row.failing_since == 0) return;
    if (name.logged_at >= name.row.failing_since || name.warned_at > name.row.failing_since) events.push_back({What::recovered, name.row.name, {}, {}, name.row.failing_since});
    name.row.failing_since = name.warned_at = 0;
}

void SpfAnswers::note_failure(Name& name, const SpfAnswer& answer, Seconds now, SpfEvents& events) {
    if (answer.verdict == Verdict::temporary) name.trouble_until = now + kHoldLast;
    dirty_names_.insert(name.row.name);
    const bool fresh = name.row.failing_since == 0;
    if (fresh) name.row.failing_since = name.warned_at = now;
    const bool other_reason = answer.definite() && name.row.last_error != answer.error;
    name.row.last_error = base::neuter(answer.error);
    if ((!fresh && !other_reason) || (name.logged_at != 0 && now - name.logged_at < kLogFailure)) return;
    name.logged_at = now;
    events.push_back({What::failing, name.row.name, {}, name.row.last_error, name.row.answered_at});
}

void SpfAnswers::learn_probes(const std::string& key, const std::vector<SpfAnswer>& answers, Seconds now, SpfEvents& events) {
    const auto at = names_.find(key);
    if (at == names_.end()) return;
    auto& name = at->second;
    std::string passed;
    const SpfAnswer* failed = nullptr;
    bool judged = false, temporary = false;
    for (std::size_t i = 0; i < answers.size() && i < probes().size(); ++i) {
        const auto verdict = answers[i].verdict;
        if (verdict == Verdict::pass) passed += (passed.empty() ? "" : ", ") + probes()[i].text();
        else if (verdict != Verdict::not_pass) failed = &answers[i];
        judged |= verdict == Verdict::pass || verdict == Verdict::not_pass;
        temporary |= verdict == Verdict::temporary;
    }
    if (judged && !temporary) note_success(name, now, events);
    else if (failed) note_failure(name, *failed, now, events);
    dirty_names_.insert(key);
    if (!passed.empty()) {
        name.row.probed_at = now;
        if (!std::exchange(name.row.refused, true)) events.push_back({What::refused, key, {}, passed, 0});
        name.probe_due = std::min(name.probe_due, now + kProbeRefused);
    } else if (judged && !temporary) {
        name.row.probed_at = now;
        name.probe_due = std::max(name.probe_due, now + kProbeEvery);
        if (std::exchange(name.row.refused, false)) events.push_back({What::accepted, key, {}, {}, 0});
    }
}

Standing SpfAnswers::settle(Name& name, const Key& key, bool passed, Seconds holds, Seconds now, SpfEvents& events) {
    const auto* before = find(key);
    const bool was = before && before->passed == true;
    const auto last = before ? before->checked_at : 0;
    const bool saved = passed || (before && before->saved);
    put(key, {passed, saved, now, now + holds, 0, now});
    if (saved) dirty_.insert(key);
    if (was != passed) {
        name.row.clients += passed ? 1 : -1;
        dirty_names_.insert(key.first);
        events.push_back({passed ? What::passed : What::not_passed, key.first, key.second.text(), {}, passed ? 0 : last});
    }
    return passed ? Standing::in : Standing::out;
}

Standing SpfAnswers::learn(const std::string& key, const base::IpAddress& client, const SpfAnswer& answer, Seconds now, SpfEvents& events) {
    const auto at = names_.find(key);
    if (at == names_.end()) return Standing::out;   // no longer configured
    auto& name = at->second;
    const Key pair{key, client};
    switch (answer.verdict) {
    case Verdict::pass:
        note_success(name, now, events);
        if (name.row.refused) return Standing::out;
        if (!vetted(name)) {   // its probes failed
            name.trouble_until = now + kHoldUnknown;
            break;
        }
        return settle(name, pair, true, std::clamp(answer.ttl, kShortest, kLongest), now, events);
    case Verdict::not_pass:
        note_success(name, now, events);
        return settle(name, pair, false, std::clamp(answer.ttl, kShortest, kLongestOut), now, events);
    case Verdict::no_record:
    case Verdict::broken:
        note_failure(name, answer, now, events);
        return settle(name, pair, false, std::clamp(answer.ttl, kShortest, kBroken), now, events);
    case Verdict::temporary: note_failure(name, answer, now, events); break;
    }
    auto* entry = find(pair);
    if (!entry) entry = &put(pair, {{}, false, now, 0, 0, now});
    const bool serves_last = entry->passed == true && vetted(name) && !name.row.refused;
    entry->good_until = std::min(entry->good_until, now);
    entry->hold_until = now + (serves_last ? kHoldLast : kHoldUnknown);
    return name.row.refused ? Standing::out : serves_last ? Standing::in : Standing::unknown;
}

void SpfAnswers::housekeep(Seconds now, SpfEvents& events) {
    for (auto& [key, name] : names_) {
        if (name.row.failing_since == 0 || now - name.warned_at < kDay) continue;
        name.warned_at = now;
        events.push_back({What::stale, key, {}, name.row.last_error, name.row.answered_at});
    }
    // The last ones of the list are the longest unused. While a name fails, its last good answers stay.
    while (!passed_.empty() && now - passed_.back().second.used_at > kUnused && now - passed_.back().second.checked_at > kUnused) {
        const auto name = names_.find(passed_.back().first.first);
        if (name != names_.end() && name->second.row.failing_since != 0) break;
        drop(entries_.find(passed_.back().first));
    }
}

store::SpfChanges SpfAnswers::take_changes() {
    auto out = std::exchange(gone_, {});
    for (const auto& key : dirty_)
        if (const auto at = entries_.find(key); at != entries_.end()) {
            const auto& entry = at->second->second;
            out.verdicts.push_back({key.first, key.second.text(), entry.passed == true, entry.checked_at, entry.good_until});
        }
    for (const auto& key : dirty_names_)
        if (const auto at = names_.find(key); at != names_.end()) out.names.push_back(at->second.row);
    dirty_.clear();
    dirty_names_.clear();
    return out;
}

void SpfAnswers::save_all() {
    for (const auto& [key, entry] : passed_) dirty_.insert(key);
    for (const auto& [key, name] : names_) dirty_names_.insert(key);
}

std::vector<store::SpfName> SpfAnswers::state() const {
    std::vector<store::SpfName> out;
    for (const auto& [key, name] : names_) out.push_back(name.row);
    return out;
}

}  // namespace crmrelay::policy
