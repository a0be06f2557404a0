// SPDX-License-Identifier: BSD-2-Clause
//
// What the world's DNS says of a domain and its bounce domain: do bounces come here, does SPF pass what leaves from here, does DMARC hold? The SPF record is
// evaluated by libspf2 in a child process of policyd's user, as policyd itself would.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "base/dns_query.hh"
#include "base/fd.hh"
#include "base/public_suffix.hh"
#include "base/text.hh"
#include "ctl/dmarc.hh"
#include "ctl/doctor_parts.hh"
#include "ctl/postfix_value.hh"
#include "ctl/process.hh"
#include "policy/spf_query.hh"

namespace crmrelay::ctl {

namespace {

using base::DnsAnswer, base::DnsType, base::IpAddress;

constexpr std::chrono::seconds kPatience{6};
constexpr const char* kSomewhere = "192.0.2.1";   // RFC 5737: which address the kernel would take to leave; nothing is sent there

base::DnsBudget budget() { return {std::chrono::steady_clock::now() + kPatience}; }

std::optional<IpAddress> from_octets(const std::string& octets) {
    char text[INET6_ADDRSTRLEN];
    if (!::inet_ntop(octets.size() == 4 ? AF_INET : AF_INET6, octets.data(), text, sizeof text)) return std::nullopt;
    const auto parsed = IpAddress::parse(text);
    return parsed ? std::optional(*parsed) : std::nullopt;
}

std::optional<IpAddress> from_socket(const sockaddr* address) {
    if (address && address->sa_family == AF_INET)
        return from_octets({reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr), 4});
    if (address && address->sa_family == AF_INET6)
        return from_octets({reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr), 16});
    return std::nullopt;
}

bool is_private(const IpAddress& address) {
    for (const char* const prefix : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1"})
        if (base::Prefix::parse(prefix)->contains(address)) return true;
    return false;
}

// Those of the host's interfaces, and those that Postfix says are in front of it.
std::set<IpAddress> own_addresses(const PostfixState& state) {
    std::set<IpAddress> out;
    ifaddrs* all = nullptr;
    if (::getifaddrs(&all) == 0) {
        for (const auto* each = all; each; each = each->ifa_next)
            if (const auto address = from_socket(each->ifa_addr)) out.insert(*address);
        ::freeifaddrs(all);
    }
    for (const char* const parameter : {"inet_interfaces", "proxy_interfaces"})
        for (const auto item : items_of(state.expanded.at(parameter)))
            if (const auto address = IpAddress::parse(item)) out.insert(*address);
    return out;
}

std::optional<IpAddress> kernels_choice() {
    const base::Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(25);
    ::inet_pton(AF_INET, kSomewhere, &to.sin_addr);
    sockaddr_in own{};
    socklen_t length = sizeof own;
    if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return std::nullopt;
    if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own), &length) != 0) return std::nullopt;
    return from_socket(reinterpret_cast<const sockaddr*>(&own));
}

class Dns {
public:
    Dns(const Examination& about, const conf::Domain& domain)
        : tr(about.scene.tr), about_(about), domain_(domain), state_(*about.scene.state), client_(about.scene.config.service.resolvers),
          host_(base::lower(state_.expanded.at("myhostname"))), publish_(tr("publish what `{command}` prints", "command"_a = about.scene.mend.dns(domain.name))) {}

    Findings look() {
        if (domain_.return_path) {
            look_at_mx(domain_.return_path->domain);
            look_at_spf(domain_.return_path->domain);
        }
        std::set<std::string> names{domain_.name};
        for (const auto& also : domain_.also)
            if (!also.starts_with('.')) names.insert(also);
        for (const auto& name : names)
            if (!silent_) look_at_dmarc(name);
        return std::move(out_);
    }

private:
    void say(Level level, std::string what, std::string mend = {}) { out_.push_back({level, std::move(what), std::move(mend), domain_.name}); }

    // False where the DNS cannot be asked: further questions of this domain would take their seconds, too.
    bool ask(const std::string& name, DnsType type, DnsAnswer& into) {
        into = client_.ask(name, type, budget());
        if (into.outcome != DnsAnswer::Outcome::temporary) return true;
        if (!silent_) say(Level::warn, tr("the DNS cannot be asked for {name}: {error}", "name"_a = name, "error"_a = into.error), tr("see [service] resolver"));
        silent_ = true;
        return false;
    }

    std::vector<IpAddress> addresses_of(const std::string& name) {
        std::vector<IpAddress> out;
        for (const auto type : {DnsType::a, DnsType::aaaa}) {
            DnsAnswer answer;
            if (silent_ || !ask(name, type, answer)) break;
            for (const auto& record : answer.records)
                if (const auto address = from_octets(record)) out.push_back(*address);
        }
        return out;
    }

    bool is_here(const std::string& host, const std::set<IpAddress>& own) {
        if (base::lower(host) == host_) return true;
        return std::ranges::any_of(addresses_of(host), [&](const IpAddress& address) { return own.contains(address); });
    }

    // A domain with mailboxes may take its mail elsewhere and have it brought here.
    void look_at_mx(const std::string& name) {
        DnsAnswer answer;
        if (!ask(name, DnsType::mx, answer)) return;
        const auto named = "name"_a = name;
        const auto own = own_addresses(state_);
        auto hosts = answer.records;
        if (hosts.empty()) {
            if (!addresses_of(name).empty()) hosts.push_back(name);   // RFC 5321 section 5.1
            else if (!silent_) return say(Level::fail, tr("MX {name}: the DNS has no MX record and no address, bounces never come home", named), publish_);
        }
        const auto shown = "hosts"_a = fmt::format("{}", fmt::join(hosts, ", "));
        const bool here = std::ranges::any_of(hosts, [&](const std::string& host) { return is_here(host, own); });
        if (here) return say(Level::ok, tr("MX {name}: mail goes to {hosts}, which is this host", named, shown));
        if (silent_) return;
        if (!domain_.return_path->prefix.empty())
            return say(Level::warn, tr("MX {name}: mail goes to {hosts}, not to this host ({host}): bounces must be passed on from there", named, shown, "host"_a = host_), publish_);
        say(Level::fail, tr("MX {name}: mail goes to {hosts}, not to this host ({host}): bounces never come home", named, shown, "host"_a = host_), publish_);
    }

    // Where mail leaves from, as others see it.
    std::vector<IpAddress> outgoing_addresses() {
        std::vector<IpAddress> out;
        for (const char* const parameter : {"smtp_bind_address", "smtp_bind_address6", "proxy_interfaces"}) {
            for (const auto item : items_of(state_.expanded.at(parameter)))
                if (const auto address = IpAddress::parse(item)) out.push_back(*address);
            if (parameter == std::string_view("smtp_bind_address6") && !out.empty()) return out;
        }
        if (!out.empty()) return out;
        if (const auto chosen = kernels_choice(); chosen && !is_private(*chosen)) return {*chosen};
        return addresses_of(host_);   // behind a translating router
    }

    void look_at_spf(const std::string& name) {
        if (silent_) return;
        const auto named = "name"_a = name;
        if (const auto& relayhost = state_.expanded.at("relayhost"); !relayhost.empty())
            return say(Level::ok, tr("SPF {name}: mail leaves through relayhost {host}, whose addresses it must pass: these are not known here", named, "host"_a = relayhost));
        const auto outgoing = outgoing_addresses();
        if (silent_) return;
        if (outgoing.empty())
            return say(Level::warn, tr("SPF {name}: from which address mail leaves is not known: {host} has none in the DNS", named, "host"_a = host_), tr("publish an address record of {host}", "host"_a = host_));
        for (const auto& address : outgoing) say_spf(name, address);
    }

    void say_spf(const std::string& name, const IpAddress& address) {
        using Verdict = policy::SpfAnswer::Verdict;
        policy::SpfQuery query([this](const std::string& host, DnsType type, const base::DnsBudget& left) { return client_.ask(host, type, left); }, budget());
        const auto answer = query.evaluate(address, name);
        const auto named = "name"_a = name;
        const auto from = "address"_a = address.text();
        const auto error = "error"_a = answer.error;
        switch (answer.verdict) {
            case Verdict::pass: return say(Level::ok, tr("SPF {name}: its record passes {address}, from where mail leaves", named, from));
            case Verdict::not_pass: return say(Level::fail, tr("SPF {name}: its record does not pass {address}, from where mail leaves", named, from), publish_);
            case Verdict::no_record: return say(Level::fail, tr("SPF {name}: the DNS has no record, receivers cannot tell who may send for it", named), publish_);
            case Verdict::broken: return say(Level::fail, tr("SPF {name}: its record is broken: {error}", named, error), publish_);
            case Verdict::temporary: return say(Level::warn, tr("SPF {name}: cannot be looked up: {error}", named, error), tr("see [service] resolver"));
        }
    }

    // The name's own record, else its organisational domain's (RFC 7489 section 6.6.3).
    std::optional<DmarcRecord> dmarc_of(const std::string& name) {
        const auto organisation = base::organisational_domain(name);
        for (const auto& from : {name, organisation}) {
            DnsAnswer answer;
            if (from.empty()) continue;
            if (!ask("_dmarc." + from, DnsType::txt, answer)) return std::nullopt;
            if (auto record = dmarc_record(answer.records)) return record;
            if (organisation == name) break;
        }
        return std::nullopt;
    }

    void look_at_dmarc(const std::string& name) {
        const auto record = dmarc_of(name);
        if (silent_) return;
        const auto named = "name"_a = name;
        const DmarcRecord asked = record.value_or(DmarcRecord{"none"});
        const bool by_spf = domain_.return_path && domain_.bounces.to != conf::Bounces::To::keep && aligned(domain_.return_path->domain, name, asked.strict_spf);
        const bool signs = domain_.dkim && domain_.dkim->sign != conf::DkimSigning::Sign::never;
        const auto signing = signs && !domain_.dkim->domain.empty() ? domain_.dkim->domain : domain_.name;
        const bool by_dkim = signs && aligned(signing, name, asked.strict_dkim);
        const auto policy = "policy"_a = asked.policy;
        if (!by_spf && !by_dkim) {
            const auto words = tr("DMARC {name} (p={policy}): neither the return path nor a signature of ours aligns, mail rests on the CRM's own signature", named, policy);
            return say(asked.policy == "none" ? Level::warn : Level::fail, words,
                       tr("give {domain} a return_path below its own domain, or dkim with a key for {name}", "domain"_a = domain_.name, named));
        }
        if (!record) return say(Level::warn, tr("DMARC {name}: the DNS has no record", named), publish_);
        const auto by = by_spf && by_dkim ? tr("return path and signature align") : by_spf ? tr("the return path aligns") : tr("the signature aligns");
        say(Level::ok, tr("DMARC {name} (p={policy}): {by}", named, policy, "by"_a = by));
    }

    const Words& tr;
    const Examination& about_;
    const conf::Domain& domain_;
    const PostfixState& state_;
    base::DnsClient client_;
    const std::string host_, publish_;
    bool silent_ = false;
    Findings out_;
};

}  // namespace

Findings doctor_dns(const Examination& about) {
    Findings out;
    if (!about.scene.state) return out;
    for (const auto* domain : about.domains)
        for (auto& finding : as_user(about.scene.config.service.user.policyd, [&] { return Dns(about, *domain).look(); })) out.push_back(std::move(finding));
    return out;
}

}  // namespace crmrelay::ctl
