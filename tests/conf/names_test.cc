// SPDX-License-Identifier: BSD-2-Clause
//
// Names of a configuration, good and bad.
#include "conf/names.hh"

#include <boost/test/unit_test.hpp>

using namespace crmrelay::conf;

namespace {

struct Case {
    std::string text;
    std::string want;        // the value; empty where it is refused
    std::string want_error;  // a piece of it
};

void check(crmrelay::base::Result<std::string> (*parse)(std::string_view), const std::vector<Case>& cases) {
    for (const auto& c : cases) {
        const auto got = parse(c.text);
        BOOST_TEST_CONTEXT(c.text << (got ? "" : ": " + got.error())) {
            BOOST_REQUIRE(got.ok() == c.want_error.empty());
            if (got) BOOST_TEST(*got == c.want);
            else BOOST_TEST(got.error().find(c.want_error) != std::string::npos);
        }
    }
}

const std::string k63(63, 'a');
const std::string k253 = k63 + "." + k63 + "." + k63 + "." + std::string(61, 'b');

}  // namespace

BOOST_AUTO_TEST_CASE(domains) {
    check(parse_domain, {
                            {"Example.COM", "example.com", ""},
                            {"xn--bcher-kva.example", "xn--bcher-kva.example", ""},
                            {"a-b.c1", "a-b.c1", ""},
                            {"localhost", "localhost", ""},
                            {k253, k253, ""},
                            {k253 + "b", "", "longer than the 253 octets"},
                            {k63 + "a.com", "", "more than 63 octets"},
                            {"", "", "empty"},
                            {".", "", "empty label"},
                            {"example.com.", "", "ends in a dot"},
                            {"a..b", "", "empty label"},
                            {".a.b", "", "empty label"},
                            {"-a.b", "", "hyphen"},
                            {"a-.b", "", "hyphen"},
                            {"a_b.c", "", "other characters"},
                            {"a b.c", "", "other characters"},
                            {"b\xc3\xbc" "cher.example", "", "xn--"},
                        });
    check(parse_domain_or_suffix, {{".Mail.Example.com", ".mail.example.com", ""}, {"A.b", "a.b", ""}, {".", "", "empty"}, {"..a", "", "empty label"}});
}

BOOST_AUTO_TEST_CASE(mailboxes) {
    check(parse_mailbox, {
                             {"Post.Master+x@Example.COM", "Post.Master+x@example.com", ""},
                             {std::string(64, 'x') + "@a.b", std::string(64, 'x') + "@a.b", ""},
                             {std::string(65, 'x') + "@a.b", "", "more than 64 octets"},
                             {"postmaster", "", "no @"},
                             {"@a.b", "", "nothing stands before"},
                             {"a@", "", "empty"},
                             {"a@b@c", "", "atoms"},
                             {"a..b@c", "", "atoms"},
                             {".a@c", "", "atoms"},
                             {"a b@c", "", "atoms"},
                             {"\"a\"@c", "", "atoms"},
                             {"<a@c>", "", "atoms"},
                             {"a@c d", "", "other characters"},
                             {"a@[192.0.2.1]", "", "other characters"},
                             {"\xc3\xbc@a.b", "", "ASCII"},
                         });
}

BOOST_AUTO_TEST_CASE(return_paths) {
    const auto parse = [](std::string_view text) -> crmrelay::base::Result<std::string> {
        const auto path = parse_return_path(text);
        if (!path) return crmrelay::base::Error{path.error()};
        return path->prefix + "|" + path->domain;
    };
    const std::string k24(24, 'p');
    check(parse, {
                     {"{token}@Bounce.example.com", "|bounce.example.com", ""},
                     {"Bounce+{token}@example.com", "bounce+|example.com", ""},
                     {"a.b_c=d-{token}@e.f", "a.b_c=d-|e.f", ""},
                     {k24 + "{token}@e.f", k24 + "|e.f", ""},
                     {k24 + "p{token}@e.f", "", "longer than 24 octets"},
                     {"bounce@example.com", "", "{token} is missing"},
                     {"bounce.example.com", "", "no @"},
                     {"a@{token}.example.com", "", "{token} is missing before the @"},
                     {"{token}{token}@e.f", "", "more than once"},
                     {"{token}@{token}.f", "", "more than once"},
                     {"{token}+x@e.f", "", "must follow {token}"},
                     {"b/{token}@e.f", "", "other characters"},
                     {"a@b{token}@e.f", "", "other characters"},
                     {".b{token}@e.f", "", "begins with a dot"},
                     {"b..{token}@e.f", "", "two in a row"},
                     {"{token}@e_f", "", "is no domain name"},
                     {"{token}@", "", "empty"},
                 });
}

BOOST_AUTO_TEST_CASE(bounces) {
    BOOST_TEST((parse_bounces("crm")->to == Bounces::To::crm));
    BOOST_TEST((parse_bounces("keep")->to == Bounces::To::keep));
    const auto address = parse_bounces("address:Bounces@Example.com");
    BOOST_REQUIRE(address.ok());
    BOOST_TEST((address->to == Bounces::To::address));
    BOOST_TEST(address->address == "Bounces@example.com");
    for (const char* bad : {"", "CRM", "bounces@example.com", "address:", "address:bounces"}) BOOST_TEST(!parse_bounces(bad).ok(), bad);
}

BOOST_AUTO_TEST_CASE(names_of_spf_records) {
    check(parse_spf_name, {
                              {"zcsend.net", "zcsend.net", ""},
                              {"_SPF.Salesforce.com", "_spf.salesforce.com", ""},
                              {"a_b.spf_.x", "a_b.spf_.x", ""},
                              {"_", "_", ""},
                              {k253, k253, ""},
                              {"_" + k253, "", "no name of a DNS record"},
                              {"_" + k63 + ".x", "", "no name of a DNS record"},
                              {"", "", "no name of a DNS record"},
                              {"_spf.example.com.", "", "no name of a DNS record"},
                              {"_spf..example.com", "", "no name of a DNS record"},
                              {"%{i}.example.com", "", "no name of a DNS record"},
                              {"192.0.2.0/24", "", "no name of a DNS record"},
                              {"a b", "", "no name of a DNS record"},
                          });
}

BOOST_AUTO_TEST_CASE(names_of_presets) {
    const std::string k64(64, 'z');
    check(parse_preset_name, {
                                 {"zoho", "zoho", ""},
                                 {"Microsoft365", "microsoft365", ""},
                                 {"my-crm_2", "my-crm_2", ""},
                                 {k64, k64, ""},
                                 {k64 + "z", "", "the name of a preset"},
                                 {"", "", "the name of a preset"},
                                 {"../zoho", "", "crm is \"../zoho\""},
                                 {"zoho.toml", "", "crmrelayctl crm lists them"},
                                 {"zoho crm", "", "the name of a preset"},
                             });
}

BOOST_AUTO_TEST_CASE(resolvers) {
    const auto parse = [](std::string_view text) -> crmrelay::base::Result<std::string> {
        const auto endpoint = parse_resolver(text);
        if (!endpoint) return crmrelay::base::Error{endpoint.error()};
        return endpoint->is_unix ? "unix" : endpoint->host + " " + std::to_string(endpoint->port);
    };
    check(parse, {
                     {"127.0.0.1", "127.0.0.1 53", ""},
                     {"127.0.0.1:5353", "127.0.0.1 5353", ""},
                     {"127.0.0.1:65535", "127.0.0.1 65535", ""},
                     {"::1", "::1 53", ""},
                     {"[::1]", "::1 53", ""},
                     {"[2001:DB8::1]:5353", "2001:db8::1 5353", ""},
                     {"", "", "no address of a resolver; write \"127.0.0.1:53\""},
                     {"localhost:53", "", "no address"},
                     {"127.0.0.1:", "", "no address"},
                     {"127.0.0.1:0", "", "no address"},
                     {"127.0.0.1:65536", "", "no address"},
                     {"127.0.0.1:53x", "", "no address"},
                     {":53", "", "no address"},
                     {"[::1", "", "no address"},
                     {"[::1]53", "", "no address"},
                     {"[::1]:", "", "no address"},
                     {"[]:53", "", "no address"},
                     {"[127.0.0.1]:53", "", "no address"},
                     {"IPv6:::1", "", "no address"},
                     {"[IPv6:::1]:53", "", "no address"},
                     {"127.0.0.0/8", "", "no address"},
                     {"inet:53@127.0.0.1", "", "no address"},
                 });
}

BOOST_AUTO_TEST_CASE(other_names) {
    check(parse_login, {{"crm@example.com", "crm@example.com", ""}, {"", "", "1 to 255"}, {"a b", "", "space"}, {std::string(256, 'x'), "", "1 to 255"}});
    check(parse_header_name, {{"X-SFDC-LK", "X-SFDC-LK", ""}, {"X-SFDC-LK:", "", "without a colon"}, {"", "", "no header name"}, {"A B", "", "no header name"}});
    check(parse_user, {{"crmrelay-policyd", "crmrelay-policyd", ""}, {"", "", "no name"}, {"a b", "", "no name"}, {"../x", "", "no name"}, {"-a", "", "no name"}});
    check(parse_file_path, {{"/etc/k", "/etc/k", ""}, {"etc/k", "", "absolute"}, {"/etc/", "", "absolute"}, {"", "", "absolute"}});
    check(parse_folder_path, {{"/usr/share/crm", "/usr/share/crm", ""}, {"/usr/share/crm//", "/usr/share/crm", ""}, {"/", "/", ""}, {"crm/", "", "absolute"}, {"", "", "absolute"}});
    check(parse_store_url, {{"sqlite:///var/x.db", "sqlite:///var/x.db", ""},
                            {"sqlite://var/x.db", "", "three slashes"},
                            {"/var/x.db", "", "sqlite:///PATH"},
                            {"postgresql://u@h:5432/d?sslmode=require", "postgresql://u@h:5432/d?sslmode=require", ""},
                            {"postgresql:///d?host=/run/postgresql&user=u", "postgresql:///d?host=/run/postgresql&user=u", ""},
                            {"postgresql://u:hunter2@h/d", "", "a password has no place in the URL"},
                            {"postgresql://u@h/d?password=hunter2", "", "a password has no place in the URL"},
                            {"postgresql://u@h/d x", "", "a space"}});
    check(parse_submit_url, {{"smtp://127.0.0.1:25", "smtp://127.0.0.1:25", ""},
                             {"smtp://[::1]:2525", "smtp://[::1]:2525", ""},
                             {"smtp://mail.example.com:25", "smtp://mail.example.com:25", ""},
                             {"smtp://127.0.0.1", "", "port is missing"},
                             {"smtp://[::1]", "", "port is missing"},
                             {"smtp://::1:25", "", "brackets"},
                             {"smtp://[127.0.0.1]:25", "", "brackets"},
                             {"smtp://a:0", "", "1 to 65535"},
                             {"smtp://a:65536", "", "1 to 65535"},
                             {"smtp://:25", "", "neither"},
                             {"smtp://a/b:25", "", "neither"},
                             {"smtps://a:465", "", "smtp://"}});
    check(parse_notice_recipient, {{"", "", ""}, {"postmaster", "postmaster", ""}, {"root@Example.com", "root@example.com", ""}, {"a b", "", "no mailbox"}});
}
