// SPDX-License-Identifier: BSD-2-Clause
//
// Defaults of Postfix 3.7 on Debian 12.
#include "tests/ctl/postfix_support.hh"

#include <boost/test/unit_test.hpp>

namespace crmrelay::ctl::test {

namespace {

constexpr const char* kMain = R"(compatibility_level = 3.6
smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
myhostname = mail.example.org
mydestination = $myhostname, example.org, localhost
mynetworks = 127.0.0.0/8
recipient_delimiter = +
)";

constexpr const char* kMaster = R"(smtp      inet  n       -       y       -       -       smtpd
cleanup   unix  n       -       y       -       0       cleanup
lmtp      unix  -       -       y       -       -       lmtp
)";

}  // namespace

PostfixState default_state() {
    PostfixState out;
    out.directory = "/etc/postfix";
    out.values = {
        {"2bounce_notice_recipient", "postmaster"},
        {"canonical_maps", ""},
        {"local_recipient_maps", "proxy:unix:passwd.byname $alias_maps"},
        {"mydestination", "$myhostname, example.org, localhost"},
        {"notify_classes", "resource, software"},
        {"queue_directory", "/var/spool/postfix"},
        {"recipient_delimiter", "+"},
        {"relay_domains", "${{$compatibility_level} <level {2} ? {$mydestination} : {}}"},
        {"relay_recipient_maps", ""},
        {"smtpd_milters", ""},
        {"smtpd_recipient_restrictions", ""},
        {"smtpd_relay_restrictions", "permit_mynetworks permit_sasl_authenticated defer_unauth_destination"},
        {"smtpd_sasl_auth_enable", "no"},
        {"smtpd_tls_ask_ccert", "no"},
        {"smtpd_tls_fingerprint_digest", "${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}"},
        {"transport_maps", ""},
        {"virtual_alias_domains", ""},
        {"virtual_mailbox_domains", ""},
        {"virtual_mailbox_maps", ""},
    };
    out.expanded = out.values;
    out.expanded["mydestination"] = "mail.example.org, example.org, localhost";
    out.expanded["relay_domains"] = "";
    for (const auto& [name, value] : out.values) out.set[name] = false;
    out.set["smtpd_relay_restrictions"] = out.set["mydestination"] = out.set["recipient_delimiter"] = true;
    out.services = {{"smtp", "inet", true, "smtpd", "smtp inet n - y - - smtpd", {}}};
    return out;
}

PostfixFolder::PostfixFolder() {
    write_file(dir_ / "main.cf", kMain);
    write_file(dir_ / "master.cf", kMaster);
}

void PostfixFolder::add_to_main(const std::string& lines) const { write_file(dir_ / "main.cf", main_cf() + lines); }

bool have_postfix() {
    if (Postfix::installed()) return true;
    BOOST_TEST_MESSAGE("skipped: postconf is not installed here");
    return false;
}

}  // namespace crmrelay::ctl::test
