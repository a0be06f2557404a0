// SPDX-License-Identifier: BSD-2-Clause
//
// Tables of status and reply codes.
#include <boost/test/unit_test.hpp>

#include "bounce/codes.hh"

namespace crmrelay::bounce {
namespace {

BOOST_AUTO_TEST_CASE(codes_say_reasons) {
    const struct {
        std::string status, want_reason, want_rule;
    } rows[] = {
        {"5.1.1", "userunknown", "x.1.1"},    {"4.1.1", "userunknown", "x.1.1"},   {"5.1.10", "notaccept", "x.1.10"}, {"5.1.2", "hostunknown", "x.1.2"},
        {"5.1.8", "rejected", "x.1.8"},       {"4.2.2", "mailboxfull", "x.2.2"},   {"5.3.4", "mesgtoobig", "x.3.4"},  {"4.4.7", "expired", "x.4.7"},
        {"5.4.6", "networkerror", "x.4.6"},   {"5.6.1", "contenterror", "x.6.*"},  {"5.7.1", "securityerror", "x.7.1"}, {"5.7.606", "blocked", "5.7.60*"},
        {"5.7.60", "securityerror", "x.7.*"}, {"5.7.17", "hasmoved", "x.7.17"},    {"5.7.26", "authfailure", "x.7.26"}, {"5.4.316", "expired", "5.4.316"},
    };
    for (const auto& row : rows) {
        const auto* rule = rule_of_status(row.status);
        BOOST_TEST_CONTEXT(row.status) {
            BOOST_REQUIRE(rule != nullptr);
            BOOST_TEST(name_of(rule->reason) == row.want_reason);
            BOOST_TEST(rule->code == row.want_rule);
        }
    }
    for (const auto status : {"5.0.0", "2.1.1", "", "5", "5.1.11", "3.1.1"}) BOOST_TEST(rule_of_status(status) == nullptr, status);
    BOOST_TEST(name_of(rule_of_reply(556)->reason) == "notaccept");
    for (const int code : {0, 250, 550, 554}) BOOST_TEST(rule_of_reply(code) == nullptr);
}

BOOST_AUTO_TEST_CASE(reasons_have_names_classes_and_faults) {
    for (int number = 0; number <= static_cast<int>(Reason::vacation); ++number) {
        const auto reason = static_cast<Reason>(number);
        BOOST_TEST((reason_named(name_of(reason)) == reason));
        BOOST_TEST(!verdict_of(reason, false).empty());
        BOOST_TEST(!fault_of(reason).empty());
    }
    BOOST_TEST(verdict_of(Reason::notaccept, true) == "soft");
    BOOST_TEST((reason_named("nonsense") == Reason::undefined));
}

}  // namespace
}  // namespace crmrelay::bounce
