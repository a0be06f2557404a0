// SPDX-License-Identifier: BSD-2-Clause
//
// Which recipients of a report are a record's, and which of several records gets the event.
#include "bounce/correlate.hh"

#include <boost/test/unit_test.hpp>

namespace crmrelay::bounce {
namespace {

RecipientReport about(std::string original, std::string final) {
    RecipientReport out;
    out.original_recipient = std::move(original);
    out.final_recipient = std::move(final);
    return out;
}

// "reported:candidate:addressee" of each match.
std::string shown(const std::vector<Match>& matches) {
    std::string out;
    for (const auto& match : matches)
        out += (out.empty() ? "" : " ") + std::to_string(match.reported) + ":" + std::to_string(match.candidate) + ":" + std::to_string(match.addressee);
    return out;
}

BOOST_AUTO_TEST_CASE(only_recipients_that_the_record_holds_match) {
    const Sent one = {{"Nobody@Dest.test", ""}, {"other@dest.test", "rfc822;user+2Bx@real.test"}};
    const struct {
        std::string original, final, want;
    } rows[] = {
        {"", "nobody@dest.test", "0:0:0"},
        {"nobody@dest.test", "", "0:0:0"},
        {"NOBODY@DEST.TEST", "elsewhere@host.test", "0:0:0"},
        {"stranger@x.test", "nobody@dest.test", "0:0:0"},
        {"other@dest.test", "nobody@dest.test", "0:0:1"},   // Original-Recipient first
        {"user+x@real.test", "mbox@inner.test", "0:0:1"},   // the record's ORCPT, decoded
        {"user+2Bx@real.test", "", "0:0:1"},                // a report that left it encoded
        {"", "USER+x@real.test", "0:0:1"},
        {"", "stranger@dest.test", ""},
        {"", "nobody@dest.test.evil.test", ""},
        {"", "", ""},
    };
    for (const auto& row : rows) {
        Report report;
        report.recipients = {about(row.original, row.final)};
        BOOST_TEST_CONTEXT(row.original + " / " + row.final) BOOST_TEST(shown(correlate(report, {one})) == row.want);
    }
}

BOOST_AUTO_TEST_CASE(the_newest_record_that_holds_the_recipient_gets_it_alone) {
    const Sent newest = {{"a@dest.test", ""}};
    const Sent older = {{"a@dest.test", ""}, {"b@dest.test", ""}};
    Report report;
    report.recipients = {about("", "b@dest.test"), about("", "a@dest.test"), about("", "c@dest.test")};
    BOOST_TEST(shown(correlate(report, {newest, older})) == "0:1:1 1:0:0");
    BOOST_TEST(shown(correlate(report, {})) == "");
}

BOOST_AUTO_TEST_CASE(ways_have_names) {
    BOOST_TEST(name_of(Via::return_path) == "return-path");
    BOOST_TEST(name_of(Via::envelope_id) == "envelope-id");
    BOOST_TEST(name_of(Via::message_id) == "message-id");
}

}  // namespace
}  // namespace crmrelay::bounce
