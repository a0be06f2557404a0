// SPDX-License-Identifier: BSD-2-Clause
//
// What an address of a bounce domain is for, by its form alone: a token's place in the return-path pattern, the prefix without it, or a role.
// Whether a token is known is the store's to say; whether it is genuine policyd has said at SMTP.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "conf/config.hh"
#include "conf/names.hh"
#include "report/receivers.hh"

namespace crmrelay::report {

using conf::kTokenLength;   // of [a-z2-7]

struct Mailbox {
    enum class Kind { unknown, token, bare, admin, double_bounce };
    Kind kind = Kind::unknown;
    const conf::Domain* domain = nullptr;   // the entry whose return path it is; null where unknown
    std::string token;                      // lower case
};

// The mailboxes of one configuration, which it keeps alive.
class Mailboxes {
public:
    explicit Mailboxes(conf::Snapshot config, Receivers receivers = {});

    Mailbox find(std::string_view address) const;   // any case
    bool ours(std::string_view address) const;      // what is sent there comes back here

    const conf::Config& config() const { return *config_; }
    const conf::Domain* domain_named(std::string_view name) const;
    const Receiver* receiver_of(std::string_view domain) const;   // of its webhook; null where it has none
    // Who is told about this domain: `admins` without those whose mail would come back here; the local postmaster where none is left.
    std::vector<std::string> admins_of(const conf::Domain& domain) const;
    // Who gets double-bounce notices that are not about our mail.
    std::string former_double_bounce_recipient() const;

private:
    conf::Snapshot config_;
    Receivers receivers_;
    std::unordered_map<std::string, std::vector<const conf::Domain*>> by_bounce_domain_;
};

using MailboxesSnapshot = std::shared_ptr<const Mailboxes>;

}  // namespace crmrelay::report
