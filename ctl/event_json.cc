// SPDX-License-Identifier: BSD-2-Clause
//
// Events are printed as webhooks carry them.
#include "ctl/event_json.hh"

#include <nlohmann/json.hpp>

#include "base/clock.hh"

namespace crmrelay::ctl {

namespace {

using Json = nlohmann::json;

Json document_of(const store::Event& event) {
    auto document = Json::parse(event.document, nullptr, false);
    if (document.is_object()) return document;
    return {{"type", event.type},
            {"id", event.id},
            {"time", base::rfc3339(event.time)},
            {"domain", event.domain},
            {"message", {{"token", event.token}}},
            {"failure",
             {{"recipient", event.recipient},
              {"action", event.action},
              {"status", event.status},
              {"diagnostic", event.diagnostic},
              {"matched_by", event.matched_by}}}};
}

}  // namespace

std::string json_of(const std::vector<store::Event>& events) {
    auto out = Json::array();
    for (const auto& event : events) out.push_back(document_of(event));
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace crmrelay::ctl
