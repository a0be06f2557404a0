// SPDX-License-Identifier: BSD-2-Clause
//
// Keeps announced sessions, bounded.
#include "policy/sessions.hh"

#include <algorithm>

#include "base/text.hh"

namespace crmrelay::policy {

namespace {

constexpr std::size_t kClosedEarly = 256;

}  // namespace

std::size_t Sessions::PeerHash::operator()(const Peer& peer) const {
    const auto& octets = peer.client.octets;
    const std::string_view view(reinterpret_cast<const char*>(octets.data()), octets.size());
    return std::hash<std::string_view>{}(view) * 31 + (static_cast<std::size_t>(peer.service) << 16 | peer.port);
}

void Sessions::announce(const std::string& session, const SessionFacts& facts) {
    if (facts.port == 0) return;
    if (const auto closed = std::ranges::find(closed_early_, session); closed != closed_early_.end()) {
        closed_early_.erase(closed);
        return;
    }
    const auto peer = peer_of(facts);
    if (const auto old = by_peer_.find(peer); old != by_peer_.end()) {
        if (old->second.session == session) {
            old->second.granted = false;
            ages_.splice(ages_.end(), ages_, old->second.age);
            return;
        }
        erase(old);
    }
    if (const auto old = by_session_.find(session); old != by_session_.end()) erase(by_peer_.find(old->second));
    if (by_peer_.size() >= kCap) erase(by_peer_.find(ages_.front()));
    by_peer_.emplace(peer, Entry{session, false, {}, {}, ages_.insert(ages_.end(), peer)});
    by_session_.emplace(session, peer);
}

void Sessions::close(std::string_view session) {
    if (const auto at = by_session_.find(session); at != by_session_.end()) return erase(by_peer_.find(at->second));
    closed_early_.emplace_back(session);
    if (closed_early_.size() > kClosedEarly) closed_early_.pop_front();
}

void Sessions::forget_instance(std::string_view instance) {
    for (auto at = by_session_.lower_bound(instance); at != by_session_.end() && at->first.starts_with(instance);) {
        const auto next = std::next(at);
        if (instance_of(at->first) == instance) erase(by_peer_.find(at->second));
        at = next;
    }
}

void Sessions::erase(Peers::iterator at) {
    ages_.erase(at->second.age);
    by_session_.erase(at->second.session);
    by_peer_.erase(at);
}

bool Sessions::announced(const SessionFacts& facts) const { return facts.port != 0 && by_peer_.contains(peer_of(facts)); }

bool Sessions::knows(std::string_view session, const SessionFacts& facts) const {
    const auto at = by_peer_.find(peer_of(facts));
    return at != by_peer_.end() && at->second.session == session;
}

void Sessions::grant(const SessionFacts& facts) {
    if (const auto at = by_peer_.find(peer_of(facts)); at != by_peer_.end()) at->second.granted = true;
}

void Sessions::note_certificate(const SessionFacts& facts) {
    const auto at = by_peer_.find(peer_of(facts));
    if (facts.port == 0 || at == by_peer_.end()) return;
    at->second.fingerprint = facts.fingerprint;
    at->second.subject = facts.subject;
}

void Sessions::fill_certificate(std::string_view session, SessionFacts& facts) const {
    const auto at = by_peer_.find(peer_of(facts));
    if (at == by_peer_.end() || at->second.session != session) return;
    facts.fingerprint = at->second.fingerprint;
    facts.subject = at->second.subject;
}

bool Sessions::granted(const SessionFacts& facts) const {
    const auto at = by_peer_.find(peer_of(facts));
    return facts.port != 0 && at != by_peer_.end() && at->second.granted;
}

bool Sessions::granted(std::string_view session, const SessionFacts& facts) const {
    const auto at = by_peer_.find(peer_of(facts));
    return at != by_peer_.end() && at->second.granted && at->second.session == session;
}

}  // namespace crmrelay::policy
