// SPDX-License-Identifier: BSD-2-Clause
//
// The texts, in the order of crmrelay-troubleshooting(7): of sessions, then of messages, then of what comes back. They decide nothing and look nothing up.
#include "ctl/advice.hh"

#include <algorithm>

#include "base/translation.hh"

namespace crmrelay::ctl {

namespace {

constexpr const char* kReload = "systemctl reload crmrelay.target";
constexpr const char* kTryAgain = "crmrelayctl explain --client {client} --login {login} --tls --from {from}";

std::vector<Advice> about_sessions() {
    return {
        {"password",
         N_("the login or its password is refused (535 5.7.8, \"authentication error\")"),
         N_("The CRM came to log in and was refused before it could send. The client never hears which part was wrong; the log says it (auth-failed, reason=)."),
         {N_("The password in the CRM is wrong or old: check the password."), N_("Two-factor authentication is on, so that the mailbox's own password does not work for programs: the CRM needs an app password."),
          N_("The login is spelled differently, or stands in no domain's `logins`."), N_("The CRM's addresses are not whitelisted: they must stand in `networks` of the domain."),
          N_("The session is not encrypted: passwords are taken with TLS only.")},
         {{N_("See whether this password is the right one (it is read from the terminal):"), "crmrelayctl login verify {login}"},
          {N_("Make an app password, and write it into the CRM's relay settings:"), "crmrelayctl login add {login}"},
          {N_("See which addresses the CRM's vendor names, and whitelist them in `networks` of {domain}:"), "crmrelayctl crm {crm}"},
          {N_("See who answers AUTH on the CRM's port; with another SASL server (Dovecot, say) the password is its business:"), "postconf -P | grep smtpd_sasl"}}},
        {"login",
         N_("the session has no login of this domain"),
         N_("{domain} requires a login, and the session has none, or one that {domain} does not list in `logins`."),
         {N_("Authentication is switched off in the CRM's relay settings."), N_("The CRM uses the login of another domain: settings are per domain, and every domain needs its own."),
          N_("Authentication failed, and the CRM went on without it: see \"password\".")},
         {{N_("See which logins there are, and when they were last used:"), "crmrelayctl login list"},
          {N_("List the login in `logins` of {domain}, and reload:"), kReload},
          {N_("See what would be decided now:"), kTryAgain}}},
        {"network",
         N_("the client's address is not in the domain's networks"),
         N_("The session came from {client}, which is none of the addresses that `networks` of {domain} lists."),
         {N_("The CRM sends from an address that is not listed: whitelist the CRM's addresses."), N_("The entry `spf:` follows another record than the one in which the vendor names this address."),
          N_("The domain has no networks of its own: settings are per domain, and every domain needs its own."),
          N_("Somebody else has the CRM's password: another program, or a thief.")},
         {{N_("See which addresses the CRM's vendor names:"), "crmrelayctl crm {crm}"},
          {N_("Add them to `networks` of {domain}, and reload:"), kReload},
          {N_("See what would be decided now:"), kTryAgain},
          {N_("Is the address nobody's whom you know? Then make a new password, give it to the CRM, and remove the old one:"), "crmrelayctl login add {login}"}}},
        {"tls",
         N_("the session is not encrypted, or by too old a protocol"),
         N_("{domain} requires TLS, at least the version that `tls_min` names."),
         {N_("TLS (STARTTLS) is switched off in the CRM's relay settings."), N_("The CRM speaks an older version of TLS than `tls_min`."),
          N_("The CRM does not accept this server's certificate, and goes on without TLS.")},
         {{N_("Switch TLS on in the CRM's relay settings.")},
          {N_("See what this server offers:"), "postconf smtpd_tls_security_level smtpd_tls_protocols smtpd_tls_chain_files smtpd_tls_cert_file"},
          {N_("See whether the certificate's name is that of the server which the CRM connects to:"), "openssl s_client -starttls smtp -connect localhost:10587 </dev/null"}}},
        {"certificate",
         N_("the client's certificate is not one of the domain's"),
         N_("{domain} requires a client certificate, and the session showed none, or one that `certificates` does not list."),
         {N_("The CRM's certificate was renewed: its fingerprint has changed."), N_("Postfix does not ask for a certificate, or makes fingerprints with another digest than sha256.")},
         {{N_("See whether Postfix asks, and how it makes fingerprints:"), "postconf smtpd_tls_ask_ccert smtpd_tls_fingerprint_digest"},
          {N_("See the new certificate's fingerprint, and list it in `certificates` of {domain}:"), "openssl x509 -noout -fingerprint -sha256 -in CERTIFICATE.pem"}}},
    };
}

std::vector<Advice> about_messages() {
    return {
        {"tenant",
         N_("the message names another customer of the CRM"),
         N_("The field by which the CRM tells its customers apart is missing, stands there twice, or has another value than `tenant` of {domain}."),
         {N_("`tenant` has a value of another account: a test account, or the one before a move."), N_("Another customer of the same CRM tries to send as {domain}.")},
         {{N_("See which field the CRM's vendor names:"), "crmrelayctl crm {crm}"},
          {N_("Hold a message of your CRM's, saved to a file, against the configuration:"), "crmrelayctl explain --client {client} --login {login} --tls --message FILE"}}},
        {"dkim",
         N_("the message has no valid DKIM signature of its From domain"),
         N_("{domain} requires a signature that verifies and is aligned with the From domain (`dkim_alignment`)."),
         {N_("DKIM is switched off in the CRM for this domain, or signs with the CRM's own domain."), N_("The key that the CRM signs with is not published, or was changed."),
          N_("Something between the CRM and this server changed the message.")},
         {{N_("Switch DKIM on in the CRM for {domain}, and publish the record that it shows.")},
          {N_("See which records {domain} needs:"), "crmrelayctl dns {domain}"}}},
        {"from",
         N_("the From field speaks for no configured domain"),
         N_("What a message may speak for is decided by its From field: one field, whose addresses all belong to one configured domain."),
         {N_("A user of the CRM writes from another of your domains: settings are per domain, and every domain needs its own."),
          N_("The message has no From field, several of them, or one that cannot be read without doubt.")},
         {{N_("Add the domain: a [domain.\"NAME\"] of its own, or its name in `also` of {domain}; then reload:"), kReload},
          {N_("See what would be decided now:"), kTryAgain}}},
        {"limit",
         N_("the domain's limit is reached"),
         N_("So many messages within an hour or a day, or recipients of one message, are what `limits` of {domain} allows. The refusal is temporary: the CRM tries again."),
         {N_("A campaign is larger than the limit."), N_("The CRM's password was stolen, and somebody sends with it.")},
         {{N_("See how much was relayed, and by which login:"), "crmrelayctl status {domain}"},
          {N_("Is it right? Raise `limits` of {domain}, and reload:"), kReload},
          {N_("Is it not? Make a new password, give it to the CRM, and remove the old one:"), "crmrelayctl login add {login}"}}},
        {"suspended",
         N_("relaying for the domain is suspended"),
         N_("Sending failed so often in a row in one day that nothing is relayed for {domain} until the next day, or an administrator has suspended it. Other domains are not concerned. "
            "A CRM whose vendor says so sends from its own servers meanwhile."),
         {N_("The failures before it: each has a reason of its own, and the notice to the administrators lists them."), N_("An administrator's `crmrelayctl suspend`.")},
         {{N_("See until when, why, and the failures:"), "crmrelayctl status {domain}"},
          {N_("When the cause is mended, resume it at once:"), "crmrelayctl resume {domain}"}}},
    };
}

std::vector<Advice> about_the_rest() {
    return {
        {"bounce-address",
         N_("the bounce address is forged, expired or not known here"),
         N_("Somebody wrote to a return path that this server has not made, or whose record is older than `retain_days`. A stranger's guess is refused for the same reason: then nothing needs to be done."),
         {N_("A report came later than `retain_days` allows."), N_("The return-path keys or the store are not those with which the message was sent: another server, or a restored copy."),
          N_("Bounces of your CRM go missing altogether: bounce management is off in the CRM, its return address is wrong, or a map of Postfix rewrites the return path.")},
         {{N_("See what became of a message, by the return path, queue id or Message-ID:"), "crmrelayctl trace ID"},
          {N_("See whether Postfix is set as it must be, and rewrites nothing:"), "crmrelayctl check"},
          {N_("See whether the bounce domain's MX leads here:"), "crmrelayctl dns {domain}"},
          {N_("In the CRM: switch bounce management on, and set a return address whose mail the CRM receives. With `bounces = \"address:…\"` that address must be right.")}}},
        {"unavailable",
         N_("this cannot be judged or recorded now"),
         N_("The answer is temporary, and the client tries again. crmrelay refuses nothing for good because of trouble of its own."),
         {N_("crmrelay-policyd or crmrelay-milter does not run, or was restarted in the middle of the session."), N_("The store cannot be written: the disk is full, or its permissions are wrong."),
          N_("DNS gives no answer about an `spf:` network or a DKIM key."), N_("The message came through a Postfix service without crmrelay's milter.")},
         {{N_("See whether the daemons run:"), "systemctl status crmrelay-policyd crmrelay-milter crmrelay-bounced"},
          {N_("See whether configuration, store, sockets and Postfix are right:"), "crmrelayctl check"},
          {N_("See how the look-ups of `spf:` networks go:"), "crmrelayctl status"},
          {N_("See which services have the milter:"), "postconf -P | grep smtpd_milters"}}},
    };
}

std::vector<Advice> everything() {
    auto out = about_sessions();
    for (auto* more : {&about_messages, &about_the_rest})
        for (auto& advice : (*more)()) out.push_back(std::move(advice));
    return out;
}

}  // namespace

std::span<const Advice> all_advice() {
    static const auto all = everything();
    return all;
}

const Advice* advice_on(std::string_view reason) {
    const auto all = all_advice();
    const auto found = std::ranges::find(all, reason, &Advice::reason);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace crmrelay::ctl
