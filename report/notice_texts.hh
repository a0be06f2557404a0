// SPDX-License-Identifier: BSD-2-Clause
//
// The texts of notices, a function a kind: what happened and why, the evidence, what the CRM does meanwhile, what to do. Those about an event take its
// document, and throw where that is damaged (report/notice.cc catches it).
#pragma once

#include "report/outgoing.hh"
#include "report/wording.hh"

namespace crmrelay::report {

// About events (notice_limit.cc, notice_strikes.cc, notice_access.cc, notice_blame.cc).
NoticeText limit_text(const Wording& w, const std::string& domain, std::string_view document);
NoticeText strike_text(const Wording& w, const std::string& domain, std::string_view document);
NoticeText suspended_text(const Wording& w, const std::string& domain, std::string_view document);
NoticeText resumed_text(const Wording& w, const std::string& domain, std::string_view document);
NoticeText password_text(const Wording& w, const std::string& domain, std::string_view document);
NoticeText unconfigured_text(const Wording& w, const std::string& domain, std::string_view document);
NoticeText blame_text(const Wording& w, const std::string& domain, std::string_view document);

// What could not be told (notice_undelivered.cc).
NoticeText handback_failed_text(const Wording& w, const store::Outgoing& row, const Refused& refused);
NoticeText forward_failed_text(const Wording& w, const store::Outgoing& row, const Refused& refused);
NoticeText webhook_failed_text(const Wording& w, const store::Outgoing& row, const Refused& refused);
NoticeText webhook_gone_text(const Wording& w, const store::Outgoing& row, std::string_view answer);

// Mail at bounce addresses, attached as it came (notice_stray.cc).
enum class Stray { hops, forward_limit, no_match, no_handback, loop, archive };
std::string_view name_of(Stray stray);   // "hops", "forward-limit", …
struct StrayMail {
    std::string domain, recipient, sender;
    std::string detail;       // no_handback: why not; loop: the CRM's return path; archive: its mailbox
    std::string_view message;
    bool truncated = false;
    int hops = 0;
};
NoticeText stray_text(const Wording& w, Stray stray, const StrayMail& mail);

// What came beyond a day's first notices (notice_held.cc). `headline_of` names what an event is about.
NoticeText held_text(const Wording& w, const std::string& domain, const std::vector<store::HeldNotices>& held, const std::function<std::string(const std::string& event_id)>& headline_of);

}  // namespace crmrelay::report
