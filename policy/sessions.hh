// SPDX-License-Identifier: BSD-2-Clause
//
// The sessions that a milter has announced, by client address and port and the server's: the proof that a grant has a milter behind it.
// A client may have one port of its own connected to several of our ports and addresses, of which only some have the milter. Pure state.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "policy/facts.hh"

namespace crmrelay::policy {

class Sessions {
public:
    static constexpr std::size_t kCap = 100'000;   // announced sessions; beyond it the oldest is forgotten

    // MAIL: the session's message begins anew, nothing of it is granted. A session without a client port cannot be joined and is not kept.
    void announce(const std::string& session, const SessionFacts& facts);
    void close(std::string_view session);
    // Forgets all sessions of one milter process: it has died.
    void forget_instance(std::string_view instance);

    bool announced(const SessionFacts& facts) const;
    // Whether this very session was announced, and is not forgotten.
    bool knows(std::string_view session, const SessionFacts& facts) const;
    void grant(const SessionFacts& facts);
    bool granted(const SessionFacts& facts) const;
    bool granted(std::string_view session, const SessionFacts& facts) const;

    // What Postfix's query has said of the client's certificate; the milter's question cannot. Forgotten with the session, kept over its messages.
    void note_certificate(const SessionFacts& facts);
    void fill_certificate(std::string_view session, SessionFacts& facts) const;

    std::size_t size() const { return by_peer_.size(); }

    // "INSTANCE" of "INSTANCE-NUMBER".
    static std::string_view instance_of(std::string_view session) { return session.substr(0, session.find('-')); }

private:
    struct Peer {
        base::IpAddress client, server;
        std::uint16_t port, service;
        bool operator==(const Peer&) const = default;
    };
    struct PeerHash {
        std::size_t operator()(const Peer& peer) const;
    };
    struct Entry {
        std::string session;
        bool granted = false;
        std::string fingerprint, subject;
        std::list<Peer>::iterator age;
    };
    using Peers = std::unordered_map<Peer, Entry, PeerHash>;

    static Peer peer_of(const SessionFacts& facts) { return {facts.client, facts.server, facts.port, facts.service}; }
    void erase(Peers::iterator at);

    Peers by_peer_;
    std::map<std::string, Peer, std::less<>> by_session_;
    std::list<Peer> ages_;                       // oldest first
    std::list<std::string> closed_early_;        // closed before their announcement was read: the two may come by different connections
};

}  // namespace crmrelay::policy
