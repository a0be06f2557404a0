// SPDX-License-Identifier: BSD-2-Clause
//
// What lies under a domain's own keys: [defaults], then the preset of its CRM.
#include "conf/assemble.hh"

#include <fmt/format.h>

#include "tests/conf/check.hh"

using namespace crmrelay::conf;
using tests::check;
using crmrelay::base::tests::Folder;
using tests::in_a_row;
using tests::load_text;

namespace {

// A folder of presets: "full" knows everything, "bare" nothing.
struct Presets {
    Folder folder;
    std::string head;   // [service]; what follows it begins at line 3

    Presets() {
        folder.write("crm/full.toml", R"(name = "Full"
networks = { value = ["spf:_spf.full.example", "198.51.100.0/24"], source = "https://full.example/" }
tenant = { value = "X-Full-Org", source = "https://full.example/" }
headers = { value = ["X-Full-Id"], source = "https://full.example/" }
remove_headers = { value = ["X-Full-Relay"], source = "https://full.example/" }
)");
        folder.write("crm/bare.toml", "name = \"Bare\"\n");
        folder.write("crm/broken.toml", "name = 1\n");
        head = fmt::format("[service]\npresets = \"{}/crm\"\n", folder.path());
    }
};

// Without networks, and with a `require` that needs none.
std::string domain(const std::string& lines) {
    return "[domain.\"e.com\"]\n" + lines + "\nrequire=[\"login\"]\nlogins=[\"crm\"]\nadmins=[\"a@b.c\"]\nreturn_path=\"{token}@r.e\"\n";
}

// What a preset can bring.
std::string print(const Domain& d) {
    const auto same = [](const std::string& each) { return each; };
    return fmt::format("{}|{}|{}|{}|{}|{}", d.crm, in_a_row(d.spf_networks, same), in_a_row(d.networks, [](const auto& each) { return each.text(); }),
                       d.tenant ? d.tenant->header + "=" + d.tenant->value : "", in_a_row(d.headers, same), in_a_row(d.remove_headers, same));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_preset_lies_under_a_domains_own_keys) {
    const std::string usual = "X-SFDC-EntityId X-SFDC-LK";
    const struct {
        std::string lines;
        std::string want;
    } cases[] = {
        {"", "||||" + usual + "|"},
        {"crm = \"bare\"", "bare||||" + usual + "|"},
        {"crm = \"full\"", "full|_spf.full.example|198.51.100.0/24||X-Full-Id|X-Full-Relay"},
        {"crm = \"FULL\"", "full|_spf.full.example|198.51.100.0/24||X-Full-Id|X-Full-Relay"},
        {"crm = \"full\"\ntenant = { value = \"7\" }", "full|_spf.full.example|198.51.100.0/24|X-Full-Org=7|X-Full-Id|X-Full-Relay"},
        {"crm = \"full\"\ntenant = { header = \"X-Own\", value = \"7\" }", "full|_spf.full.example|198.51.100.0/24|X-Own=7|X-Full-Id|X-Full-Relay"},
        {"crm = \"bare\"\ntenant = { header = \"X-Own\", value = \"7\" }", "bare|||X-Own=7|" + usual + "|"},
        {"crm = \"full\"\nnetworks = [\"192.0.2.1\"]", "full||192.0.2.1/32||X-Full-Id|X-Full-Relay"},   // in place of the preset's, not beside them
        {"crm = \"full\"\nnetworks = [\"spf:own.example\"]", "full|own.example|||X-Full-Id|X-Full-Relay"},
        {"crm = \"full\"\nnetworks = []\nheaders = []\nremove_headers = []", "full|||||"},
        {"crm = \"full\"\nheaders = [\"X-Own\"]\nremove_headers = [\"X-Out\"]", "full|_spf.full.example|198.51.100.0/24||X-Own|X-Out"},
    };
    const Presets presets;
    for (const auto& c : cases) BOOST_TEST_CONTEXT(c.lines) BOOST_TEST(print(load_text(presets.folder, presets.head + domain(c.lines)).domains.at(0)) == c.want);
}

BOOST_AUTO_TEST_CASE(the_networks_and_header_of_a_preset_are_evidence) {
    const Presets presets;
    const auto config = load_text(presets.folder, presets.head + R"([domain."e.com"]
crm = "full"
require = [["network", "tenant"], ["login", "dkim"]]
tenant = { value = "7" }
logins = ["crm"]
bounces = "keep"
admins = ["a@b.c"]
)");
    BOOST_TEST(print(config.domains.at(0)) == "full|_spf.full.example|198.51.100.0/24|X-Full-Org=7|X-Full-Id|X-Full-Relay");
}

BOOST_AUTO_TEST_CASE(what_a_preset_cannot_bring) {
    const Presets presets;
    const auto with = [&](const std::string& lines) {
        return presets.head + "[domain.\"e.com\"]\n" + lines + "\nlogins=[\"crm\"]\nadmins=[\"a@b.c\"]\nreturn_path=\"{token}@r.e\"\n";
    };
    check(presets.folder, {
        {with("crm=\"ful\""), {{4, 5, "no preset \"ful\"; did you mean \"full\"? there are: bare, broken, full"}}},   // and no complaint about networks
        {with("crm=\"ful\"\ntenant={value=\"7\"}\nrequire=[\"network\",\"tenant\"]"), {{4, 5, "no preset \"ful\""}}},
        {with("crm=\"ful\"\nnetworks=[]"), {{3, 9, "no networks are listed"}, {4, 5, "no preset \"ful\""}}},
        {with("crm=\"../full\""), {{4, 5, "crm is \"../full\"; write the name of a preset"}}},
        {with("crm=1\nrequire=[\"login\"]"), {{4, 5, "crm is a whole number; write the name of a preset, such as \"zoho\""}}},
        {with("crm=\"broken\"\nrequire=[\"login\"]"), {{4, 5, "crm/broken.toml:1:8: name is a whole number"}}},
        {with("crm=\"bare\""), {{3, 9, "which names network, and no networks are listed"}}},
        {with("crm=\"full\"\nnetworks=[]"), {{3, 9, "which names network, and no networks are listed"}}},
        {with("crm=\"full\"\nrequire=[\"network\",\"tenant\"]"), {{5, 9, "require names tenant, and no tenant is written"}}},   // its value is the domain's own
        {with("crm=\"bare\"\nrequire=[\"login\"]\ntenant={value=\"7\"}"), {{6, 8, "e.com: tenant names no header, and the preset bare knows none; write { header = "}}},
        {with("require=[\"login\"]\ntenant={value=\"7\"}"), {{5, 8, "e.com: tenant names no header, and no crm preset gives one"}}},
    });
}

BOOST_AUTO_TEST_CASE(a_folder_of_presets_that_is_not_there) {
    const Folder folder;
    const auto text = "[service]\npresets=\"" + folder.path() + "/none\"\n" + domain("crm=\"zoho\"");
    check(folder, {{text, {{4, 5, "/none cannot be read: No such file or directory; name the right one with presets in [service]"}}}});
    // Where no domain names a preset, nobody looks.
    BOOST_TEST(load_text(folder, "[service]\npresets=\"/none\"\n" + domain("")).domains.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_syntax_error_in_the_main_file_brings_no_complaint_about_presets) {
    const Folder folder;
    const auto main = folder.write("crmrelay.toml", "[service\n");
    folder.write("domains.d/1.toml", domain("crm=\"mine\"\ntenant={value=\"7\"}"));
    const auto loaded = load(main);
    const auto* problems = std::get_if<Problems>(&loaded);
    BOOST_REQUIRE(problems != nullptr);
    BOOST_REQUIRE(problems->size() == 1u);
    BOOST_TEST(problems->front().file == main);
}

BOOST_AUTO_TEST_CASE(defaults_lie_between_a_domain_and_its_preset) {
    const Presets presets;
    const auto config = load_text(presets.folder, presets.head + R"([defaults]
crm = "full"
require = ["login"]
logins = ["crm"]
networks = ["10.0.0.0/8"]
certificates = ["subject:shared"]
tenant = { value = "7" }
tls_min = "TLSv1.3"
dkim_alignment = "strict"
dkim = { selector = "s", key = "/k" }
archive = "kept@b.c"
limits = { per_hour = 5, per_day = 6, recipients = 7 }
remove_headers = ["X-Out"]
bounces = "keep"
admins = ["a@b.c"]
[domain."a.com"]
[domain."b.com"]
crm = "bare"
networks = ["spf:b.example"]
certificates = []
tenant = { header = "X-B", value = "8" }
tls_min = "TLSv1.1"
dkim_alignment = "relaxed"
dkim = { selector = "b", key = "/b", sign = "always", domain = "mail.b.com" }
archive = "b@b.c"
limits = { per_day = 60 }
remove_headers = []
[domain."c.com"]
dkim = { sign = "never" }
)");
    const auto rest = [](const Domain& d) {
        return fmt::format("{}|{}|{}|{}|{}|{} {} {}", in_a_row(d.certificates, [](const auto& each) { return each.value; }), name_of(d.tls_least),
                           d.dkim_alignment == Alignment::strict ? "strict" : "relaxed", d.dkim ? d.dkim->keys.at(0).selector + "@" + d.dkim->domain : "none", d.archive,
                           d.limits.per_hour, d.limits.per_day, d.limits.recipients);
    };
    const struct {
        const char* want_preset;
        const char* want_rest;
    } want[] = {
        {"full||10.0.0.0/8|X-Full-Org=7|X-Full-Id|X-Out", "shared|TLSv1.3|strict|s@a.com|kept@b.c|5 6 7"},
        {"bare|b.example||X-B=8|X-SFDC-EntityId X-SFDC-LK|", "|TLSv1.1|relaxed|b@mail.b.com|b@b.c|0 60 0"},   // a table comes whole, not key by key
        {"full||10.0.0.0/8|X-Full-Org=7|X-Full-Id|X-Out", "shared|TLSv1.3|strict|none|kept@b.c|5 6 7"},
    };
    BOOST_REQUIRE(config.domains.size() == std::size(want));
    for (std::size_t i = 0; i < std::size(want); ++i) {
        BOOST_TEST(print(config.domains[i]) == want[i].want_preset);
        BOOST_TEST(rest(config.domains[i]) == want[i].want_rest);
    }
}

BOOST_AUTO_TEST_CASE(a_preset_of_the_defaults_is_found_wanting_once) {
    const Presets presets;
    const std::string defaults = "[defaults]\ncrm=\"none\"\nadmins=[\"a@b.c\"]\nbounces=\"keep\"\nrequire=[\"login\"]\nlogins=[\"x\"]\n";
    check(presets.folder, {{presets.head + defaults + "[domain.\"a.com\"]\n[domain.\"b.com\"]\n", {{4, 5, "no preset \"none\""}}}});
}
