// SPDX-License-Identifier: BSD-2-Clause
//
// Writes and reads the rows of logins. Success and failure are two writes, since servers on one store see one each.
#include "store/logins.hh"

namespace crmrelay::store {

LoginWriter::LoginWriter(Session& session)
    : succeeded_(session, "INSERT INTO logins_seen (login, succeeded_at, succeeded_from, failed_at, failed_from, failed_why) VALUES (:login, :at, :from, 0, '', '')"
                          " ON CONFLICT (login) DO UPDATE SET succeeded_at = excluded.succeeded_at, succeeded_from = excluded.succeeded_from"
                          " WHERE logins_seen.succeeded_at < excluded.succeeded_at"),
      failed_(session, "INSERT INTO logins_seen (login, succeeded_at, succeeded_from, failed_at, failed_from, failed_why) VALUES (:login, 0, '', :at, :from, :why)"
                       " ON CONFLICT (login) DO UPDATE SET failed_at = excluded.failed_at, failed_from = excluded.failed_from, failed_why = excluded.failed_why"
                       " WHERE logins_seen.failed_at < excluded.failed_at") {
    succeeded_.in(login_, at_, from_);
    failed_.in(login_, at_, from_, why_);
}

void LoginWriter::write(const LoginSeen& seen) {
    login_ = seen.login;
    if (seen.succeeded_at != 0) {
        at_ = seen.succeeded_at;
        from_ = seen.succeeded_from;
        succeeded_.run();
    }
    if (seen.failed_at == 0) return;
    at_ = seen.failed_at;
    from_ = seen.failed_from;
    why_ = seen.failed_why;
    failed_.run();
}

LoginReader::LoginReader(Session& session)
    : all_(session, "SELECT login, succeeded_at, succeeded_from, failed_at, failed_from, failed_why FROM logins_seen ORDER BY login") {
    all_.out(row_.login, succeeded_at_, row_.succeeded_from, failed_at_, row_.failed_from, row_.failed_why);
}

std::vector<LoginSeen> LoginReader::all() {
    std::vector<LoginSeen> out;
    all_.each([&] {
        row_.succeeded_at = succeeded_at_;
        row_.failed_at = failed_at_;
        out.push_back(row_);
    });
    return out;
}

}  // namespace crmrelay::store
