// SPDX-License-Identifier: BSD-2-Clause
//
// Reads [domain."…"] and [defaults] as they were written: every key may be absent, and each remembers its place. What holds between
// keys or between domains is for assemble.hh.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/config.hh"
#include "conf/evidence_reader.hh"
#include "conf/key_reader.hh"
#include "conf/suspend_reader.hh"

namespace crmrelay::conf {

struct DomainKeys {
    Maybe<std::string> crm;
    Maybe<Mode> mode;
    Maybe<std::vector<EvidenceSet>> require;
    Maybe<Networks> networks;
    Maybe<std::vector<std::string>> logins;
    Maybe<std::vector<Certificate>> certificates;
    Maybe<Tenant> tenant;
    Maybe<TlsVersion> tls_min;
    Maybe<Alignment> dkim_alignment;
    Maybe<DkimSigning> dkim;
    Maybe<std::string> archive;
    Maybe<Webhook> webhook;
    Maybe<Limits> limits;
    Maybe<Bounces> bounces;
    Maybe<ReturnPath> return_path;
    Maybe<std::vector<std::string>> headers;
    Maybe<std::vector<std::string>> remove_headers;
    Maybe<std::vector<std::string>> admins;
    Maybe<base::TimeZone> timezone;
    Maybe<std::string> language;
    Maybe<Digest> digest;
    Maybe<SuspendKeys> suspend;
};

struct DomainEntry {
    std::string name;
    Place place;   // of the name
    std::vector<Given<std::string>> also;
    DomainKeys keys;
};

// [defaults]
DomainKeys read_defaults(const Value& value);

// One table below [domain]; nothing where the name is none or no table stands there.
std::optional<DomainEntry> read_domain(std::string_view name, const Place& place, const Value& value, Problems& problems);

}  // namespace crmrelay::conf
