// SPDX-License-Identifier: BSD-2-Clause
//
// What an administrator may have in hand of a message, and the records it leads to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.hh"

namespace crmrelay::ctl {

// The token in "TOKEN", "TOKEN@domain" or "prefix+TOKEN@domain", any case, angles or none; nothing where there is none.
std::optional<std::string> token_in(std::string_view id);

// "<x@y>" of "x@y" or "<x@y>"; nothing where it holds no "@".
std::optional<std::string> message_id_in(std::string_view id);

// The messages that `id` means: by token, else Message-ID, else queue id, ours of a report's included. Newest first.
std::vector<store::Message> find_messages(store::Store& store, std::string_view id);

}  // namespace crmrelay::ctl
