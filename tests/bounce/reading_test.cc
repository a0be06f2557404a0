// SPDX-License-Identifier: BSD-2-Clause
//
// What is made of the mails in fixtures/ (of our own writing, one a format at least), against fixtures/expected.txt.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <span>
#include <sstream>

#include "base/text.hh"
#include "bounce/layout.hh"
#include "bounce/mbox.hh"
#include "bounce/reading.hh"

namespace crmrelay::bounce {
namespace {

const std::filesystem::path kFixtures = std::filesystem::path(CRMRELAY_SRCDIR) / "tests/bounce/fixtures";

std::string slurp(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string shown(std::string_view value) { return value.empty() ? "-" : std::string(value); }

std::vector<std::string> rows_of(const Reading& reading) {
    std::vector<std::string> rows;
    const std::string kind(name_of(reading.kind));
    for (const auto& result : reading.results)
        rows.push_back(kind + "|" + shown(result.recipient) + "|" + std::string(name_of(result.action)) + "|" + shown(result.status) + "|" + std::to_string(result.code) + "|" +
                       std::string(name_of(result.judgement.reason)) + "|" + shown(reading.message_id));
    if (rows.empty()) rows.push_back(kind + "|-|-|-|-|-|-");
    return rows;
}

std::map<std::string, std::vector<std::string>> wanted() {
    std::map<std::string, std::vector<std::string>> want;
    std::ifstream file(kFixtures / "expected.txt");
    for (std::string line; std::getline(file, line);)
        if (!line.starts_with('#')) want[line.substr(0, line.find('|'))].push_back(line.substr(line.find('|') + 1));
    return want;
}

BOOST_AUTO_TEST_CASE(each_format_is_read) {
    const auto want = wanted();
    BOOST_TEST(want.size() >= 49U);
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(kFixtures))
        if (entry.path().extension() == ".eml") files.insert(entry.path().stem());
    for (const auto& [name, rows] : want) {
        BOOST_TEST(files.erase(name) == 1U, name << " has no file");
        BOOST_TEST_CONTEXT(name) { BOOST_TEST(rows_of(read_bounce(slurp(kFixtures / (name + ".eml")))) == rows, boost::test_tools::per_element()); }
    }
    for (const auto& name : files) BOOST_ERROR(name << " has no expectation");
}

// Mail servers write CRLF, files have LF: nothing may depend on it.
BOOST_AUTO_TEST_CASE(line_ends_make_no_difference) {
    for (const auto& [name, rows] : wanted()) {
        const auto text = slurp(kFixtures / (name + ".eml"));
        std::string crlf;
        for (const char c : text) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
        BOOST_TEST_CONTEXT(name) { BOOST_TEST(rows_of(read_bounce(crlf)) == rows, boost::test_tools::per_element()); }
    }
}

// A mail cut anywhere is read as far as it goes, and never ends a process.
BOOST_AUTO_TEST_CASE(a_cut_mail_is_read_as_far_as_it_goes) {
    std::size_t read = 0;
    for (const auto& [name, rows] : wanted()) {
        const auto text = slurp(kFixtures / (name + ".eml"));
        for (std::size_t length = 0; length < text.size(); length += 97) read += read_bounce(std::string_view(text).substr(0, length)).results.size();
    }
    BOOST_TEST(read > 0U);
}

// Who is away sends no bounce, whatever the words and the language: also from a null return path, as RFC 3834 section 3.3 allows, and where the text
// speaks of mailboxes, addresses and delivery.
BOOST_AUTO_TEST_CASE(out_of_office_is_no_bounce_in_any_language) {
    const struct {
        std::string subject, body;
    } rows[] = {
        {"Out of office: your offer", "I am away and my mailbox is full of mail. For urgent matters write to <desk@dest.test>."},
        {"Automatic reply: your offer", "I no longer work here, and this address is no longer in use.\nUse <desk@dest.test>: she reads your mail."},
        {"On leave until Monday", "Your message could not be read. It will be delivered to my colleague."},
        {"Abwesenheitsnotiz: Ihr Angebot", "Ich bin nicht im Haus; Ihre Nachricht wird nicht weitergeleitet. Vertretung: <team@dest.test>"},
        {"Automatische Antwort: Ihr Angebot", "Dieses Postfach wird nicht mehr gelesen. Bitte wenden Sie sich an <team@dest.test>."},
        {"Réponse automatique : votre offre", "Je suis absente ; cette adresse n'est plus valable. Écrivez à <equipe@dest.test>."},
        {"Respuesta automática: su oferta", "Estoy de vacaciones. Mi buzón está lleno; escriba a <equipo@dest.test>."},
        {"Risposta automatica: la sua offerta", "Sono fuori ufficio, la casella non viene letta. Scrivere a <ufficio@dest.test>."},
        {"Automatisch antwoord: uw aanbod", "Ik ben afwezig. Uw bericht is niet gelezen; schrijf naar <team@dest.test>."},
        {"不在のお知らせ", "ただいま休暇中です。お急ぎの方は <team@dest.test> までご連絡ください。このメールアドレスは現在使用しておりません。"},
        {"自動応答: ご提案の件", "退職いたしました。メールは配信されません。後任: <team@dest.test>"},
        {"自动回复: 您的报价", "我正在休假,邮箱已满。请联系 <team@dest.test>。"},
        {"自動回覆: 您的報價", "我目前不在辦公室,郵件無法送達。請聯絡 <team@dest.test>。"},
        {"부재중 자동 응답: 제안", "현재 휴가 중입니다. 메일을 받을 수 없습니다. 연락처: <team@dest.test>"},
    };
    const struct {
        std::string header;
        bool told;   // by a field that only machines write
    } headers[] = {{"", false}, {"Return-Path: <>\n", false}, {"Auto-Submitted: auto-replied\n", true}, {"Return-Path: <>\nAuto-Submitted: auto-replied\nX-Auto-Response-Suppress: All\n", true}};
    for (const auto& row : rows)
        for (const auto& header : headers) {
            const auto reading = read_bounce(header.header + "From: Reader <reader@dest.test>\nTo: sales@example.test\nIn-Reply-To: <m1@example.test>\nSubject: " + row.subject +
                                             "\nContent-Type: text/plain; charset=utf-8\n\n" + row.body + "\n");
            BOOST_TEST_CONTEXT(row.subject << " / " << header.header) {
                BOOST_TEST(name_of(reading.kind) == "autoreply");
                if (header.told && !reading.results.empty()) BOOST_TEST(reading.results[0].recipient == "reader@dest.test");
            }
        }
}

// What the fuzz target of reading starts from reaches every family of readers and layouts.
BOOST_AUTO_TEST_CASE(the_fuzz_seeds_reach_every_reader) {
    std::map<std::string, std::size_t, std::less<>> readers;
    std::size_t words_gave_status = 0;
    for (const auto& folder : {kFixtures, std::filesystem::path(CRMRELAY_SRCDIR) / "tests/fuzz/corpus/reading"})
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            const auto text = slurp(entry.path());
            for (const auto message : split_mbox(text)) {
                const auto reading = read_bounce(message);
                if (reading.kind == ReadingKind::none) continue;
                ++readers[std::string(reading.reader)];
                if (reading.reader != "rfc3464")
                    for (const auto& result : reading.results) words_gave_status += !result.status.empty() && !result.status.ends_with(".0.0") ? 1U : 0U;
            }
        }
    for (const auto reader : {"rfc3464", "rfc5965", "rfc3834", "amazon sns"}) BOOST_TEST(readers[reader] > 0U, reader);
    const struct {
        std::string_view family;
        std::span<const Layout> layouts;
    } families[] = {{"unix", unix_layouts()}, {"product", product_layouts()}, {"provider", provider_layouts()}, {"japan", japanese_layouts()}, {"general", general_layouts()}};
    for (const auto& [family, layouts] : families) {
        std::size_t systems = 0;
        for (const auto& layout : layouts) systems += readers.contains(layout.system) ? 1U : 0U;
        BOOST_TEST(systems >= std::min<std::size_t>(layouts.size(), 2U), family);
    }
    BOOST_TEST(words_gave_status > 0U);
}

bool is_clean(std::string_view value) { return base::neuter(value, value.size() + 1) == value; }

// What a report says can start no line, no header, no terminal sequence and no text that runs backwards.
BOOST_AUTO_TEST_CASE(nothing_that_a_report_says_can_inject) {
    const std::string evil[] = {"\r\nInjected: yes", "\nInjected", std::string("a\0b", 3), "\x1b[31mred", "\xc0\xaf", "\xe2\x80\xae" "evil", "\x7f", "\xc2\x9b" "31m", "=?utf-8?B?DQpJbmplY3RlZDogeWVz?="};
    for (const auto& text : evil) {
        const std::string mails[] = {
            "From: MAILER-DAEMON@relay.test\nSubject: Undelivered Mail\nMessage-ID: <a" + text + "@b>\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary=b\n\n--b\n"
            "Content-Type: message/delivery-status\nContent-Transfer-Encoding: 8bit\n\nReporting-MTA: dns; relay" + text + ".test\n\nFinal-Recipient: rfc822; no" + text +
            "body@dest.test\nStatus: 5.1.1\nRemote-MTA: dns; mx" + text + "\nLast-Attempt-Date: today" + text + "\nDiagnostic-Code: smtp; 550 no " + text + " user\n--b\n"
            "Content-Type: message/rfc822\n\nMessage-ID: <id" + text + "@x>\n\n--b--\n",
            "From: MAILER-DAEMON@relay.test\nSubject: failure notice\n\nHi. This is the qmail-send program at relay.test.\n\n<no" + text + "body@dest.test>:\n550 unknown " + text +
            " user\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <id" + text + "@x>\n",
            "From: a" + text + "@dest.test\nSubject: Automatic reply\nAuto-Submitted: auto-replied\nIn-Reply-To: <x" + text + ">\n\naway" + text + "\n",
            "From: a@dest.test\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse" + text + "\nOriginal-Rcpt-To: r" + text +
            "@isp.test\n--b--\n",
            "From: a@sns.test\n\n{\"notificationType\":\"Bounce\",\"bounce\":{\"bouncedRecipients\":[{\"emailAddress\":\"a" + text + "@b.test\",\"status\":\"5.1.1" + text + "\",\"diagnosticCode\":\"550 " + text + "\"}]}}\n"};
        for (const auto& mail : mails) {
            const auto reading = read_bounce(mail);
            BOOST_TEST_CONTEXT(base::neuter(mail, 4096)) {
                BOOST_TEST(is_clean(reading.message_id));
                BOOST_TEST(is_clean(reading.feedback_type));
                BOOST_TEST(is_clean(reading.reader));
                for (const auto& result : reading.results)
                    for (const auto* value : {&result.recipient, &result.status, &result.diagnostic, &result.remote_mta, &result.reporting_mta, &result.date, &result.judgement.rule})
                        BOOST_TEST(is_clean(*value), base::neuter(*value));
            }
        }
    }
}

}  // namespace
}  // namespace crmrelay::bounce
