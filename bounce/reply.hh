// SPDX-License-Identifier: BSD-2-Clause
//
// Codes that stand in the text of a diagnostic: SMTP reply codes (RFC 5321 section 4.2) and enhanced status codes (RFC 3463).
#pragma once

#include <string>
#include <string_view>

namespace crmrelay::bounce {

// The first enhanced status code in `text` ("5.1.1"), empty where there is none. Parts of addresses and versions ("192.0.2.1") are none.
std::string status_in(std::string_view text);

// The reply code that opens `text`, or that a quoted reply in it opens ("host mx.dest.test said: 550 5.1.1 …"); 0 where there is none.
int reply_code_in(std::string_view text);

}  // namespace crmrelay::bounce
