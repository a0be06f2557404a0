// SPDX-License-Identifier: BSD-2-Clause
//
// The real milter over its socket with DKIM, an archive and headers that leave: what it negotiates and what it changes.
#include <libmilter/mfapi.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <string>

#include "tests/milter/dkim_fixture.hh"
#include "tests/milter/real_milter.hh"

namespace {

using namespace crmrelay;
using namespace crmrelay::milter;
using namespace crmrelay::milter::test;

const policy::Relay kOrder{"tok@bounce.example.com", "tok", false, "example.com", "archive@example.com", {"X-Leak"}};

struct Setting {
    Folder folder;
    Keys keys;
    FakePolicyd policyd{folder.socket("admission.sock"), [](const policy::Question& question) -> Reaction {
        if (std::holds_alternative<policy::Whose>(question)) return policy::Answer(policy::Pass{});
        return policy::Answer(kOrder);
    }};
    RealMilter milter{folder};

    // Both keys, from where the milter reads its configuration again.
    void configure(const std::string& dkim, const std::string& more = "archive = \"archive@example.com\"\n") {
        for (const auto& [name, pem] : {std::pair("r1", pem_of(keys.first)), std::pair("e1", pem_of(keys.second))}) {
            std::ofstream(folder.file(name)) << pem;
            ::chmod(folder.file(name).c_str(), 0600);
        }
        milter.write_config("\"crm@example.com\"");
        std::ofstream(folder.file("crmrelay.toml"), std::ios::app)
            << more << "dkim = { sign = \"" << dkim << "\", keys = [{ selector = \"r1\", key = \"" << folder.file("r1") << "\" }, { selector = \"e1\", key = \"" << folder.file("e1") << "\" }] }\n";
    }
    void restart() {
        milter.stop(SIGTERM);
        std::filesystem::remove(folder.file("milter.log"));
        milter.start();
    }
};

std::string command_of(const bench::Answer& answer) {
    std::string out;
    for (const auto& edit : answer.edits) out += edit.command;
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(protocol_dkim)

BOOST_FIXTURE_TEST_CASE(a_message_is_signed_and_copied, Setting) {
    configure("always");
    restart();
    SmtpSession session(milter.endpoint());
    BOOST_TEST((session.wire.steps() & SMFIP_NOBODY) == 0u);
    BOOST_TEST((session.wire.steps() & SMFIP_NR_BODY) != 0u);
    const std::string expected = {SMFIR_CHGFROM, SMFIR_INSHEADER, SMFIR_INSHEADER, SMFIR_ADDRCPT_PAR};
    for (int i = 0; i < 3; ++i) {
        const auto answer = session.message("4F" + std::to_string(i));
        BOOST_TEST(answer.goes_on());
        BOOST_REQUIRE(command_of(answer) == expected);
        BOOST_TEST(answer.edits[3].arguments.at(0) == "<archive@example.com>");
        BOOST_TEST(answer.edits[3].arguments.at(1) == "NOTIFY=FAILURE");
        DkimLibrary library;
        DkimVerifier verifier(library, keys.source(), [](std::string_view) { return true; });
        const std::string& inserted = answer.edits[1].raw;   // index, name NUL value NUL
        BOOST_TEST(inserted.substr(0, 4) == std::string(4, '\0'));
        std::string value = inserted.substr(4 + sizeof "DKIM-Signature");
        value.pop_back();
        for (std::size_t at = 0; (at = value.find('\n', at)) != std::string::npos; at += 2) value.insert(at, "\r");
        verifier.header("DKIM-Signature: " + value);
        verifier.header("From: Sales <sales@example.com>");
        verifier.end_of_header();
        verifier.body("text\r\n");
        BOOST_TEST(verifier.finish().domains.size() == 1u);
    }
    BOOST_TEST(milter.logs("4F0: signed d=example.com s=r1"));
    BOOST_TEST(milter.logs("4F0: signed d=example.com s=e1"));
}

BOOST_FIXTURE_TEST_CASE(header_fields_leave_from_the_last_to_the_first, Setting) {
    configure("always", "remove_headers = [\"X-Leak\"]\n");
    restart();
    const struct {
        std::string signature;
        std::size_t want_removed;
    } cases[] = {{"v=1; h=From:To", 2}, {"v=1; h=From:X-Leak", 0}};
    for (const auto& c : cases) {
        SmtpSession session(milter.endpoint());
        session.mail();
        session.rcpt();
        session.data();
        const auto answer = session.content({{"From", "sales@example.com"}, {"X-Leak", "1"}, {"DKIM-Signature", c.signature}, {"x-leak", "2"}});
        BOOST_TEST(answer.goes_on());
        std::vector<std::string> removed;
        for (const auto& edit : answer.edits)
            if (edit.command == SMFIR_CHGHEADER) removed.push_back(edit.raw);
        BOOST_REQUIRE(removed.size() == c.want_removed);
        for (std::size_t i = 0; i < removed.size(); ++i)
            BOOST_TEST(removed[i] == std::string(3, '\0') + static_cast<char>(removed.size() - i) + "X-Leak" + std::string(2, '\0'));
    }
}

BOOST_FIXTURE_TEST_CASE(what_can_never_be_signed_is_refused_for_good, Setting) {
    configure("always");
    restart();
    SmtpSession session(milter.endpoint());
    session.mail();
    session.rcpt();
    session.data();
    const auto answer = session.content({{"From", "sales@example.com"}, {"Subject", "one\rtwo"}});
    BOOST_TEST(answer.reply.starts_with("550 5.6.0 "), answer.reply);
    BOOST_TEST(answer.reply.ends_with("[crmrelay:dkim]"), answer.reply);
    BOOST_TEST(answer.edits.empty());
}

BOOST_FIXTURE_TEST_CASE(ordinary_mail_never_sends_its_body, Setting) {
    configure("always");
    restart();
    SmtpSession session(milter.endpoint(), {"198.51.100.1", "", 4001, true});
    session.mail();
    session.rcpt();
    BOOST_TEST(session.data().verdict == SMFIR_ACCEPT);
}

BOOST_FIXTURE_TEST_CASE(a_session_from_before_a_reload_is_deferred_where_a_signature_is_ordered, Setting) {
    SmtpSession before(milter.endpoint());
    BOOST_TEST((before.wire.steps() & SMFIP_NOBODY) != 0u);
    policyd.behave([](const policy::Question&) { return policy::Answer(policy::Relay{"t@bounce.example.com", "t", false, "", "", {}}); });
    BOOST_TEST(before.message().goes_on());
    configure("missing", "");
    milter.reload();
    for (int i = 0; i < 500 && policyd.asked_for<policy::Admit>().back().message.dkim_trouble.empty(); ++i) before.message();
    BOOST_TEST(policyd.asked_for<policy::Admit>().back().message.dkim_trouble != "");
    BOOST_TEST(before.message().goes_on());   // nobody orders one
    policyd.behave([](const policy::Question&) { return policy::Answer(kOrder); });
    const auto answer = before.message();
    BOOST_TEST(answer.reply.starts_with("451 4.3.0 "), answer.reply);
    BOOST_TEST(answer.edits.empty());
    SmtpSession after(milter.endpoint());
    BOOST_TEST(after.message().goes_on());
}

BOOST_FIXTURE_TEST_CASE(a_key_that_cannot_be_used, Setting) {
    configure("always");
    std::ofstream(folder.file("e1")) << "no key";
    BOOST_TEST(milter.run("-t") == 1);
    BOOST_TEST(milter.logs(folder.file("e1") + ": holds no private key"));
    milter.reload();
    BOOST_TEST(milter.logs("the former configuration keeps serving"));
    SmtpSession session(milter.endpoint());
    policyd.behave([](const policy::Question&) { return policy::Answer(policy::Relay{"t@bounce.example.com", "t", false, "", "", {}}); });
    BOOST_TEST(session.message().goes_on());
}

BOOST_AUTO_TEST_SUITE_END()
