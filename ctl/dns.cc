// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl dns: the records to publish for a configured domain, in the form of a zone file. It publishes nothing.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "conf/names.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/dns_records.hh"
#include "ctl/open.hh"
#include "ctl/process.hh"

namespace crmrelay::ctl {

namespace {

using Json = nlohmann::ordered_json;

// What Postfix says of itself, `mx` in the place of its name where that is given; and on standard error what it does not say.
MailHost mail_host(const std::string& mx, const std::string& directory) {
    MailHost out;
    std::vector<std::string> words{"postconf"};
    if (!directory.empty()) words.insert(words.end(), {"-c", directory});
    words.insert(words.end(), {"-xh", "myhostname", "smtp_bind_address", "smtp_bind_address6", "relayhost"});
    const auto ran = run(words);
    const auto lines = base::split(ran.out, '\n');
    if (ran.status == 0 && lines.size() >= 4) {
        out.name = base::lower(base::trim(lines[0]));
        for (const auto address : {base::trim(lines[1]), base::trim(lines[2])})
            if (!address.empty()) out.addresses.emplace_back(address);
        out.relayhost = !base::trim(lines[3]).empty();
    }
    if (!mx.empty()) out.name = mx;
    else if (ran.status != 0) fmt::print(stderr, "crmrelayctl dns: Postfix cannot be asked for its name: --mx HOST says it\n");
    else if (out.name.find('.') == std::string::npos || !conf::parse_domain(out.name)) {
        fmt::print(stderr, "crmrelayctl dns: Postfix's myhostname \"{}\" is no name that others find: --mx HOST says it\n", base::neuter(out.name, 253));
        out.name.clear();
    }
    return out;
}

Json json_of(const DnsRecord& record) {
    Json out{{"name", record.name}, {"type", record.type}, {"value", record.value}, {"merge", record.merge}, {"notes", record.notes}};
    if (record.type == "TXT") out["strings"] = txt_strings(record.value);
    return out;
}

void print_zone(const std::vector<DnsRecord>& records) {
    bool first = true;
    for (const auto& record : records) {
        fmt::print("{}{}", first ? "" : "\n", zone_lines(record));
        first = false;
    }
}

}  // namespace

int dns(const Arguments& arguments) {
    std::string name, mx, postfix_directory;
    Cli cli("dns", "Prints the DNS records to publish for a domain: of its bounce domain, its DKIM keys, DMARC. Lines that begin with \";\" are to be read first.");
    cli.json()
        .positional("DOMAIN", name, "a domain of the configuration", true)
        .value("--mx", mx, "HOST: this server's name, where it is not Postfix's myhostname")
        .value("--postfix-config", postfix_directory, "DIR: where Postfix's main.cf is");
    if (const auto status = cli.parse(arguments)) return *status;
    if (!mx.empty()) {
        const auto parsed = conf::parse_domain(mx);
        if (!parsed) {
            fmt::print(stderr, "crmrelayctl dns: --mx: {}\n", parsed.error());
            return kUsage;
        }
        mx = *parsed;
    }
    const auto config = open_config(cli.config_file());
    if (!config) return kWrong;
    name = base::lower(name);
    if (!is_domain(*config, name)) return kWrong;
    const auto& domain = *std::ranges::find(config->domains, name, &conf::Domain::name);

    int status = kFine;
    std::vector<DnsKey> keys;
    if (domain.dkim)
        for (const auto& each : domain.dkim->keys) {
            const auto key = read_dkim_key(each.path);
            if (key) {
                keys.push_back({each.selector, *key});
                continue;
            }
            fmt::print(stderr, "crmrelayctl dns: {}\n", key.error());
            status = kWrong;
        }
    MailHost host;
    if (domain.return_path) {
        host = mail_host(mx, postfix_directory);
        if (host.name.empty()) status = kWrong;
    }
    const auto records = dns_records(domain, host, keys);
    if (!cli.wants_json()) {
        print_zone(records);
        return status;
    }
    Json out{{"domain", domain.name}, {"records", Json::array()}};
    for (const auto& record : records) out["records"].push_back(json_of(record));
    fmt::print("{}\n", out.dump(2, ' ', false, Json::error_handler_t::replace));
    return status;
}

}  // namespace crmrelay::ctl
