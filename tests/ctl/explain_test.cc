// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl explain says what policy would decide, and why something was refused.
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

BOOST_AUTO_TEST_CASE(a_reason) {
    const test::Installation here;
    for (const auto& arguments : {Arguments{"network"}, {"--reason", "network"}, {"550", "5.7.1", "x", "[crmrelay:network]"}, {"--language", "en", "NETWORK"}}) {
        const auto said = here.run(explain, arguments);
        BOOST_TEST(said.status == kFine, said.error);
        for (const char* want : {"[crmrelay:network]", "Usual causes", "whitelist the CRM's addresses", "crmrelayctl -c ", " crm\n", "systemctl reload crmrelay.target"}) BOOST_TEST(said.out.find(want) != std::string::npos, said.out);
    }
    // The configuration may be what is broken.
    BOOST_TEST(test::printed([&] { return explain({"-c", here.dir() / "none.toml", "suspended"}); }).out.find("none.toml resume DOMAIN") != std::string::npos);
    for (const auto& arguments : {Arguments{"weather"}, {"--reason", "weather"}, {"network", "--client", "192.0.2.3", "--from", "a@b.test"}, {"--language", "fr", "network"}, {}})
        BOOST_TEST(here.run(explain, arguments).status == kUsage);
}

BOOST_AUTO_TEST_CASE(a_queue_id) {
    const test::Installation here;
    store::Refusal refusal{"example.com", 1'795'437'358, false, "network", "550 5.7.1 example.com: client 203.0.113.9 is not in this domain's networks [crmrelay:network]", "203.0.113.9",
                           "crm@example.com"};
    refusal.queue_id = "4F1AB23C0D";
    refusal.from = "\"$(reboot)\" <\"; reboot;\"@example.com>";
    refusal.why = "client 203.0.113.9 is not in this domain's networks";
    here.with_store([&](store::Store& store) {
        store.record_refusal(refusal);
        store.record_refusal(refusal);   // of a second recipient
        store.check_writable();
    });
    here.record(test::sample_message());
    const auto said = here.run(explain, {"4F1AB23C0D"});
    BOOST_TEST(said.status == kFine, said.error);
    for (const char* want : {"reason       network", "client       203.0.113.9", "login        crm@example.com", "Add them to `networks` of example.com", "--client 203.0.113.9 --login crm@example.com",
                             "--from '\"; reboot;\"@example.com'"})
        BOOST_TEST(said.out.find(want) != std::string::npos, want << " is not in:\n" << said.out);
    const auto json = here.run(explain, {"--json", "4F1AB23C0D"}).out;
    for (const char* want : {"\"queue_id\": \"4F1AB23C0D\"", "\"reason\": \"network\"", " login add crm@example.com\""})
        BOOST_TEST(json.find(want) != std::string::npos, want << " is not in:\n" << json);
    BOOST_TEST(json.find("\"time\"") == json.rfind("\"time\""));   // one refusal
    const auto line = here.run(explain, {"Nov 26 10:00:01 mx postfix/cleanup[99]: 4F1AB23C0D: milter-reject: END-OF-MESSAGE from crm[203.0.113.9]: 5.7.1 example.com: x [crmrelay:network]"});
    BOOST_TEST(line.out.find("crm@example.com") != std::string::npos, line.out);   // from the record
    const auto relayed = here.run(explain, {"A407AA720B3"});
    BOOST_TEST(relayed.status == kFine);
    BOOST_TEST(relayed.out.find("It was not refused: 2026-11-23 12:35:58Z it was relayed for example.com") != std::string::npos, relayed.out);
    const auto unknown = here.run(explain, {"4F1AB23C0E"});
    BOOST_TEST(unknown.status == kWrong);
    BOOST_TEST(unknown.error.find("nothing is on record for 4F1AB23C0E") != std::string::npos, unknown.error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
