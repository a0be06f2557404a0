// SPDX-License-Identifier: BSD-2-Clause
//
// What a status code says about a failure, and what it does not.
#include "bounce/classify.hh"

#include <boost/test/unit_test.hpp>

namespace crmrelay::bounce {
namespace {

BOOST_AUTO_TEST_CASE(status_and_code_decide) {
    const struct {
        Action action;
        std::string status;
        int code;
        std::string want_reason, want_class, want_fault, want_rule;
    } rows[] = {
        {Action::failed, "5.1.1", 550, "userunknown", "hard", "recipient", "5.1.1"},
        {Action::delayed, "4.1.1", 450, "userunknown", "soft", "recipient", "4.1.1"},
        {Action::failed, "5.1.10", 556, "notaccept", "hard", "recipient", "5.1.10"},
        {Action::failed, "5.1.2", 0, "hostunknown", "hard", "recipient", "5.1.2"},
        {Action::failed, "5.1.8", 0, "rejected", "policy", "policy", "x.1.8"},
        {Action::failed, "5.2.2", 552, "mailboxfull", "soft", "recipient", "x.2.2"},
        {Action::delayed, "4.2.2", 452, "mailboxfull", "soft", "recipient", "x.2.2"},
        {Action::failed, "5.3.4", 552, "mesgtoobig", "soft", "content", "x.3.4"},
        {Action::failed, "4.4.1", 0, "expired", "soft", "recipient", "4.4.*"},
        {Action::delayed, "4.4.1", 0, "networkerror", "soft", "recipient", "x.4.*"},
        {Action::failed, "5.4.6", 0, "networkerror", "soft", "recipient", "x.4.*"},
        {Action::failed, "5.4.7", 0, "expired", "soft", "recipient", "x.4.7"},
        {Action::failed, "5.6.1", 0, "contenterror", "policy", "content", "x.6.*"},
        {Action::failed, "5.7.1", 550, "policyviolation", "policy", "policy", "x.7.*"},
        {Action::failed, "5.7.17", 550, "hasmoved", "hard", "recipient", "5.7.17"},
        {Action::failed, "5.7.26", 550, "authfailure", "policy", "relay", "x.7.26"},
        {Action::failed, "5.0.0", 550, "undefined", "other", "unknown", ""},
        {Action::failed, "5.0.0", 552, "mailboxfull", "soft", "recipient", "552"},
        {Action::failed, "", 556, "notaccept", "hard", "recipient", "556"},
        {Action::failed, "", 0, "undefined", "other", "unknown", ""},
        {Action::failed, "5.1.11", 0, "undefined", "other", "unknown", ""},
        {Action::delivered, "2.0.0", 250, "delivered", "other", "unknown", ""},
        {Action::relayed, "5.1.1", 0, "delivered", "other", "unknown", ""},
        {Action::unknown, "2.1.1", 0, "undefined", "other", "unknown", ""},
        {Action::failed, "5", 0, "undefined", "other", "unknown", ""},
    };
    for (const auto& row : rows) {
        const auto got = classify(row.action, row.status, row.code);
        BOOST_TEST_CONTEXT(row.status + " " + std::to_string(row.code)) {
            BOOST_TEST(got.reason == row.want_reason);
            BOOST_TEST(got.verdict == row.want_class);
            BOOST_TEST(got.fault == row.want_fault);
            BOOST_TEST(got.rule == row.want_rule);
        }
    }
}

}  // namespace
}  // namespace crmrelay::bounce
