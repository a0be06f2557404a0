// SPDX-License-Identifier: BSD-2-Clause
//
// A session's course without libmilter: what is asked of policyd at which step, and what happens to the message while policyd is away.
// It decides on no message that policyd could be asked about. One Filter serves all sessions; any thread may call it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/guarded.hh"
#include "base/ip.hh"
#include "milter/admission_client.hh"
#include "milter/content.hh"
#include "milter/message.hh"
#include "milter/metrics.hh"
#include "milter/snapshot.hh"

namespace crmrelay::milter {

// One SMTP session. A thousand idle ones stay small: a message's facts go with the message.
struct Session {
    std::string id;                      // "INSTANCE-NUMBER"
    base::IpAddress client;              // as xxfi_connect had it, for an MTA that gives no {client_addr}; all zero where nobody knows it
    std::uint16_t port = 0;
    std::uint16_t service = 0;           // {daemon_port}
    bool announced = false;              // ever
    bool told = false;                   // of the message in hand: policyd may have granted it
    bool mail = false;                   // MAIL has come
    int greetings = 0;                   // HELO and EHLO
    std::string tls;                     // as the last of them had it
    bool has_body = false, verbatim = false;   // as negotiated: bodies come, header values with the space behind the colon
    std::unique_ptr<Message> message;    // between MAIL and the message's end
    std::unique_ptr<Content> content;    // of a CRM's message, from DATA, where DKIM is configured
};

struct GoOn {};
struct Accept {};
// All that changes of a message; nothing is left to be decided.
struct Edits {
    std::string sender;                  // envelope sender without angles; empty: sender, ENVID and RET stay
    std::string arguments;               // of MAIL FROM
    std::vector<std::string> signatures; // values of DKIM-Signature fields, without a leading space
    std::vector<std::pair<std::string, int>> removed;   // header fields: name and how many
    std::string recipient;               // another one, without angles, or empty

    bool operator==(const Edits&) const = default;
};
using Outcome = std::variant<GoOn, Accept, Edits, policy::Reply>;

class Filter {
public:
    Filter(AdmissionClient& policyd, Snapshot snapshot, Metrics* metrics = nullptr);

    Session new_session();
    Snapshot snapshot();
    void replace(Snapshot snapshot);
    const std::string& instance() const { return instance_; }
    Metrics* metrics() const { return metrics_; }   // null: nothing is counted

    // MAIL: tells policyd that this session passes through the milter, and returns when that is written; without policyd it goes on.
    void announce(Session& session);
    // DATA: whether the message is a CRM's. GoOn, Accept (nobody's business, or not to be held up), or the refusal.
    Outcome claim(Session& session);
    // End of header and end of message: what happens to it.
    static void end_of_header(Session& session);
    Outcome admit(Session& session);
    // The session's end.
    void close(const Session& session);

private:
    Outcome without_policyd(const Session& session, std::string_view step, std::string_view why);
    Outcome refused(const Session& session, const policy::Reply& reply);
    void verify(Session& session);
    Outcome edits(Session& session, policy::Relay order) const;

    AdmissionClient& policyd_;
    base::Guarded<Snapshot> snapshot_;
    Metrics* const metrics_;
    const std::string instance_;
    std::atomic<std::uint64_t> sessions_{0};
};

// Whether a message has to wait while policyd is away; everybody else's passes.
struct Standing {
    bool claimed;       // policyd has said that it is a CRM's
    bool known_login;
    bool told;          // policyd knew of this message at its MAIL: it may have been granted since
    bool listed;        // the client is in some domain's networks
    bool relays;
};
bool has_to_wait(const Standing& standing);

}  // namespace crmrelay::milter
