// SPDX-License-Identifier: BSD-2-Clause
//
// nlohmann's JSON behind a few questions.
#include "report/event_document.hh"

#include <nlohmann/json.hpp>

#include "base/clock.hh"

namespace crmrelay::report {

using Json = nlohmann::json;

struct EventDocument::Parsed {
    Json root;
    const Json& at(const char* pointer) const { return root.at(Json::json_pointer(pointer)); }
};

namespace {

std::string said(const Json& object, const char* key) {
    const auto at = object.find(key);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

store::Failure failure_of(const Json& object) {
    return {base::from_rfc3339(said(object, "time")).value_or(0), said(object, "reason"), said(object, "text"), said(object, "client"), said(object, "login"), said(object, "queue_id")};
}

}  // namespace

EventDocument::EventDocument(std::string_view document) : parsed_(std::make_unique<const Parsed>(Parsed{Json::parse(document)})) {}
EventDocument::~EventDocument() = default;

std::string EventDocument::text(const char* pointer) const {
    const Json::json_pointer at(pointer);
    return parsed_->root.contains(at) && parsed_->root.at(at).is_string() ? parsed_->root.at(at).get<std::string>() : std::string();
}

std::int64_t EventDocument::number(const char* pointer) const { return parsed_->at(pointer).get<std::int64_t>(); }
bool EventDocument::flag(const char* pointer) const { return parsed_->at(pointer).get<bool>(); }
store::Failure EventDocument::failure(const char* pointer) const { return failure_of(parsed_->at(pointer)); }

std::vector<store::Failure> EventDocument::failures(const char* pointer) const {
    std::vector<store::Failure> out;
    for (const auto& each : parsed_->at(pointer)) out.push_back(failure_of(each));
    return out;
}

}  // namespace crmrelay::report
