// SPDX-License-Identifier: BSD-2-Clause
//
// The keys that say how a domain's mail leaves: dkim, archive, limits, remove_headers.
#include "conf/sending_reader.hh"

#include "tests/conf/check.hh"

using namespace crmrelay::conf;
using tests::check;
using tests::domain;
using tests::in_a_row;
using tests::load_text;

namespace {

Domain read(const std::string& lines) { return load_text(domain(lines)).domains.at(0); }

std::string print(const std::optional<DkimSigning>& dkim) {
    using Sign = DkimSigning::Sign;
    if (!dkim) return "none";
    const std::string sign = dkim->sign == Sign::never ? "never" : dkim->sign == Sign::missing ? "missing" : "always";
    return sign + " " + dkim->domain + " " + in_a_row(dkim->keys, [](const auto& key) { return key.selector + "=" + key.path; });
}

}  // namespace

BOOST_AUTO_TEST_CASE(signing) {
    const struct {
        const char* line;
        const char* want;
    } cases[] = {
        {"", "none"},
        {"dkim = { selector = \"CRM\", key = \"/k/a.pem\" }", "missing e.com crm=/k/a.pem"},
        {"dkim = { selector = \"crm.2026\", key = \"/k/a.pem\", sign = \"missing\" }", "missing e.com crm.2026=/k/a.pem"},
        {"dkim = { selector = \"crm\", key = \"/k/a.pem\", sign = \"always\", domain = \"Mail.E.com\" }", "always mail.e.com crm=/k/a.pem"},
        {"dkim = { keys = [{ selector = \"r\", key = \"/k/r\" }] }", "missing e.com r=/k/r"},
        {"dkim = { keys = [{ selector = \"r\", key = \"/k/r\" }, { selector = \"e\", key = \"/k/e\" }], sign = \"always\" }", "always e.com r=/k/r e=/k/e"},
        {"dkim = { selector = \"crm\", key = \"/k/a.pem\", sign = \"never\" }", "never e.com crm=/k/a.pem"},
        {"dkim = { sign = \"never\" }", "none"},
    };
    for (const auto& c : cases) BOOST_TEST(print(read(c.line).dkim) == c.want);
}

BOOST_AUTO_TEST_CASE(bad_signing) {
    const std::string one = "{ selector = \"a\", key = \"/k\" }";
    check({
        {domain("dkim = \"crm\""), {{2, 8, "dkim is a string; write { selector = "}}},
        {domain("dkim = {}"), {{2, 8, "dkim: selector is missing; write { selector = "}}},
        {domain("dkim = { sign = \"always\" }"), {{2, 8, "dkim: selector is missing"}}},
        {domain("dkim = { selector = \"crm\" }"), {{2, 8, "dkim: key is missing"}}},
        {domain("dkim = { key = \"/k\", sign = \"never\" }"), {{2, 8, "dkim: selector is missing"}}},
        {domain("dkim = { selector = \"a b\", key = \"k.pem\" }"), {{2, 21, "selector: \"a b\" is no domain name"}, {2, 34, "key: \"k.pem\" is no absolute path"}}},
        {domain("dkim = { selector = 1, key = 2 }"), {{2, 21, "selector is a whole number"}, {2, 30, "key is a whole number"}}},
        {domain("dkim = { selector = \"a\", key = \"/k\", sign = \"all\" }"), {{2, 45, "sign is \"all\"; write \"missing\""}}},
        {domain("dkim = { selector = \"a\", key = \"/k\", domain = \"e_x\" }"), {{2, 47, "domain: \"e_x\" is no domain name"}}},
        {domain("dkim = { selector = \"a\", key = \"/k\", singn = \"always\" }"), {{2, 38, "unknown key \"singn\" in dkim; did you mean \"sign\"?"}}},
        {domain("dkim = { keys = \"/k\" }"), {{2, 17, "keys is a string; write a list of { selector, key }"}}},
        {domain("dkim = { keys = [] }"), {{2, 17, "dkim: keys holds 0; write one or two"}}},
        {domain("dkim = { keys = [" + one + ", " + one + "] }"), {{2, 17, "dkim: both keys have the selector \"a\""}}},
        {domain("dkim = { keys = [" + one + ", { selector = \"b\", key = \"/b\" }, { selector = \"c\", key = \"/c\" }] }"), {{2, 17, "keys holds 3"}}},
        {domain("dkim = { keys = [\"/k\", { selector = \"b\" }, { selector = \"c\", key = \"/c\", sign = \"always\" }] }"),
         {{2, 18, "an entry of keys is a string"}, {2, 24, "dkim: key is missing"}, {2, 74, "unknown key \"sign\" in an entry of keys"}}},
        {domain("dkim = { selector = \"a\", key = \"/k\", keys = [" + one + "] }"), {{2, 45, "dkim has both keys and selector or key; write one of the two forms"}}},
    });
}

BOOST_AUTO_TEST_CASE(the_archive) {
    BOOST_TEST(read("").archive == "");
    BOOST_TEST(read("archive = \"Archive@Example.com\"").archive == "Archive@example.com");
    check({
        {domain("archive = \"archive\""), {{2, 11, "archive: \"archive\" is no mailbox: it has no @"}}},
        {domain("archive = \"\""), {{2, 11, "no mailbox"}}},
        {domain("archive = [\"a@b.c\"]"), {{2, 11, "archive is a list; write a mailbox in quotes"}}},
        {domain("archive = \"x@r.e\""), {{2, 11, "archive: x@r.e is a bounce address of a return_path"}}},
    });
}

BOOST_AUTO_TEST_CASE(limits) {
    const struct {
        const char* line;
        std::int64_t want_hour, want_day, want_recipients;
    } cases[] = {
        {"", 0, 0, 0},
        {"limits = {}", 0, 0, 0},
        {"limits = { per_hour = 10 }", 10, 0, 0},
        {"limits = { per_hour = 1, per_day = 1000000000, recipients = 50000 }", 1, 1000000000, 50000},
        {"limits = { per_hour = 1000000000, per_day = 0, recipients = 0 }", 1000000000, 0, 0},
    };
    for (const auto& c : cases) {
        const auto got = read(c.line).limits;
        BOOST_TEST_CONTEXT(c.line) {
            BOOST_TEST(got.per_hour == c.want_hour);
            BOOST_TEST(got.per_day == c.want_day);
            BOOST_TEST(got.recipients == c.want_recipients);
        }
    }
    check({
        {domain("limits = 100"), {{2, 10, "limits is a whole number; write { per_hour = 0, per_day = 0, recipients = 100 }"}}},
        {domain("limits = { per_hour = -1 }"), {{2, 23, "from 0 to 1000000000"}}},
        {domain("limits = { per_hour = 1000000001, per_day = \"9\", recipients = 50001 }"),
         {{2, 23, "per_hour is 1000000001"}, {2, 45, "per_day is a string"}, {2, 63, "from 0 to 50000"}}},
        {domain("limits = { per_minute = 1 }"), {{2, 12, "unknown key \"per_minute\" in limits; known here: per_hour, per_day, recipients"}}},
    });
}

BOOST_AUTO_TEST_CASE(headers_that_are_taken_out) {
    BOOST_TEST(read("").remove_headers.empty());
    const std::vector<std::string> want = {"X-SFDCRelayAddr", "X-SFDCTLS"};
    BOOST_TEST(read("remove_headers = [\"X-SFDCRelayAddr\", \"X-SFDCTLS\"]").remove_headers == want, boost::test_tools::per_element());
    check({
        {domain("remove_headers = \"X-A\""), {{2, 18, "remove_headers is a string; write a list"}}},
        {domain("remove_headers = [\"X-A\", \"From\"]"), {{2, 26, "remove_headers: From is a message's own field and stays; name fields of the CRM only"}}},
        {domain("remove_headers = [\"X-A\", \"date\"]"), {{2, 26, "remove_headers: date is a message's own field and stays; name fields of the CRM only"}}},
        {domain("remove_headers = [\"X-A\", \"RECEIVED\"]"), {{2, 26, "remove_headers: RECEIVED is a message's own field and stays; name fields of the CRM only"}}},
        {domain("remove_headers = [\"X-A\", \"Message-ID\"]"), {{2, 26, "remove_headers: Message-ID is a message's own field and stays; name fields of the CRM only"}}},
        {domain("remove_headers = [\"X-A\", \"DKIM-Signature\"]"), {{2, 26, "remove_headers: DKIM-Signature is a message's own field and stays; name fields of the CRM only"}}},
        {domain("remove_headers = [\"X-A\", \"ARC-Seal\"]"), {{2, 26, "remove_headers: ARC-Seal is a message's own field and stays; name fields of the CRM only"}}},
        {domain("remove_headers = [\"X-A\", \"Content-Type\"]"), {{2, 26, "remove_headers: Content-Type is a message's own field and stays; name fields of the CRM only"}}},
        {domain("remove_headers = [\"X-A\", \"Resent-From\"]"), {{2, 26, "remove_headers: Resent-From is a message's own field and stays; name fields of the CRM only"}}},
        {domain("remove_headers = [\"X-A\", \"Return-Path\"]"), {{2, 26, "remove_headers: Return-Path is a message's own field and stays; name fields of the CRM only"}}},
        {domain("remove_headers = [\"X-A\", \"X A\", 1]"), {{2, 26, "remove_headers: \"X A\" is no header name"}, {2, 33, "an entry of remove_headers is a whole number"}}},
    });
}
