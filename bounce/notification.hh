// SPDX-License-Identifier: BSD-2-Clause
//
// A reading of what Amazon SES tells by SNS.
#pragma once

#include <string_view>

#include "bounce/reading.hh"

namespace crmrelay::bounce {

// ReadingKind::none where `text` is no such notification.
Reading read_notification(std::string_view text);

}  // namespace crmrelay::bounce
