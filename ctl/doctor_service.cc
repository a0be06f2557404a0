// SPDX-License-Identifier: BSD-2-Clause
//
// Connects to each service that has crmrelay's milter, as the CRM does, and leaves again before MAIL.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <exception>

#include "base/crypto.hh"
#include "base/text.hh"
#include "ctl/doctor_parts.hh"
#include "ctl/master_ports.hh"
#include "ctl/postfix_value.hh"
#include "ctl/smtp_client.hh"

namespace crmrelay::ctl {

namespace {

constexpr base::Seconds kDay = 86400;
constexpr base::Seconds kRenewWithin = 14 * kDay;

// Where the service of that name in master.cf can be reached from here.
std::optional<base::Endpoint> endpoint_of(const PostfixState& state, const std::string& name) {
    const auto at = listen_at(state, name);
    if (!at) return std::nullopt;
    base::Endpoint out;
    out.is_unix = false;
    out.port = static_cast<std::uint16_t>(at->port);
    auto host = at->host;
    if (host.empty()) {
        host = "127.0.0.1";
        for (const auto item : items_of(state.expanded.at("inet_interfaces"))) {
            if (!base::IpAddress::parse(item)) break;   // all, loopback-only: 127.0.0.1 is among them
            host = item;
            if (host.starts_with("127.")) break;
        }
    }
    if (!base::IpAddress::parse(host)) return std::nullopt;
    out.host = host;
    return out;
}

bool asks_for_login(const std::vector<const conf::Domain*>& domains) {
    return std::ranges::any_of(domains, [](const conf::Domain* domain) {
        return std::ranges::any_of(domain->require, [](const conf::EvidenceSet& set) { return set.contains(conf::Evidence::login); });
    });
}

class Service {
public:
    Service(const Examination& about, const MasterService& service)
        : tr(about.scene.tr), about_(about), service_(service), state_(*about.scene.state), where_("master.cf " + service.id()),
          name_(base::lower(state_.expanded.at("myhostname"))) {}

    Findings look(const AskedLogin* asked) {
        const auto endpoint = endpoint_of(state_, service_.name);
        if (!endpoint) return {{Level::warn, tr("{where}: its address is not understood, it is not looked at", named()), ""}};
        const bool implicit = state_.at(service_, "smtpd_tls_wrappermode") == "yes";
        try {
            SmtpClient client(*endpoint, implicit, name_);
            converse(client, implicit, asked);
        } catch (const std::exception& e) {
            say(Level::fail, tr("{where} at {address}: {error}", named(), "address"_a = endpoint->text(), "error"_a = e.what()),
                answers(*endpoint) ? mend_of_silence() : about_.scene.postfix.command("postfix") + " start");
        }
        return std::move(out_);
    }

private:
    using Offer = std::optional<std::string>;

    Field named() const { return "where"_a = where_; }
    void say(Level level, std::string what, std::string mend = {}) { out_.push_back({level, std::move(what), std::move(mend)}); }
    std::string set(const char* parameter, const char* value) const { return about_.scene.mend.service(service_.id(), parameter, value); }

    // smtpd ends at once where its login server is away.
    std::string mend_of_silence() const {
        const auto auth = sockets_for(about_.scene.config.service, state_.expanded.at("queue_directory")).auth;
        const bool ours = state_.at(service_, "smtpd_sasl_auth_enable") == "yes" && state_.at(service_, "smtpd_sasl_path") == auth;
        if (ours && !answers(about_.scene.config.service.auth)) return about_.scene.mend.start("crmrelay-policyd");
        return tr("see Postfix's log; after a fault it keeps a service closed for a minute");
    }

    static bool answers(const base::Endpoint& endpoint) {
        try {
            return static_cast<bool>(base::connect_to(endpoint, kSmtpSeconds));
        } catch (const std::exception&) {
            return false;
        }
    }

    void converse(SmtpClient& client, bool implicit, const AskedLogin* asked) {
        if (!client.greeting().is(2)) return say(Level::fail, tr("{where}: it greets with \"{reply}\"", named(), "reply"_a = client.greeting().text()), mend_of_silence());
        auto hello = client.command("EHLO doctor.localhost");
        bool encrypted = implicit;
        if (!implicit) {
            if (hello.offer("AUTH"))
                say(Level::fail, tr("{where}: AUTH is offered before STARTTLS, passwords may cross the net in clear", named()), set("smtpd_tls_auth_only", "yes"));
            encrypted = start_tls(client, hello);
        }
        if (encrypted && client.certificate())
            for (auto& finding : certificate_findings(*client.certificate(), where_, name_, about_.now, tr)) out_.push_back(std::move(finding));
        if (encrypted) look_at_auth(client, hello, asked);
        client.command("QUIT");
    }

    // Nothing of TLS is a fault too: no CRM sends a password without it.
    bool start_tls(SmtpClient& client, SmtpReply& hello) {
        if (!hello.offer("STARTTLS")) {
            say(Level::fail, tr("{where}: STARTTLS is not offered: smtpd_tls_chain_files (or smtpd_tls_cert_file and smtpd_tls_key_file) names no usable certificate, or TLS is off", named()),
                set("smtpd_tls_security_level", "encrypt"));
            return false;
        }
        if (const auto reply = client.command("STARTTLS"); !reply.is(2)) {
            say(Level::fail, tr("{where}: STARTTLS is answered with \"{reply}\"", named(), "reply"_a = reply.text()));
            return false;
        }
        client.start_tls();
        hello = client.command("EHLO doctor.localhost");
        return true;
    }

    void look_at_auth(SmtpClient& client, const SmtpReply& hello, const AskedLogin* asked) {
        const auto offer = hello.offer("AUTH");
        if (!offer && !asks_for_login(about_.domains)) return;
        if (!offer) return say(Level::fail, tr("{where}: no AUTH is offered, so no login can hold", named()), set("smtpd_sasl_auth_enable", "yes"));
        const bool plain = has_item(*offer, "PLAIN") || has_item(*offer, "LOGIN");
        if (plain) say(Level::ok, tr("{where}: after TLS it offers AUTH {mechanisms}", named(), "mechanisms"_a = *offer));
        else say(Level::warn, tr("{where}: it offers AUTH {mechanisms}, without PLAIN or LOGIN, which CRMs speak", named(), "mechanisms"_a = *offer));
        if (asked) verify(client, *asked);
    }

    void verify(SmtpClient& client, const AskedLogin& asked) {
        using namespace std::string_literals;
        const auto login = "login"_a = asked.login;
        const auto reply = client.command("AUTH PLAIN " + base::base64("\0"s + asked.login + "\0"s + asked.password));
        if (reply.is(2)) say(Level::ok, tr("{where}: login {login} is let in with this password", named(), login));
        else if (reply.is(5))
            say(Level::fail, tr("{where}: login {login} is refused with this password: {reply}", named(), login, "reply"_a = reply.text()),
                about_.scene.mend.ctl("login add " + shell_word(asked.login)));
        else say(Level::warn, tr("{where}: login {login} cannot be judged now: {reply}", named(), login, "reply"_a = reply.text()));
    }

    const Words& tr;
    const Examination& about_;
    const MasterService& service_;
    const PostfixState& state_;
    const std::string where_, name_;
    Findings out_;
};

// Logins of crmrelay's file count only where Postfix asks for them.
Findings logins_elsewhere(const Examination& about, const std::vector<const MasterService*>& services, bool shared) {
    const auto& scene = about.scene;
    const auto& tr = scene.tr;
    const auto& state = *scene.state;
    const auto auth = sockets_for(scene.config.service, state.expanded.at("queue_directory")).auth;
    const bool ours = std::ranges::any_of(services, [&](const auto* service) { return state.at(*service, "smtpd_sasl_path") == auth; });
    if (services.empty() || ours || !asks_for_login(about.domains) || ::access(scene.config.service.logins.c_str(), F_OK) != 0) return {};
    const auto& service = *services.front();
    const auto id = service.id();
    auto text = tr("master.cf {service} asks {path} for passwords, not crmrelay: the logins in {file} are not valid there", "service"_a = id,
                   "path"_a = state.at(service, "smtpd_sasl_path"), "file"_a = scene.config.service.logins);
    if (shared) return {{Level::warn, std::move(text), tr("make the CRM's login a user of that server")}};
    const auto type = service.options.find("smtpd_sasl_type");
    const bool dovecot = type != service.options.end() && type->second == "dovecot";
    auto command = scene.mend.service(id, "smtpd_sasl_path", auth);
    return {{Level::warn, std::move(text), dovecot ? command : fmt::format("{} && {}", scene.mend.service(id, "smtpd_sasl_type", "dovecot"), command)}};
}

}  // namespace

Findings certificate_findings(const ServerCertificate& certificate, const std::string& where, const std::string& host_name, base::Seconds now, const Words& tr) {
    const auto named = "where"_a = where;
    const auto names = fmt::format("{}", fmt::join(certificate.names, ", "));
    const auto renew = tr("renew the certificate that smtpd_tls_chain_files or smtpd_tls_cert_file names, then postfix reload");
    if (now >= certificate.not_after)
        return {{Level::fail, tr("{where}: its TLS certificate for {names} was valid until {time}", named, "names"_a = names, "time"_a = base::rfc3339(certificate.not_after)), renew}};
    if (now < certificate.not_before)
        return {{Level::fail, tr("{where}: its TLS certificate for {names} is valid from {time} on only", named, "names"_a = names, "time"_a = base::rfc3339(certificate.not_before)), renew}};
    Findings out;
    if (!certificate.matches)
        out.push_back({Level::warn, tr("{where}: its TLS certificate is for {names}, not for {host}: a CRM that verifies names hangs up", named, "names"_a = names, "host"_a = host_name),
                       tr("get a certificate for {host}, or set the CRM to the name in the certificate", "host"_a = host_name)});
    if (certificate.not_after - now < kRenewWithin)
        out.push_back({Level::warn,
                       tr.plural("{where}: its TLS certificate is valid for {count} more day", "{where}: its TLS certificate is valid for {count} more days",
                                 static_cast<long>((certificate.not_after - now) / kDay), named),
                       renew});
    if (out.empty())
        out.push_back({Level::ok, tr("{where}: TLS with a certificate for {host}, valid until {time}", named, "host"_a = host_name, "time"_a = base::rfc3339(certificate.not_after)), ""});
    return out;
}

Findings doctor_service(const Examination& about, const AskedLogin* asked) {
    Findings out;
    if (!about.scene.state) return out;
    const auto& state = *about.scene.state;
    auto services = services_with_milter(about.scene.config, state);
    const bool shared = services.empty() && shares_milter(about.scene.config, state);
    if (shared)   // those of them that take logins are the CRM's
        for (const auto& service : state.services)
            if (service.command == "smtpd" && service.type == "inet" && !service.options.contains("smtpd_milters") && state.at(service, "smtpd_sasl_auth_enable") == "yes")
                services.push_back(&service);
    for (const auto* service : services) {
        for (auto& finding : Service(about, *service).look(asked)) out.push_back(std::move(finding));
        asked = nullptr;   // once is enough
    }
    for (auto& finding : logins_elsewhere(about, services, shared)) out.push_back(std::move(finding));
    return out;
}

}  // namespace crmrelay::ctl
