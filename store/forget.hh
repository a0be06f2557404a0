// SPDX-License-Identifier: BSD-2-Clause
//
// Removes one recipient from the store: its places in messages, the events about it, reports that tell of it, and its mentions in other texts. Where it is
// looked for is found first, by reading; then bounded transactions remove it, so that the mail path never waits long. Internal to the room.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "store/location.hh"
#include "store/write_session.hh"

namespace crmrelay::store {

// Stands where the address stood: a mailbox that cannot exist (RFC 2606), so that a header stays a header.
constexpr std::string_view kForgottenAddress = "forgotten@example.invalid";

// Whether the text holds this mailbox, in any case of letters, and not as a part of a longer one.
bool mentions(std::string_view text, std::string_view address);
// How many there were.
int replace_mentions(std::string& text, std::string_view address);

struct Traces {
    std::vector<std::string> messages;          // by token
    std::vector<long long> events, outgoing;    // rows that may concern it
};
Traces find_traces(Session& session, const std::string& address);

using WriteStep = std::function<void(const std::function<void(WriteSession&)>&)>;   // one transaction
void forget_traces(const Traces& traces, const std::string& address, Forgotten& out, const WriteStep& write);

// What was deleted leaves the files, too: overwritten, and the write-ahead log put into the file and begun anew. Where the file still holds the address, it is
// rewritten as a whole. "" where nothing is left; else why not.
std::string purge_files(const Location& location, const std::string& address);

}  // namespace crmrelay::store
