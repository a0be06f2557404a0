// SPDX-License-Identifier: BSD-2-Clause
//
// A table, first match first. "*" stands for any detail, "x" for class 4 or 5. Codes that receivers use for everything (5.0.0, 550) decide nothing.
#include "bounce/classify.hh"

namespace crmrelay::bounce {

namespace {

constexpr Classification kByStatus[] = {
    {"userunknown", "hard", "recipient", "5.1.1"},      {"userunknown", "soft", "recipient", "4.1.1"},
    {"hostunknown", "hard", "recipient", "5.1.2"},      {"hostunknown", "soft", "recipient", "4.1.2"},
    {"userunknown", "hard", "recipient", "5.1.3"},      {"filtered", "soft", "recipient", "x.1.4"},
    {"hasmoved", "hard", "recipient", "5.1.6"},         {"rejected", "policy", "policy", "x.1.7"},
    {"rejected", "policy", "policy", "x.1.8"},          {"notaccept", "hard", "recipient", "5.1.10"},
    {"suspend", "soft", "recipient", "x.2.1"},          {"mailboxfull", "soft", "recipient", "x.2.2"},
    {"exceedlimit", "soft", "content", "x.2.3"},        {"filtered", "soft", "recipient", "x.2.4"},
    {"systemfull", "soft", "recipient", "x.3.1"},       {"notaccept", "hard", "recipient", "5.3.2"},
    {"notaccept", "soft", "recipient", "4.3.2"},        {"mesgtoobig", "soft", "content", "x.3.4"},
    {"systemerror", "soft", "recipient", "x.3.*"},      {"expired", "soft", "recipient", "x.4.7"},
    {"networkerror", "soft", "recipient", "x.4.*"},     {"toomanyconn", "soft", "policy", "x.5.3"},
    {"syntaxerror", "soft", "relay", "x.5.*"},          {"contenterror", "policy", "content", "x.6.*"},
    {"failedstarttls", "policy", "relay", "x.7.10"},    {"suspend", "soft", "recipient", "x.7.13"},
    {"hasmoved", "hard", "recipient", "5.7.17"},        {"hasmoved", "hard", "recipient", "5.7.18"},
    {"authfailure", "policy", "relay", "x.7.20"},       {"authfailure", "policy", "relay", "x.7.21"},
    {"authfailure", "policy", "relay", "x.7.22"},       {"authfailure", "policy", "relay", "x.7.23"},
    {"authfailure", "policy", "relay", "x.7.24"},       {"requireptr", "policy", "relay", "x.7.25"},
    {"authfailure", "policy", "relay", "x.7.26"},       {"notaccept", "hard", "recipient", "5.7.27"},
    {"speeding", "soft", "policy", "4.7.28"},           {"authfailure", "policy", "relay", "x.7.29"},
    {"policyviolation", "policy", "policy", "x.7.*"},
};

constexpr Classification kExpired{"expired", "soft", "recipient", "4.4.*"};

struct ByCode {
    int code;
    Classification says;
};

constexpr ByCode kByCode[] = {
    {521, {"notaccept", "hard", "recipient", "521"}},
    {530, {"securityerror", "policy", "relay", "530"}},
    {535, {"securityerror", "policy", "relay", "535"}},
    {552, {"mailboxfull", "soft", "recipient", "552"}},
    {556, {"notaccept", "hard", "recipient", "556"}},
};

constexpr Classification kDelivered{"delivered", "other", "unknown", ""};
constexpr Classification kUndefined{"undefined", "other", "unknown", ""};

bool covers(std::string_view rule, std::string_view status) {
    if (rule[0] == 'x' ? status[0] != '4' && status[0] != '5' : rule[0] != status[0]) return false;
    rule.remove_prefix(1);
    status.remove_prefix(1);
    if (!rule.ends_with('*')) return rule == status;
    return status.starts_with(rule.substr(0, rule.size() - 1));
}

}  // namespace

Classification classify(Action action, std::string_view status, int code) {
    if (action == Action::delivered || action == Action::relayed || action == Action::expanded) return kDelivered;
    if (!status.empty()) {
        if (action == Action::failed && status.starts_with("4.4.")) return kExpired;   // a temporary state that lasted as long as the queue keeps mail
        for (const auto& row : kByStatus)
            if (covers(row.rule, status)) return row;
    }
    for (const auto& row : kByCode)
        if (row.code == code) return row.says;
    return kUndefined;
}

}  // namespace crmrelay::bounce
