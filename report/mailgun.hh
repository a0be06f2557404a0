// SPDX-License-Identifier: BSD-2-Clause
//
// An event's document in the form of Mailgun's webhooks ("signature" and "event-data"), for software that takes those.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hh"

namespace crmrelay::report {

// JSON in, JSON out. The signature's token is made of the event's id, and so the same on every retry. Throws nlohmann::json::exception where the document
// is none or lacks its id.
std::string mailgun_body(std::string_view document, std::string_view key, base::Seconds now);

}  // namespace crmrelay::report
