// SPDX-License-Identifier: BSD-2-Clause
//
// Reads and writes the file of former values; it is replaced as a whole.
#include "ctl/postfix_saved.hh"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "ctl/replace_file.hh"
#include "ctl/postfix_value.hh"

namespace crmrelay::ctl {

namespace {

using Kind = Change::Kind;
using Json = nlohmann::json;

constexpr std::pair<Kind, const char*> kKinds[] = {
    {Kind::items, "items"},     {Kind::milter, "milter"},   {Kind::policy, "policy"}, {Kind::value, "value"},
    {Kind::service, "service"}, {Kind::service_policy, "service-policy"}, {Kind::service_milter, "service-milter"},
};

std::string path_in(const std::string& directory) { return directory + "/" + kSavedName; }

Json json_of(const Change& change) {
    const auto* const kind = std::ranges::find(kKinds, change.kind, &std::pair<Kind, const char*>::first);
    return {{"kind", kind->second},
            {"name", change.name},
            {"former", change.former ? Json(*change.former) : Json()},
            {"value", change.value},
            {"ours", change.ours}};
}

Change change_of(const Json& json) {
    const auto name = json.at("kind").get<std::string>();
    const auto* const kind = std::ranges::find(kKinds, name, [](const auto& pair) { return std::string_view(pair.second); });
    if (kind == std::end(kKinds)) throw std::runtime_error("an unknown kind");
    Change out{kind->first, json.at("name"), std::nullopt, json.at("value"), json.at("ours")};
    if (const auto& former = json.at("former"); !former.is_null()) out.former = former.get<std::string>();
    return out;
}

}  // namespace

std::string saved_text(const std::vector<Change>& changes) {
    auto out = Json::array();
    for (const auto& change : changes) out.push_back(json_of(change));
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

base::Result<std::vector<Change>> parse_saved(std::string_view text) {
    try {
        std::vector<Change> out;
        for (const auto& json : Json::parse(text)) out.push_back(change_of(json));
        return out;
    } catch (const std::exception& e) {
        return base::Error{e.what()};
    }
}

std::vector<Change> merged(std::vector<Change> saved, const std::vector<Change>& applied) {
    for (const auto& change : applied) {
        const auto present = std::ranges::find_if(saved, [&](const Change& s) { return s.name == change.name && s.kind == change.kind; });
        if (present == saved.end()) {
            saved.push_back(change);
            continue;
        }
        present->value = change.value;
        for (const auto& item : change.ours)
            if (std::ranges::find(present->ours, item) == present->ours.end()) present->ours.push_back(item);
    }
    return saved;
}

std::vector<Change> read_saved(const std::string& directory) {
    const auto path = path_in(directory);
    if (::access(path.c_str(), F_OK) != 0) return {};
    auto changes = parse_saved(read_file(path));
    if (!changes) throw std::runtime_error(fmt::format("{}: this is not what --apply wrote: {}", path, changes.error()));
    return std::move(*changes);
}

void write_saved(const std::string& directory, const std::vector<Change>& changes) {
    const auto path = path_in(directory);
    if (changes.empty()) ::unlink(path.c_str());
    else replace_file(path, saved_text(changes), {0644, std::nullopt, std::nullopt});
}

}  // namespace crmrelay::ctl
