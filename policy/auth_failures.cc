// SPDX-License-Identifier: BSD-2-Clause
//
// Counts failed logins within fixed bounds, however many clients there are.
#include "policy/auth_failures.hh"

#include <algorithm>

namespace crmrelay::policy {

namespace {

constexpr std::size_t kNetworkOctets = 8;   // of an IPv6 /64

base::IpAddress key_of(base::IpAddress client) {
    if (!client.is_v4()) std::fill(client.octets.begin() + kNetworkOctets, client.octets.end(), std::uint8_t{0});
    return client;
}

std::string shown(const base::IpAddress& key) { return key.is_v4() ? key.text() : key.text() + "/64"; }

}  // namespace

std::string client_key(const base::IpAddress& client) { return shown(key_of(client)); }

AuthFailures::Entry& AuthFailures::entry(const base::IpAddress& client, Milliseconds now) {
    const auto key = key_of(client);
    if (const auto at = by_client_.find(key); at != by_client_.end()) {
        entries_.splice(entries_.begin(), entries_, at->second);
        auto& known = entries_.front();
        if (now - known.last > kFailuresLast) known.failures = 0;
        return known;
    }
    if (entries_.size() >= kClientsKept) {
        others_ += entries_.back().unlogged;
        by_client_.erase(entries_.back().client);
        entries_.pop_back();
    }
    entries_.push_front({key, 0, 0, 0, 0, now});
    by_client_[key] = entries_.begin();
    return entries_.front();
}

AuthFailures::Failed AuthFailures::failed(const base::IpAddress& client, Milliseconds now) {
    auto& known = entry(client, now);
    ++known.failures;
    known.last = now;
    Failed out{0, log(known)};
    if (known.held >= kHeldAClient || held_ >= kHeldAtAll) return out;
    ++known.held;
    ++held_;
    out.delay = std::min(known.failures, kDelayMost / kDelayStep) * kDelayStep;
    return out;
}

void AuthFailures::released(const base::IpAddress& client) {
    if (held_ > 0) --held_;
    const auto at = by_client_.find(key_of(client));
    if (at != by_client_.end() && at->second->held > 0) --at->second->held;
}

bool AuthFailures::may_log(const base::IpAddress& client, Milliseconds now) { return log(entry(client, now)); }

bool AuthFailures::log(Entry& known) {
    if (known.lines >= kLinesAClient || lines_ >= kLinesAtAll) {
        ++known.unlogged;
        return false;
    }
    ++known.lines;
    ++lines_;
    return true;
}

std::vector<AuthFailures::Unlogged> AuthFailures::unlogged(Milliseconds now) {
    if (now - told_ < kMinute) return {};
    told_ = now;
    lines_ = 0;
    std::vector<Unlogged> out;
    for (auto& known : entries_) {
        if (known.unlogged > 0) out.push_back({shown(known.client), known.unlogged});
        known.unlogged = known.lines = 0;
    }
    std::ranges::stable_sort(out, [](const Unlogged& a, const Unlogged& b) { return a.count > b.count; });
    for (; out.size() > kSummariesAtAll; out.pop_back()) others_ += out.back().count;
    if (others_ > 0) out.push_back({"", others_});
    others_ = 0;
    return out;
}

}  // namespace crmrelay::policy
