// SPDX-License-Identifier: BSD-2-Clause
//
// What the parts of Telling hand each other about the one message they look at. Private to telling*.cc.
#pragma once

#include "report/notice_texts.hh"
#include "report/telling.hh"

namespace crmrelay::report {

struct Telling::Context {
    const Mailboxes& mailboxes;
    const Delivery& delivery;
    const Mailbox mailbox;
    const int hops;
    Plan plan;

    const conf::Domain& entry() const { return *mailbox.domain; }
    // The record's own entry, else who speaks for the address.
    const conf::Domain& entry_of(std::string_view domain) const {
        const auto* own = mailboxes.domain_named(domain);
        return own ? *own : entry();
    }
    void add(std::vector<store::Outgoing> rows) {
        for (auto& row : rows) plan.report.outgoing.push_back(std::move(row));
    }
    // The message to the administrators, inside a notice that says why.
    void tell_admins(const conf::Domain& who, std::string_view token, Stray why, std::string detail = {});
    // The message as it came.
    void forward(const conf::Domain& who, const std::vector<std::string>& recipients, std::string_view token, std::string_view why);
};

}  // namespace crmrelay::report
