// SPDX-License-Identifier: BSD-2-Clause
//
// CRM presets: what a vendor's pages say about how its CRM sends, a file a vendor (crm/NAME.toml). A preset is data: a domain's own keys
// override it. It decides nothing and looks nothing up.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hh"

namespace crmrelay::conf {

// Where a fact is from. At least one of both is there.
struct FactSource {
    std::vector<std::string> pages;   // https URLs of the vendor
    std::string observed;             // what real mail showed where no page says so; else empty

    bool operator==(const FactSource&) const = default;
};

// What is not known is empty or absent.
struct Preset {
    std::string key;                                 // the file's name without ".toml": what `crm = "…"` says
    std::string name;                                // the vendor's or product's name
    std::vector<std::string> networks;               // as in a domain's `networks`: "spf:NAME" or a prefix
    std::string tenant_header;                       // the field whose value tells the vendor's customers apart
    std::vector<int> ports;                          // of a relay host, as the vendor offers them
    std::vector<std::pair<int, int>> port_ranges;    // and those from the first to the second
    std::vector<std::string> return_path_patterns;   // of its envelope senders; "*" stands for anything
    std::optional<bool> fallback;                    // whether it sends by its own servers where a relay refuses; absent: no page says
    std::vector<std::string> headers;                // fields worth keeping in the record
    std::vector<std::string> remove_headers;         // fields that tell outsiders about the relay
    std::string notes;
    std::map<std::string, FactSource, std::less<>> sources;   // by the fact's key in the file

    bool offers(int port) const;
    std::vector<std::string> port_texts() const;     // "25", "1024-65535"
};

// The presets' names in the order of the alphabet: NAME of each NAME.toml. An error where the folder cannot be read.
base::Result<std::vector<std::string>> preset_names(const std::string& folder);

// FOLDER/NAME.toml. An error names the presets that there are, or the file, line and column of what is wrong.
base::Result<Preset> load_preset(const std::string& folder, std::string_view name);

// A preset from a file's text; `file` is what errors call it. An error holds every problem, each with its place.
base::Result<Preset> parse_preset(std::string_view text, const std::string& file, std::string_view name);

}  // namespace crmrelay::conf
