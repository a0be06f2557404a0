// SPDX-License-Identifier: BSD-2-Clause
//
// Two tables, first match first.
#include "bounce/codes.hh"

#include <string>

namespace crmrelay::bounce {

namespace {

using enum Reason;

constexpr CodeRule kByStatus[] = {
    {"x.1.0", userunknown, 1},      {"x.1.10", notaccept, 5},       {"x.1.1", userunknown, 5},      {"x.1.2", hostunknown, 5},
    {"x.1.3", userunknown, 4},      {"x.1.4", filtered, 4},         {"x.1.6", hasmoved, 5},         {"x.1.7", rejected, 5},
    {"x.1.8", rejected, 5},         {"x.1.9", systemerror, 3},      {"5.1.20", notcompliantrfc, 6}, {"5.1.90", speeding, 6},
    {"5.1.351", userunknown, 4},    {"x.2.0", filtered, 3},         {"x.2.1", suspend, 3},          {"x.2.2", mailboxfull, 5},
    {"x.2.3", exceedlimit, 5},      {"x.2.4", filtered, 4},         {"x.3.1", systemfull, 4},       {"x.3.2", notaccept, 4},
    {"x.3.4", mesgtoobig, 5},       {"x.3.*", systemerror, 2},      {"5.4.1", userunknown, 2},      {"5.4.310", hostunknown, 6},
    {"5.4.312", networkerror, 6},   {"5.4.316", expired, 6},        {"x.4.4", networkerror, 3},     {"x.4.6", networkerror, 5},
    {"x.4.14", networkerror, 5},    {"x.4.7", expired, 3},          {"4.4.*", networkerror, 2},     {"5.4.*", networkerror, 2},
    {"x.5.3", toomanyconn, 4},      {"x.5.*", syntaxerror, 2},      {"x.6.*", contenterror, 3},     {"x.7.0", securityerror, 2},
    {"x.7.1", securityerror, 1},    {"x.7.10", failedstarttls, 5},  {"x.7.11", failedstarttls, 5},  {"x.7.13", suspend, 5},
    {"x.7.17", hasmoved, 5},        {"x.7.18", hasmoved, 5},        {"x.7.20", authfailure, 6},     {"x.7.21", authfailure, 6},
    {"x.7.22", authfailure, 6},     {"x.7.23", authfailure, 6},     {"x.7.24", authfailure, 6},     {"x.7.25", requireptr, 6},
    {"x.7.26", authfailure, 5},     {"x.7.27", notaccept, 3},       {"x.7.28", speeding, 4},        {"x.7.29", authfailure, 6},
    {"5.7.30*", authfailure, 3},    {"5.7.5", securityerror, 2},    {"5.7.501", spamdetected, 5},   {"5.7.502", spamdetected, 5},
    {"5.7.503", blocked, 5},        {"5.7.506", blocked, 5},        {"5.7.507", filtered, 5},       {"5.7.508", speeding, 6},
    {"5.7.509", authfailure, 6},    {"5.7.51*", blocked, 5},        {"5.7.512", notcompliantrfc, 6}, {"5.7.51", policyviolation, 3},
    {"5.7.57", securityerror, 5},   {"5.7.64", norelaying, 5},      {"5.7.60*", blocked, 6},        {"5.7.61*", blocked, 6},
    {"5.7.62*", blocked, 6},        {"5.7.63*", blocked, 6},        {"5.7.64*", blocked, 6},        {"x.7.65*", badreputation, 5},
    {"5.7.70*", speeding, 5},       {"5.7.750", blocked, 5},        {"4.7.5*", speeding, 4},        {"4.7.6*", badreputation, 4},
    {"4.7.7*", speeding, 4},        {"4.7.8*", badreputation, 4},    {"5.7.8", securityerror, 4},
    {"x.7.*", securityerror, 2},
};

constexpr CodeRule kByReply[] = {
    {"421", expired, 1},      {"452", systemfull, 1},    {"500", syntaxerror, 2}, {"501", syntaxerror, 1}, {"502", syntaxerror, 2}, {"503", syntaxerror, 1},
    {"504", syntaxerror, 3},  {"521", notaccept, 4},     {"530", securityerror, 4}, {"535", securityerror, 4}, {"551", hasmoved, 3}, {"552", mailboxfull, 2},
    {"555", syntaxerror, 3},  {"556", notaccept, 5},
};

bool covers(std::string_view rule, std::string_view status) {
    if (rule[0] == 'x' ? status[0] != '4' && status[0] != '5' : rule[0] != status[0]) return false;
    rule.remove_prefix(1);
    status.remove_prefix(1);
    if (!rule.ends_with('*')) return rule == status;
    rule.remove_suffix(1);
    return status.size() > rule.size() && status.starts_with(rule);
}

}  // namespace

const CodeRule* rule_of_status(std::string_view status) {
    if (status.empty()) return nullptr;
    for (const auto& rule : kByStatus)
        if (covers(rule.code, status)) return &rule;
    return nullptr;
}

const CodeRule* rule_of_reply(int code) {
    const auto text = std::to_string(code);
    for (const auto& rule : kByReply)
        if (rule.code == text) return &rule;
    return nullptr;
}

}  // namespace crmrelay::bounce
