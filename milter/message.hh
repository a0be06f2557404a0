// SPDX-License-Identifier: BSD-2-Clause
//
// What is gathered of one message, from MAIL to the end of its headers, within caps. It lives from one MAIL to the end of that message and
// is thrown away whole at RSET, at a refusal and at the next MAIL: nothing of it can reach another message. Values in, values out.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "milter/signed_names.hh"
#include "policy/admission.hh"
#include "policy/facts.hh"
#include "policy/reply.hh"

namespace crmrelay::milter {

// Beyond one of them a CRM's message is refused for good (5.5.3 or 5.3.4): part of a message is never judged for the whole.
struct Caps {
    std::size_t recipients = 50'000;
    std::size_t headers = 256;                                // fields that are kept: From, Message-ID and those that some domain's record keeps
    std::size_t octets = policy::kFrameCap - (64 << 10);      // of all facts as the admission protocol writes them; the rest is the session's
};

class Message {
public:
    using Arguments = std::span<const std::string_view>;   // of MAIL or RCPT: the address in its angles, then NAME=VALUE

    Message(policy::SessionFacts session, Arguments mail);
    Message(policy::SessionFacts session, Arguments mail, const Caps& caps);

    // `mailer` is {rcpt_mailer}, Postfix's name of the transport; empty where the MTA does not give it.
    void add_recipient(Arguments rcpt, std::string_view mailer);
    // Keeps From (all of them), Message-ID (the first) and the `wanted` ones; white space around a name counts for nothing (RFC 5322 section 4.5).
    void add_header(std::string_view name, std::string_view value, const Names& wanted);
    // Counts the fields that some domain removes, and what signatures cover.
    void add_leaving(std::string_view name, std::string_view value, const Names& removable) { leaving_.add(name, value, removable); }
    void set_dkim(std::vector<std::string> domains, std::string_view trouble);
    void set_queue_id(std::string_view queue_id) { facts_.queue_id = queue_id; }

    void lose_facts() noexcept { missing_ = Missing::lost; }   // something could not be kept

    bool relays() const { return relays_; }                    // some recipient is not delivered here
    std::optional<policy::Reply> incomplete() const;           // the refusal where a cap was passed or facts were lost

    bool is_mine() const { return mine_; }                     // policyd said that it is a CRM's
    void claim() { mine_ = true; }

    const policy::SessionFacts& session() const { return session_; }
    const policy::MessageFacts& facts() const { return facts_; }
    const LeavingFields& leaving() const { return leaving_; }
    bool has_recipient(std::string_view address) const;          // either case
    policy::MessageFacts take_facts() { return std::move(facts_); }

private:
    enum class Missing { nothing, recipients, headers, octets, lost };

    bool fits(std::size_t octets, std::size_t attributes);     // counts them; false beyond the cap

    Caps caps_;
    policy::SessionFacts session_;
    policy::MessageFacts facts_;
    LeavingFields leaving_;
    std::size_t octets_ = 0, headers_ = 0;
    bool relays_ = false, mine_ = false;
    Missing missing_ = Missing::nothing;
};

// Whether Postfix's transport of this name ends at this server.
bool is_local_mailer(std::string_view mailer);

}  // namespace crmrelay::milter
