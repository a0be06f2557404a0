// SPDX-License-Identifier: BSD-2-Clause
//
// Stored records as JSON text: an event's own document, or what its columns say where that cannot be read.
#pragma once

#include <string>
#include <vector>

#include "store/records.hh"

namespace crmrelay::ctl {

// A JSON array of the events' documents.
std::string json_of(const std::vector<store::Event>& events);

}  // namespace crmrelay::ctl
