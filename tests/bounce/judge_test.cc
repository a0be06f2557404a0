// SPDX-License-Identifier: BSD-2-Clause
//
// Evidence and what is made of it; the tables of phrases are well-formed.
#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "base/text.hh"
#include "bounce/judge.hh"
#include "bounce/phrase_book.hh"

namespace crmrelay::bounce {
namespace {

BOOST_AUTO_TEST_CASE(texts_codes_and_commands_are_weighed) {
    const struct {
        Action action;
        std::string status;
        int code;
        std::string text;
        std::string want_reason, want_class, want_fault, want_rule;
    } rows[] = {
        {Action::failed, "5.1.1", 550, "550 5.1.1 <a@b.test>: User unknown", "userunknown", "hard", "recipient", "text: user unknown"},
        {Action::failed, "5.1.1", 550, "550 5.1.1 your client host was blocked using zen.rbl.test", "blocked", "policy", "policy", "text: blocked using"},
        {Action::failed, "5.1.1", 550, "", "userunknown", "hard", "recipient", "status: x.1.1"},
        {Action::failed, "5.2.2", 552, "552 5.2.2 sorry", "mailboxfull", "soft", "recipient", "status: x.2.2"},
        {Action::failed, "5.0.0", 552, "552 sorry", "mailboxfull", "soft", "recipient", "code: 552"},
        {Action::failed, "5.0.0", 550, "host mx said: 550 sorry (in reply to MAIL FROM command)", "rejected", "policy", "policy", "command: MAIL"},
        {Action::failed, "5.0.0", 554, "refused to talk to me: 554 sorry", "blocked", "policy", "policy", "command: connect"},
        {Action::delayed, "4.1.1", 450, "450 4.1.1 user unknown", "userunknown", "soft", "recipient", "text: user unknown"},
        {Action::delayed, "4.0.0", 0, "", "expired", "soft", "recipient", "action: delayed"},
        {Action::failed, "5.0.0", 550, "550 sorry", "onhold", "other", "unknown", ""},
        {Action::failed, "", 0, "", "undefined", "other", "unknown", ""},
        {Action::failed, "5.0.0", 550, "550 your membership is required", "onhold", "other", "unknown", ""},
        {Action::failed, "5.0.0", 550, "550 this relationship in question", "onhold", "other", "unknown", ""},
        {Action::failed, "5.0.0", 550, "550 the message is frozen", "onhold", "other", "unknown", ""},
        {Action::failed, "5.0.0", 550, "550 sorry, your email is not what we want", "onhold", "other", "unknown", ""},
        {Action::failed, "5.0.0", 550, "550 our internal reference is 7", "onhold", "other", "unknown", ""},
        {Action::failed, "5.0.0", 550, "550 sorry, IP is bad", "blocked", "policy", "policy", "text:  ip is "},
        {Action::failed, "5.0.0", 550, "550 the account is frozen", "suspend", "soft", "recipient", "text: account is frozen"},
        {Action::relayed, "2.0.0", 250, "250 mailbox full", "delivered", "other", "unknown", "action: relayed"},
        {Action::failed, "5.7.26", 550, "550-5.7.26 Unauthenticated email from a.test is\n550-5.7.26 not accepted due to domain's DMARC\n550 5.7.26 policy.", "authfailure", "policy", "relay",
         "text: unauthenticated email from*is not accepted due to domain's dmarc policy"},
        {Action::failed, "4.3.2", 450, "450 4.3.2 not accepting network messages", "notaccept", "soft", "recipient", "text: not accepting network messages"},
    };
    for (const auto& row : rows) {
        const auto got = judge({row.action, row.status, row.code, row.text});
        BOOST_TEST_CONTEXT(row.status + " " + row.text) {
            BOOST_TEST(name_of(got.reason) == row.want_reason);
            BOOST_TEST(got.verdict == row.want_class);
            BOOST_TEST(got.fault == row.want_fault);
            BOOST_TEST(got.rule == row.want_rule);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_stands_around_is_asked_last) {
    const auto around = look_around("The mailbox is full, and has been for days");
    BOOST_TEST(name_of(judge({Action::failed, "5.0.0", 0, "550 sorry", &around}).reason) == "mailboxfull");
    BOOST_TEST(name_of(judge({Action::failed, "5.0.0", 0, "550 user unknown", &around}).reason) == "userunknown");
    BOOST_TEST(judge({Action::failed, "5.0.0", 0, "550 sorry", &around}).sure == "fairly");
}

BOOST_AUTO_TEST_CASE(addresses_and_continued_codes_are_no_words) {
    const struct {
        std::string text, want;
    } rows[] = {
        {"550 5.1.1 <Spam.Virus@Mailbox-Full.test>: No", "550 5.1.1 <@>: no"},
        {"550-5.1.1 one\r\n550-5.1.1 two\r\n550 5.1.1 three", "550-5.1.1 one two three"},
        {"A\t B\n\n C", "a b c"},
        {"", ""},
        {"@", "@"},
        {"x @ y", "x @ y"},
    };
    for (const auto& row : rows) BOOST_TEST(comparable_text(row.text, 4096) == row.want);
    BOOST_TEST(comparable_text(std::string(10'000, 'a'), 100).size() == 100U);
}

BOOST_AUTO_TEST_CASE(phrases_are_lower_case_and_can_be_found) {
    for (const auto table : {mailbox_phrases(), recipient_phrases(), full_phrases(), client_phrases(), sender_phrases(), content_phrases(), transport_phrases(), google_phrases(),
                             microsoft_phrases(), provider_phrases(), japanese_phrases()})
        for (const auto& phrase : table) {
            std::string example(phrase.text);
            if (const auto star = example.find('*'); star != std::string::npos) example.replace(star, 1, " - ");
            if (example.starts_with('^')) example.erase(0, 1);
            const auto* best = phrase_book().best(example);
            BOOST_TEST_CONTEXT(phrase.text) {
                BOOST_TEST(base::lower(phrase.text) == phrase.text);
                BOOST_TEST(std::count(phrase.text.begin(), phrase.text.end(), '*') <= 1);
                BOOST_TEST((phrase.weight >= 1 && phrase.weight <= 9));
                BOOST_REQUIRE(best != nullptr);
                BOOST_TEST(best->weight >= phrase.weight);
            }
        }
}

}  // namespace
}  // namespace crmrelay::bounce
