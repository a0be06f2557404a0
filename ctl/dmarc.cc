// SPDX-License-Identifier: BSD-2-Clause
//
// Reads the tags that matter (section 6.3), and compares names.
#include "ctl/dmarc.hh"

#include "base/public_suffix.hh"
#include "base/text.hh"

namespace crmrelay::ctl {

namespace {

std::optional<DmarcRecord> read(std::string_view text) {
    DmarcRecord out;
    bool first = true;
    for (const auto tag : base::split(text, ';')) {
        const auto equals = tag.find('=');
        const auto name = base::trim(tag.substr(0, equals));
        const auto value = equals == std::string_view::npos ? std::string_view() : base::trim(tag.substr(equals + 1));
        if (first && !(name == "v" && value == "DMARC1")) return std::nullopt;
        first = false;
        if (base::iequals(name, "p")) out.policy = base::lower(value);
        if (base::iequals(name, "aspf")) out.strict_spf = base::iequals(value, "s");
        if (base::iequals(name, "adkim")) out.strict_dkim = base::iequals(value, "s");
    }
    if (out.policy != "quarantine" && out.policy != "reject") out.policy = "none";
    return out;
}

}  // namespace

std::optional<DmarcRecord> dmarc_record(const std::vector<std::string>& texts) {
    std::optional<DmarcRecord> out;
    for (const auto& text : texts) {
        auto record = read(text);
        if (!record) continue;
        if (out) return std::nullopt;
        out = std::move(record);
    }
    return out;
}

bool aligned(std::string_view domain, std::string_view from_domain, bool strict) {
    if (base::iequals(domain, from_domain)) return true;
    if (strict) return false;
    const auto one = base::organisational_domain(domain);
    return !one.empty() && one == base::organisational_domain(from_domain);
}

}  // namespace crmrelay::ctl
