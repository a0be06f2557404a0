// SPDX-License-Identifier: BSD-2-Clause
//
// Do the "spf:" names answer, and do a domain's networks hold the clients that came last? libspf2 evaluates in a child process of policyd's user, which
// holds no key and is not root.
#include <algorithm>
#include <chrono>
#include <optional>

#include "base/dns_query.hh"
#include "ctl/doctor_parts.hh"
#include "ctl/process.hh"
#include "policy/spf_query.hh"

namespace crmrelay::ctl {

namespace {

constexpr std::chrono::seconds kPatience{8};
constexpr const char* kSomebody = "192.0.2.1";   // of TEST-NET-1 (RFC 5737), where no client came yet
constexpr base::Seconds kFailsLong = 600;

bool asks_for_network(const conf::Domain& domain) {
    return std::ranges::any_of(domain.require, [](const conf::EvidenceSet& set) { return set.contains(conf::Evidence::network); });
}

std::string age_of(const Words& tr, base::Seconds seconds) {
    if (seconds < 7200) return tr.plural("{count} minute", "{count} minutes", static_cast<long>(seconds / 60));
    return tr.plural("{count} hour", "{count} hours", static_cast<long>(seconds / 3600));
}

class Networks {
public:
    Networks(const Examination& about, const conf::Domain& domain) : tr(about.scene.tr), about_(about), domain_(domain), resolver_(about.scene.config.service.resolvers) {}

    void look_at_names(const std::vector<store::SpfName>& known, const std::string& client) {
        for (const auto& name : domain_.spf_networks) {
            const auto at = std::ranges::find(known, name, &store::SpfName::name);
            look_at_name(name, at == known.end() ? nullptr : &*at, client);
        }
    }

    bool holds(const std::string& client) {
        const auto address = base::IpAddress::parse(client);
        if (!address) return false;
        if (std::ranges::any_of(domain_.networks, [&](const base::Prefix& prefix) { return prefix.contains(*address); })) return true;
        return std::ranges::any_of(domain_.spf_networks, [&](const std::string& name) { return evaluate(name, *address).verdict == policy::SpfAnswer::Verdict::pass; });
    }

    Findings take() { return std::move(out_); }
    void say(Level level, std::string what, std::string mend = {}) { out_.push_back({level, std::move(what), std::move(mend), domain_.name}); }

private:
    policy::SpfAnswer evaluate(const std::string& name, const base::IpAddress& client) {
        const base::DnsBudget budget{std::chrono::steady_clock::now() + kPatience};
        policy::SpfQuery query([this](const std::string& host, base::DnsType type, const base::DnsBudget& left) { return resolver_.ask(host, type, left); }, budget);
        return query.evaluate(client, name);
    }

    void look_at_name(const std::string& name, const store::SpfName* known, const std::string& client) {
        using Verdict = policy::SpfAnswer::Verdict;
        const auto named = "name"_a = "spf:" + name;
        if (known && known->refused)
            return say(Level::fail, tr("{name} passes everyone, and is not used", named), tr("take it out of `networks` of {domain}, or name the CRM's own record", "domain"_a = domain_.name));
        const auto answer = evaluate(name, *base::IpAddress::parse(client.empty() ? kSomebody : client));
        const auto error = "error"_a = answer.error;
        const auto dig = tr("ask the DNS: {command}", "command"_a = "dig +short TXT " + name);
        if (answer.verdict == Verdict::no_record || answer.verdict == Verdict::broken) return say(Level::fail, tr("{name} holds nobody: {error}", named, error), dig);
        const auto answered = known ? known->answered_at : 0;
        const auto age = "age"_a = answered == 0 ? std::string() : age_of(tr, about_.now - answered);
        if (answer.verdict == Verdict::temporary) {
            if (answered == 0) return say(Level::fail, tr("{name} does not resolve, and never did: {error}", named, error), dig);
            return say(Level::warn, tr("{name} does not resolve now: {error}; policyd goes by its last good answer, {age} old", named, error, age), dig);
        }
        if (known && known->failing_since != 0 && about_.now - known->failing_since > kFailsLong)
            return say(Level::warn, tr("{name} resolves here, but policyd's look-ups fail since {time}: {error}", named, "time"_a = base::rfc3339(known->failing_since), "error"_a = known->last_error),
                       tr("see [service] resolver"));
        if (answered == 0) say(Level::ok, tr("{name} resolves; policyd has not asked it yet", named));
        else say(Level::ok, tr("{name} resolves; policyd's last good answer is {age} old", named, age));
    }

    const Words& tr;
    const Examination& about_;
    const conf::Domain& domain_;
    base::DnsClient resolver_;
    Findings out_;
};

// The last that was relayed should still be inside; the last that was refused for its network is either a stranger or a new server of the CRM.
void look_at_clients(Networks& networks, const Examination& about, const conf::Domain& domain, const std::optional<store::Message>& relayed, const std::optional<store::Refusal>& refusal) {
    const auto& tr = about.scene.tr;
    const auto named = "domain"_a = domain.name;
    const auto wider = tr("add it to `networks` of {domain} in {file}, where it is the CRM's", named, "file"_a = about.scene.file);
    if (relayed && !relayed->client.empty()) {
        const auto client = "client"_a = relayed->client;
        const auto time = "time"_a = base::rfc3339(relayed->relayed_at);
        if (networks.holds(relayed->client)) networks.say(Level::ok, tr("the client relayed for last, {client} at {time}, is in the networks of {domain}", client, time, named));
        else networks.say(Level::warn, tr("the client relayed for last, {client} at {time}, is not in the networks of {domain}", client, time, named), wider);
    }
    if (!refusal || refusal->reason != "network" || refusal->observed || (relayed && relayed->relayed_at > refusal->time)) return;
    const auto client = "client"_a = refusal->client;
    const auto time = "time"_a = base::rfc3339(refusal->time);
    if (networks.holds(refusal->client)) networks.say(Level::ok, tr("the client refused last, {client} at {time}, is in the networks of {domain} now", client, time, named));
    else networks.say(Level::warn, tr("the client refused last, {client} at {time}, is not in the networks of {domain}", client, time, named), wider);
}

}  // namespace

bool known_inside(const conf::Domain& domain, const std::string& client, const std::vector<store::SpfVerdict>& verdicts) {
    const auto address = base::IpAddress::parse(client);
    if (!address) return false;
    if (std::ranges::any_of(domain.networks, [&](const base::Prefix& prefix) { return prefix.contains(*address); })) return true;
    return std::ranges::any_of(verdicts, [&](const store::SpfVerdict& verdict) {
        return verdict.passed && verdict.client == client && std::ranges::find(domain.spf_networks, verdict.name) != domain.spf_networks.end();
    });
}

Findings doctor_networks(const Examination& about) {
    Findings out;
    const auto known = about.store ? about.store->spf_names() : std::vector<store::SpfName>();
    for (const auto* domain : about.domains) {
        if (!asks_for_network(*domain)) continue;
        const auto relayed = about.store ? about.store->last_relayed(domain->name) : std::nullopt;
        const auto refusal = about.store ? about.store->last_refusal(domain->name) : std::nullopt;
        auto found = as_user(about.scene.config.service.user.policyd, [&] {
            Networks networks(about, *domain);
            networks.look_at_names(known, relayed ? relayed->client : "");
            look_at_clients(networks, about, *domain, relayed, refusal);
            return networks.take();
        });
        for (auto& finding : found) out.push_back(std::move(finding));
    }
    return out;
}

}  // namespace crmrelay::ctl
