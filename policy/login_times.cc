// SPDX-License-Identifier: BSD-2-Clause
//
// A clock that was set back does not stop the notes: a time that lies ahead counts as old.
#include "policy/login_times.hh"

#include "base/text.hh"

namespace crmrelay::policy {

void LoginTimes::note(std::string_view login, const base::IpAddress& client, std::string_view cause, base::Seconds now) {
    auto name = base::lower(login);
    if (noted_.size() >= kLoginsKept && !noted_.contains(name)) noted_.clear();
    auto& noted = noted_[name];
    auto& last = cause.empty() ? noted.success : noted.failure;
    const bool mended = cause.empty() && noted.failure >= noted.success && noted.failure != 0;   // the first success after a failure is news
    if (!mended && last != 0 && now >= last && now < last + kNoteAgain) return;
    if (mended && now == last && noted.failure == last) return;
    last = now;
    store::LoginSeen seen;
    seen.login = std::move(name);
    if (cause.empty()) {
        seen.succeeded_at = now;
        seen.succeeded_from = client.text();
    } else {
        seen.failed_at = now;
        seen.failed_from = client.text();
        seen.failed_why = cause;
    }
    store_.record_login(std::move(seen));
}

}  // namespace crmrelay::policy
