// SPDX-License-Identifier: BSD-2-Clause
//
// Makes the records: MX and SPF of the bounce domain (RFC 7208), DKIM keys (RFC 6376), DMARC (RFC 7489).
#include "ctl/dns_records.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"

namespace crmrelay::ctl {

namespace {

bool is_within(std::string_view name, std::string_view domain) {
    return name == domain || (name.size() > domain.size() && name.ends_with(domain) && name[name.size() - domain.size() - 1] == '.');
}

// The bounce domain is one that people's mail goes to: it has an MX and an SPF record of its own.
bool has_mailboxes(const conf::Domain& domain, std::string_view bounce_domain) {
    return bounce_domain == domain.name || std::ranges::find(domain.also, bounce_domain) != domain.also.end();
}

std::string spf_of(const MailHost& host) {
    std::string out = "v=spf1 mx";
    for (const auto& address : host.addresses) out += fmt::format(" {}:{}", address.find(':') == std::string::npos ? "ip4" : "ip6", address);
    return out + " -all";
}

void add_bounce_domain(std::vector<DnsRecord>& out, const conf::Domain& domain, const MailHost& host) {
    if (!domain.return_path || host.name.empty()) return;
    const auto& name = domain.return_path->domain;
    const bool merge = has_mailboxes(domain, name);
    DnsRecord mx{name, "MX", fmt::format("10 {}.", host.name), merge, {}};
    mx.notes.push_back(merge ? fmt::format("{} takes other mail, too: mail to {} must reach this server, directly or by its present MX", name,
                                           domain.return_path->address("{token}"))
                             : "where reports of failed delivery come to");
    DnsRecord spf{name, "TXT", spf_of(host), merge, {}};
    if (merge) spf.notes.push_back(fmt::format("{} has a record in all likelihood, and may have only one: it must pass this server", name));
    spf.notes.push_back(fmt::format("takes for granted that mail leaves from the addresses of {}", host.name));
    if (host.relayhost) spf.notes.push_back("and relayhost is set in Postfix: that server's addresses must pass, too");
    if (!is_within(name, domain.name)) spf.notes.push_back(fmt::format("SPF of {} does not align with {}: DMARC then rests on DKIM", name, domain.name));
    out.push_back(std::move(mx));
    out.push_back(std::move(spf));
}

void add_keys(std::vector<DnsRecord>& out, const conf::Domain& domain, const std::vector<DnsKey>& keys) {
    const auto& signing = domain.dkim && !domain.dkim->domain.empty() ? domain.dkim->domain : domain.name;
    for (const auto& [selector, key] : keys) {
        DnsRecord record{fmt::format("{}._domainkey.{}", selector, signing), "TXT", key.record(), false, {}};
        record.notes.push_back(fmt::format("DKIM key, {}", key.type == "rsa" ? fmt::format("RSA, {} bits", key.bits) : std::string("Ed25519")));
        for (const auto& also : domain.also)
            if (!is_within(also.starts_with('.') ? also.substr(1) : also, signing))
                record.notes.push_back(fmt::format("it does not align with From addresses of {}", also));
        out.push_back(std::move(record));
    }
}

void add_dmarc(std::vector<DnsRecord>& out, const conf::Domain& domain) {
    DnsRecord record{"_dmarc." + domain.name, "TXT", "v=DMARC1; p=none", true, {}};
    // Reports to another domain need a record of that domain (RFC 7489 section 7.1).
    const auto own = std::ranges::find_if(domain.admins, [&](const std::string& admin) { return is_within(admin.substr(admin.rfind('@') + 1), domain.name); });
    if (own != domain.admins.end()) record.value += "; rua=mailto:" + *own;
    record.notes.push_back("where none is published yet: reports first (p=none), then p=quarantine or p=reject");
    out.push_back(std::move(record));
}

}  // namespace

std::vector<DnsRecord> dns_records(const conf::Domain& domain, const MailHost& host, const std::vector<DnsKey>& keys) {
    std::vector<DnsRecord> out;
    add_bounce_domain(out, domain, host);
    add_keys(out, domain, keys);
    add_dmarc(out, domain);
    return out;
}

std::string zone_lines(const DnsRecord& record) {
    std::string out;
    for (const auto& note : record.notes) out += fmt::format("; {}\n", base::neuter(note, 1000));
    std::string data = record.value;
    if (record.type == "TXT") {
        data.clear();
        const auto strings = txt_strings(record.value);
        for (const auto& string : strings) data += fmt::format("{}\"{}\"", data.empty() ? "" : " ", string);
        if (strings.size() > 1) data = fmt::format("( {} )", data);
    }
    return out + fmt::format("{}{}. IN {} {}\n", record.merge ? ";" : "", record.name, record.type, base::neuter(data, 4096));
}

}  // namespace crmrelay::ctl
