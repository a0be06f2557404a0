// SPDX-License-Identifier: BSD-2-Clause
//
// Times as people read them, with the zone that they are of.
#include "report/wording.hh"

namespace crmrelay::report {

std::string Wording::time(base::Seconds at) const {
    const auto text = zone.rfc3339(at);
    return fmt::format("{} {} ({})", text.substr(0, 10), text.substr(11, 8), zone.name());
}

std::string Wording::time(std::string_view rfc3339) const {
    const auto at = base::from_rfc3339(rfc3339);
    return at ? time(*at) : std::string(rfc3339);
}

std::string Wording::date(base::Day day) const { return base::rfc3339(base::Seconds{day} * 86400).substr(0, 10); }

Wording wording_of(const conf::Domain* domain) { return domain ? Wording{base::Translation(domain->language), domain->timezone} : Wording{}; }

}  // namespace crmrelay::report
