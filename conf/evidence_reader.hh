// SPDX-License-Identifier: BSD-2-Clause
//
// Reads the keys that say what a CRM's evidence is made of: networks, certificates, tenant, tls_min, dkim_alignment.
#pragma once

#include <string>
#include <vector>

#include "conf/config.hh"
#include "conf/key_reader.hh"

namespace crmrelay::conf {

// `networks`: prefixes, and the names of "spf:NAME" entries.
struct Networks {
    std::vector<base::Prefix> prefixes;
    std::vector<std::string> spf;

    bool empty() const { return prefixes.empty() && spf.empty(); }
};

// One entry of `networks`, added to `into`; the error says what to write instead.
base::Result<bool> add_network(std::string_view text, Networks& into);

// "sha256:AB:CD:…" in any case, with or without colons, or "subject:NAME".
base::Result<Certificate> parse_certificate(std::string_view text);

Maybe<Networks> read_networks(Table& table);
Maybe<std::vector<Certificate>> read_certificates(Table& table);
// `header` may be absent (and is empty then) where a preset names it.
Maybe<Tenant> read_tenant(Table& table);
Maybe<TlsVersion> read_tls_min(Table& table);
Maybe<Alignment> read_dkim_alignment(Table& table);

}  // namespace crmrelay::conf
