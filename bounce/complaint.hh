// SPDX-License-Identifier: BSD-2-Clause
//
// Complaints: abuse reports (RFC 5965, RFC 6591), the complaints of Microsoft's junk mail reporting that are none of that form, Apple Mail's
// unsubscribe messages.
#pragma once

#include <string>
#include <string_view>

#include "bounce/mime.hh"

namespace crmrelay::bounce {

struct Complaint {
    bool found = false;
    std::string type;              // "abuse", "fraud", "virus", "not-spam", "auth-failure", "opt-out", "other"
    std::string recipient;         // who complains, where the report tells it; often it does not
    std::string original_sender;
    std::string message_id;        // as a Message-ID field of the report itself has it
    std::string date;
    std::string source;            // the address that sent the mail complained of
    std::string text;              // what it says in words, decoded
};

Complaint read_complaint(const Message& message);

}  // namespace crmrelay::bounce
