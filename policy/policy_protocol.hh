// SPDX-License-Identifier: BSD-2-Clause
//
// Postfix's policy delegation protocol (SMTPD_POLICY_README): lines of name=value, ended by an empty one. Pure: octets in, request out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hh"
#include "policy/facts.hh"

namespace crmrelay::policy {

constexpr std::size_t kPolicyRequestCap = 64 * 1024;   // octets of one request, all attributes

struct PolicyRequest {
    enum class Context { recipient, relay, granted, other };
    Context context = Context::other;      // policy_context
    bool at_rcpt = false;                  // protocol_state=RCPT
    bool has_client = false;               // client_address is an address
    SessionFacts session;
    std::string sender, recipient, queue_id;
    std::string instance;                  // one for all questions about one message
    std::string server_address, server_port;
};

// Where the first request in `buffer` ends, its empty line included; npos where it is not there whole.
std::size_t request_end(std::string_view buffer);

// `text` is one whole request.
base::Result<PolicyRequest> parse_policy_request(std::string_view text);

}  // namespace crmrelay::policy
