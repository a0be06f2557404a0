// SPDX-License-Identifier: BSD-2-Clause
//
// Readings as JSON.
#include "ctl/reading_json.hh"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/text.hh"

namespace crmrelay::ctl {

namespace {

using Json = nlohmann::ordered_json;

// What a reading calls unknown, JSON leaves empty.
std::string action_of(const bounce::Result& result) { return result.action == bounce::Action::unknown ? std::string() : std::string(bounce::name_of(result.action)); }

Json json_of(const bounce::Result& result, const std::string& message_id) {
    const auto& judgement = result.judgement;
    return {{"recipient", result.recipient},
            {"action", action_of(result)},
            {"status", result.status},
            {"code", result.code},
            {"diagnostic", result.diagnostic},
            {"remote_mta", result.remote_mta},
            {"reporting_mta", result.reporting_mta},
            {"date", result.date},
            {"reason", bounce::name_of(judgement.reason)},
            {"class", judgement.verdict},
            {"fault", judgement.fault},
            {"rule", judgement.rule},
            {"sure", judgement.sure},
            {"replycode", result.code > 0 ? std::to_string(result.code) : std::string()},   // as Sisimai calls it, for comparing
            {"messageid", message_id}};
}

}  // namespace

std::string json_line(std::string_view file, const std::vector<bounce::Reading>& readings) {
    const bounce::Reading none;
    const auto told = std::find_if(readings.begin(), readings.end(), [](const auto& reading) { return reading.kind != bounce::ReadingKind::none; });
    const bounce::Reading& first = told == readings.end() ? none : *told;
    Json line = {{"file", base::neuter(file, 4'096)}, {"kind", bounce::name_of(first.kind)}, {"reader", first.reader}, {"message_id", first.message_id}};
    if (!first.feedback_type.empty()) line["feedback_type"] = first.feedback_type;
    Json results = Json::array();
    bool truncated = false;
    for (const auto& reading : readings) {
        truncated = truncated || reading.truncated;
        for (const auto& result : reading.results) results.push_back(json_of(result, reading.message_id));
    }
    if (truncated) line["truncated"] = true;
    line["results"] = std::move(results);
    return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace crmrelay::ctl
