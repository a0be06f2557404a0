// SPDX-License-Identifier: BSD-2-Clause
//
// The look of the report's page: one style sheet for screen, phone and paper, light and dark. It stands in the page, which names its hash in its policy.
#pragma once

#include <string_view>

namespace crmrelay::ctl {

extern const std::string_view kReportStyle;

}  // namespace crmrelay::ctl
