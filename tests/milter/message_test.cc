// SPDX-License-Identifier: BSD-2-Clause
//
// What is gathered of a message, what is not, and what happens beyond the caps.
#include "milter/message.hh"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace crmrelay;
using milter::Caps;
using milter::Message;
using Words = std::vector<std::string_view>;

const milter::Names kWanted = {"x-crm-id", "message-id"};

Message message(const Words& mail = {"<a@crm.test>"}, const Caps& caps = {}) { return Message({}, mail, caps); }

}  // namespace

BOOST_AUTO_TEST_SUITE(message_facts)

BOOST_AUTO_TEST_CASE(mail_arguments) {
    const struct {
        Words mail;
        std::string want_sender, want_envid, want_ret;
        std::uint64_t want_size;
    } cases[] = {
        {{"<a@crm.test>"}, "a@crm.test", "", "", 0},
        {{"<>", "SIZE=12"}, "", "", "", 12},
        {{"<a@crm.test>", "RET=FULL", "ENVID=x+2B1", "BODY=8BITMIME", "SIZE=4096"}, "a@crm.test", "x+2B1", "FULL", 4096},
        {{"<a@crm.test>", "ret=hdrs", "envid=q", "size=7"}, "a@crm.test", "q", "hdrs", 7},
        {{"<a@crm.test>", "SIZE=-1"}, "a@crm.test", "", "", 0},
        {{"<a@crm.test>", "SIZE=99999999999999999999999"}, "a@crm.test", "", "", 0},
        {{"a@crm.test"}, "a@crm.test", "", "", 0},
        {{"<ENVID=x>"}, "ENVID=x", "", "", 0},
        {{}, "", "", "", 0},
    };
    for (const auto& c : cases) {
        const Message m = message(c.mail);
        BOOST_TEST(m.facts().sender == c.want_sender);
        BOOST_TEST(m.facts().envid == c.want_envid);
        BOOST_TEST(m.facts().ret == c.want_ret);
        BOOST_TEST(m.facts().size == c.want_size);
    }
}

BOOST_AUTO_TEST_CASE(recipients_keep_their_parameters) {
    Message m = message();
    m.add_recipient(Words{"<b@dest.test>", "ORCPT=rfc822;b@old.test", "NOTIFY=NEVER"}, "smtp");
    m.add_recipient(Words{"<c@dest.test>"}, "smtp");
    BOOST_REQUIRE(m.facts().recipients.size() == 2u);
    BOOST_TEST(m.facts().recipients[0].address == "b@dest.test");
    BOOST_TEST(m.facts().recipients[0].orcpt == "rfc822;b@old.test");
    BOOST_TEST(m.facts().recipients[0].notify == "NEVER");
    BOOST_TEST(m.facts().recipients[1].address == "c@dest.test");
    BOOST_TEST(m.facts().recipients[1].orcpt == "");
}

BOOST_AUTO_TEST_CASE(a_message_relays_when_a_recipient_leaves_this_server) {
    const struct {
        std::vector<std::string> mailers;
        bool want_relays;
    } cases[] = {
        {{}, false},        {{"local"}, false},          {{"virtual", "lmtp", "discard", "error"}, false}, {{"dovecot", "cyrus", "maildrop", "procmail"}, false},
        {{"LMTP"}, false},  {{"smtp"}, true},            {{"local", "smtp"}, true},                        {{"relay"}, true},
        {{"my-own"}, true}, {{""}, true},                {{"smtp", "local"}, true},
    };
    for (const auto& c : cases) {
        Message m = message();
        for (const auto& mailer : c.mailers) m.add_recipient(Words{"<b@dest.test>"}, mailer);
        BOOST_TEST(m.relays() == c.want_relays);
    }
}

BOOST_AUTO_TEST_CASE(header_fields) {
    const struct {
        std::vector<std::pair<std::string, std::string>> fields;
        std::vector<std::string> want_from;
        std::string want_message_id;
        std::vector<std::pair<std::string, std::string>> want_headers;
    } cases[] = {
        {{{"From", "a@b.test"}, {"To", "c@d.test"}, {"Subject", "s"}}, {"a@b.test"}, "", {}},
        {{{"FROM", "a@b.test"}, {"from ", "c@d.test"}, {"\tFrom\t", "e@f.test"}}, {"a@b.test", "c@d.test", "e@f.test"}, "", {}},
        {{{"Resent-From", "a@b.test"}, {"X-From", "c@d.test"}, {"From:", "e@f.test"}, {"Fro m", "e@f.test"}}, {}, "", {}},
        {{{"X-CRM-Id", " 42"}, {"x-crm-id", "43"}, {"X-CRM-Id2", "44"}}, {}, "", {{"X-CRM-Id", " 42"}, {"x-crm-id", "43"}}},
        {{{"Message-ID", " <1@x> "}, {"message-id", "<2@x>"}}, {}, "<1@x>", {{"Message-ID", " <1@x> "}, {"message-id", "<2@x>"}}},
        {{{"From", ""}}, {""}, "", {}},
    };
    for (const auto& c : cases) {
        Message m = message();
        for (const auto& [name, value] : c.fields) m.add_header(name, value, kWanted);
        BOOST_TEST(m.facts().from == c.want_from, boost::test_tools::per_element());
        BOOST_TEST(m.facts().message_id == c.want_message_id);
        BOOST_TEST((m.facts().headers == c.want_headers));
        BOOST_TEST(!m.incomplete());
    }
}

BOOST_AUTO_TEST_CASE(beyond_a_cap_the_message_is_refused_and_grows_no_further) {
    const struct {
        Caps caps;
        int recipients, froms;
        std::size_t length;
        std::string want_line;   // its start; empty: within the caps
    } cases[] = {
        {{3, 10, 10000}, 3, 1, 10, ""},
        {{3, 10, 10000}, 4, 1, 10, "550 5.5.3 "},
        {{3, 10, 10000}, 1, 10, 10, ""},
        {{3, 10, 10000}, 1, 11, 10, "550 5.3.4 "},
        {{3, 10, 10000}, 1, 1, 20000, "550 5.3.4 "},
        {{300, 10, 10000}, 300, 1, 10, "550 5.3.4 "},
    };
    for (const auto& c : cases) {
        Message m = message({"<a@crm.test>"}, c.caps);
        for (int i = 0; i < c.recipients; ++i) m.add_recipient(Words{"<b@dest.test>"}, "smtp");
        for (int i = 0; i < c.froms; ++i) m.add_header("From", std::string(c.length, 'x'), {});
        const auto refusal = m.incomplete();
        BOOST_TEST(refusal.has_value() == !c.want_line.empty());
        if (refusal) BOOST_TEST(refusal->line().starts_with(c.want_line), refusal->line());
        if (refusal) BOOST_TEST(refusal->line().ends_with("[crmrelay:limit]"), refusal->line());
        BOOST_TEST(m.facts().recipients.size() <= c.caps.recipients);
        BOOST_TEST(m.facts().from.size() <= c.caps.headers);
    }
}

BOOST_AUTO_TEST_CASE(one_recipient_beyond_the_default_cap) {
    Message m = message();
    for (int i = 0; i < 50'000; ++i) m.add_recipient(Words{"<b@dest.test>"}, "smtp");
    BOOST_TEST(!m.incomplete());
    m.add_recipient(Words{"<b@dest.test>"}, "smtp");
    BOOST_TEST(m.incomplete().has_value());
}

BOOST_AUTO_TEST_CASE(what_is_within_the_caps_fits_into_a_frame) {
    Message m = message();
    const std::string address = "<" + std::string(254, 'b') + ">", orcpt = "ORCPT=rfc822;" + std::string(400, 'o');
    std::size_t count = 0;
    for (; !m.incomplete(); ++count) m.add_recipient(Words{address, orcpt, "NOTIFY=NEVER"}, "smtp");
    BOOST_TEST(count > 5'000u);
    BOOST_TEST(policy::encode(policy::Admit{"0123456789abcdef-18446744073709551615", m.session(), m.facts()}).size() < policy::kFrameCap);
}

BOOST_AUTO_TEST_CASE(lost_facts_defer_the_message) {
    Message m = message();
    m.lose_facts();
    BOOST_REQUIRE(m.incomplete().has_value());
    BOOST_TEST(m.incomplete()->code() == 451);
}

BOOST_AUTO_TEST_SUITE_END()
