// SPDX-License-Identifier: BSD-2-Clause
//
// What crmrelay makes of a bounce as one line of JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bounce/reading.hh"

namespace crmrelay::ctl {

// {"file": …, "kind": …, "reader": …, "message_id": …, "results": […]}; `results` is empty where the message is none that came back.
// The readings of a file's messages (an mbox has several) are one line: `kind` is the first one's that is not none.
std::string json_line(std::string_view file, const std::vector<bounce::Reading>& readings);

}  // namespace crmrelay::ctl
