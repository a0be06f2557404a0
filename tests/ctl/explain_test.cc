// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl explain says what policy would decide.
#include <boost/test/unit_test.hpp>

#include "tests/ctl/support.hh"

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(explain_command)

BOOST_AUTO_TEST_CASE(verdicts) {
    const test::Installation here;
    const auto file = here.dir() / "message";
    test::write_file(file, "From: sales@example.com\r\nFrom: boss@example.com\r\n\r\nFrom: body\r\n");
    const struct {
        Arguments arguments;
        int want_status;
        std::vector<const char*> want;
    } cases[] = {
        {{"--client", "192.0.2.3", "--login", "crm@example.com", "--tls", "--from", "sales@example.com"},
         kFine,
         {"network      held: client 192.0.2.3", "tls          held", "relayed for example.com", "{token}@bounce.example.com"}},
        {{"--client", "::ffff:192.0.2.3", "--login", "CRM@example.com", "--tls", "--from", "Sales <sales@EXAMPLE.com>"},
         kFine,
         {"relayed for example.com"}},
        {{"--client", "192.0.3.3", "--login", "crm@example.com", "--tls", "--from", "sales@example.com"},
         kWrong,
         {"network      failed: client 192.0.3.3 is not", "reply        550 5.7.1 example.com:", "[crmrelay:network]"}},
        {{"--client", "192.0.2.3", "--login", "crm@example.com", "--from", "sales@example.com"}, kWrong, {"tls          failed", "[crmrelay:tls]"}},
        {{"--client", "192.0.2.3", "--login", "crm@example.com", "--tls", "--from", "x@other.test"}, kWrong, {"message  refused", "[crmrelay:from]"}},
        {{"--client", "192.0.2.3", "--login", "crm@example.com", "--tls", "--message", file},
         kWrong,
         {"sales@example.com", "boss@example.com", "2 From fields"}},
        {{"--client", "198.51.100.1", "--from", "x@example.org"}, kWrong, {"example.org (observes)", "left to Postfix"}},
        {{"--client", "198.51.100.1", "--login", "crm@example.org", "--from", "x@example.org"},
         kFine,
         {"tls          not required", "bounce+{token}@example.org"}},
    };
    for (const auto& c : cases) {
        const auto printed = here.run(explain, c.arguments);
        BOOST_TEST(printed.status == c.want_status, printed.out);
        for (const char* const want : c.want) BOOST_TEST(printed.out.find(want) != std::string::npos, want << " is not in:\n" << printed.out);
    }
}

BOOST_AUTO_TEST_CASE(json_and_usage) {
    const test::Installation here;
    const auto json = here.run(explain, {"--json", "--client", "192.0.3.3", "--login", "crm@example.com", "--tls", "--from", "a@example.com"});
    BOOST_TEST(json.out.find("\"reason\": \"network\"") != std::string::npos, json.out);
    BOOST_TEST(here.run(explain, {"--client", "192.0.2.3"}).status == kUsage);
    BOOST_TEST(here.run(explain, {"--from", "a@b.test"}).status == kUsage);
    BOOST_TEST(here.run(explain, {"--client", "no-address", "--from", "a@b.test"}).status == kUsage);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
