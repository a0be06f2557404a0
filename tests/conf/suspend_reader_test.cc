// SPDX-License-Identifier: BSD-2-Clause
//
// The keys that say when a domain is suspended: suspend and timezone, and what the preset has to do with it.
#include "conf/suspend_reader.hh"

#include <fmt/format.h>

#include "tests/conf/check.hh"

using namespace crmrelay::conf;
using tests::check;
using tests::domain;
using tests::load_text;

namespace {

std::string print(const Domain& d) {
    return fmt::format("{} {} {} {}.{} {}", d.suspend.after, fmt::join(d.suspend.count, "+"), d.suspend.code, d.suspend.code / 100, d.suspend.detail, d.timezone.name());
}

}  // namespace

BOOST_AUTO_TEST_CASE(suspension) {
    const std::string usual = "certificate+dkim+network+tenant+tls";
    const struct {
        std::string lines, want;
    } cases[] = {
        {"", "0 " + usual + " 451 4.7.1 UTC"},
        {"crm = \"zoho\"", "3 " + usual + " 451 4.7.1 UTC"},               // its vendor says that it falls back
        {"crm = \"salesforce\"", "0 " + usual + " 451 4.7.1 UTC"},
        {"crm = \"zoho\"\nsuspend = { after = 0 }", "0 " + usual + " 451 4.7.1 UTC"},
        {"crm = \"zoho\"\nsuspend = { count = [\"tls\"] }", "3 tls 451 4.7.1 UTC"},
        {"suspend = { after = 5, count = [\"password\", \"network\"], reply = \"450 4.3.2\" }", "5 network+password 450 4.3.2 UTC"},
        {"suspend = { after = 1, count = [] }\ntimezone = \"Asia/Tokyo\"", "1  451 4.7.1 Asia/Tokyo"},
    };
    const std::string presets = "[service]\npresets = \"" CRMRELAY_SRCDIR "/conf/crm\"\n";
    for (const auto& c : cases) BOOST_TEST(print(load_text(presets + domain(c.lines)).domains.at(0)) == c.want);
    const auto below = load_text(domain("") + "[domain.\"e.com\".suspend]\nafter = 3\n[defaults]\ntimezone = \"Europe/Berlin\"\n");
    BOOST_TEST(print(below.domains.at(0)) == "3 " + usual + " 451 4.7.1 Europe/Berlin");
}

BOOST_AUTO_TEST_CASE(bad_suspension) {
    check({
        {domain("suspend = 3"), {{2, 11, "suspend is a whole number; write { after = 3"}}},
        {domain("suspend = { after = 101 }"), {{2, 21, "after is 101"}}},
        {domain("suspend = { after = -1 }"), {{2, 21, "after is -1"}}},
        {domain("suspend = { count = [\"newtork\"] }"), {{2, 22, "count: \"newtork\" is nothing that counts; there are: network, tls"}}},
        {domain("suspend = { count = [\"from\", \"limit\"] }"), {{2, 22, "count: \"from\""}, {2, 30, "count: \"limit\""}}},
        {domain("suspend = { reply = \"550 5.7.1\" }"), {{2, 21, "reply is \"550 5.7.1\"; write a temporary code"}}},
        {domain("suspend = { reply = \"451 5.7.1\" }"), {{2, 21, "reply is"}}},
        {domain("suspend = { reply = \"451\" }"), {{2, 21, "reply is"}}},
        {domain("suspend = { reply = \"451 4.7.1\\r\\n250 ok\" }"), {{2, 21, "reply"}}},
        {domain("suspend = { afetr = 3 }"), {{2, 13, "unknown key \"afetr\" in suspend; did you mean \"after\"?"}}},
        {domain("timezone = \"Asia/Tokio\""), {{2, 12, "timezone: \"Asia/Tokio\" is no time zone"}}},
        {domain("timezone = 9"), {{2, 12, "timezone is a whole number"}}},
    });
}
