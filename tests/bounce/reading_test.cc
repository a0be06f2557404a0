// SPDX-License-Identifier: BSD-2-Clause
//
// What is made of the mails in fixtures/ (of our own writing, one a format at least), against fixtures/expected.txt.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/text.hh"
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
