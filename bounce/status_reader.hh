// SPDX-License-Identifier: BSD-2-Clause
//
// The content of a message/delivery-status part (RFC 3464 section 2): per-message fields, then a block of fields a recipient.
#pragma once

#include <string_view>

#include "bounce/report.hh"

namespace crmrelay::bounce {

// Whether a field of that name opens the content of a delivery-status part, and cannot be of the part's own header.
bool opens_status(std::string_view name);

// Reads text[range] into `report`: its per-message values, recipients and the views of both.
void read_status(std::string_view text, View range, Report& report);

}  // namespace crmrelay::bounce
