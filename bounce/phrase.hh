// SPDX-License-Identifier: BSD-2-Clause
//
// What mail systems write when they refuse: tables of phrases, a file a family, each phrase with the reason it stands for and its weight.
//
// A phrase is lower case with single spaces; it is looked for in a diagnostic on one line whose mail addresses read "@". A blank at its start or
// end stands for any octet that is no letter and no digit, or for the text's end; "^" opens one that only stands at the diagnostic's start;
// one "*" parts two pieces with anything between them.
// Weights: 8 codes and sentences that only one system writes for one cause; 6 plain statements; 4 words that others use for other causes too;
// 2 hints. The heaviest wins, then the longest: rules need no order.
#pragma once

#include <span>
#include <string_view>

#include "bounce/reason.hh"

namespace crmrelay::bounce {

struct Phrase {
    Reason reason;
    int weight;
    std::string_view text;
};

std::span<const Phrase> mailbox_phrases();     // phrases_mailbox.cc: no such mailbox
std::span<const Phrase> recipient_phrases();   // phrases_recipient.cc: domains, mailboxes that take nothing
std::span<const Phrase> full_phrases();        // phrases_full.cc: mailboxes that are full
std::span<const Phrase> client_phrases();      // phrases_client.cc: the client's address, name and reputation
std::span<const Phrase> sender_phrases();      // phrases_sender.cc: the envelope sender, authentication, relaying
std::span<const Phrase> content_phrases();     // phrases_content.cc: what was sent
std::span<const Phrase> transport_phrases();   // phrases_transport.cc: networks, queues, servers
std::span<const Phrase> google_phrases();      // phrases_google.cc
std::span<const Phrase> microsoft_phrases();   // phrases_microsoft.cc
std::span<const Phrase> provider_phrases();    // phrases_provider.cc: other large receivers
std::span<const Phrase> japanese_phrases();    // phrases_japan.cc: Japanese carriers, providers and texts

}  // namespace crmrelay::bounce
