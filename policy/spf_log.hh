// SPDX-License-Identifier: BSD-2-Clause
//
// What the log says of networks that follow an SPF record.
#pragma once

#include <string_view>

#include "policy/spf_answers.hh"

namespace crmrelay::policy::log {

void spf(const SpfEvent& event);
void spf_overload(std::string_view name, std::size_t waiting);

}  // namespace crmrelay::policy::log
