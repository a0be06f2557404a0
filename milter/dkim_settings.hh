// SPDX-License-Identifier: BSD-2-Clause
//
// What DKIM needs of one configuration: the library's handle, the keys, who signs with which. It is built whole and never changes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "conf/config.hh"
#include "milter/dkim.hh"
#include "milter/dkim_keys.hh"
#include "milter/signed_names.hh"

namespace crmrelay::milter {

struct DkimSettings {
    DkimLibrary library;
    conf::Config config;
    bool verifies = false;                                              // some domain requires `dkim` or signs what has no signature
    std::map<std::string, std::vector<DkimKey>, std::less<>> signing;   // by the entry's name
    Names organisations;                                                // the last two labels of every name of the configuration
    KeySource keys;

    // Whether a signature by this domain can be aligned with a name of the configuration (RFC 7489 section 3.1.1): it shares its last two labels
    // with one of them. The decision is policyd's; this spares look-ups.
    bool may_align(std::string_view domain) const;
};

// A domain's keys sign where it has some and `sign` is not "never".
bool signs(const conf::Domain& domain);
bool wants_verification(const conf::Domain& domain);

// Null where no domain needs DKIM. `problems`: one for each key file that cannot be used; the result does not serve then.
struct LoadedDkim {
    std::shared_ptr<const DkimSettings> settings;
    std::vector<std::string> problems;
};
LoadedDkim load_dkim(const conf::Config& config);
// With another source of public keys than DNS.
LoadedDkim load_dkim(const conf::Config& config, KeySource keys);

}  // namespace crmrelay::milter
