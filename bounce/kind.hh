// SPDX-License-Identifier: BSD-2-Clause
//
// What can be said of a message that is no delivery report by its header alone: whether a machine wrote it, and whether it looks
// like the notice of a double bounce that Postfix sends to 2bounce_notice_recipient.
#pragma once

#include <string_view>

#include "bounce/report.hh"

namespace crmrelay::bounce {

struct Kind {
    bool auto_submitted = false;             // RFC 3834 section 5, or Precedence: auto_reply, X-Autoreply, X-Autorespond
    bool looks_like_double_bounce = false;   // anyone can write such a header: match its queue id before believing it
};

Kind kind_of(std::string_view raw);

}  // namespace crmrelay::bounce
