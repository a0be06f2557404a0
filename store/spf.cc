// SPDX-License-Identifier: BSD-2-Clause
//
// Writes and reads the rows of SPF answers and names.
#include "store/spf.hh"

namespace crmrelay::store {

SpfWriter::SpfWriter(Session& session)
    : put_answer_(session, "INSERT INTO spf_answers (name, client, verdict, checked_at, good_until) VALUES (:name, :client, :verdict, :checked_at, :good_until)"
                           " ON CONFLICT (name, client) DO UPDATE SET verdict = excluded.verdict, checked_at = excluded.checked_at, good_until = excluded.good_until"),
      drop_answer_(session, "DELETE FROM spf_answers WHERE name = :name AND client = :client"),
      drop_answers_of_(session, "DELETE FROM spf_answers WHERE name = :name"),
      put_name_(session, "INSERT INTO spf_names (name, answered_at, failing_since, last_error, refused, probed_at, clients)"
                         " VALUES (:name, :answered_at, :failing_since, :last_error, :refused, :probed_at, :clients) ON CONFLICT (name) DO UPDATE SET"
                         " answered_at = excluded.answered_at, failing_since = excluded.failing_since, last_error = excluded.last_error,"
                         " refused = excluded.refused, probed_at = excluded.probed_at, clients = excluded.clients"),
      drop_name_(session, "DELETE FROM spf_names WHERE name = :name") {
    put_answer_.in(name_, client_, verdict_, checked_at_, good_until_);
    drop_answer_.in(name_, client_);
    drop_answers_of_.in(name_);
    put_name_.in(name_, answered_at_, failing_since_, error_, refused_, probed_at_, clients_);
    drop_name_.in(name_);
}

void SpfWriter::write(const SpfChanges& changes) {
    for (const auto& name : changes.forgotten_names) {
        name_ = name;
        drop_answers_of_.run();
        drop_name_.run();
    }
    for (const auto& [name, client] : changes.forgotten) {
        name_ = name;
        client_ = client;
        drop_answer_.run();
    }
    for (const auto& verdict : changes.verdicts) {
        name_ = verdict.name;
        client_ = verdict.client;
        verdict_ = verdict.passed ? "in" : "out";
        checked_at_ = verdict.checked_at;
        good_until_ = verdict.good_until;
        put_answer_.run();
    }
    for (const auto& name : changes.names) {
        name_ = name.name;
        answered_at_ = name.answered_at;
        failing_since_ = name.failing_since;
        error_ = name.last_error;
        refused_ = name.refused ? 1 : 0;
        probed_at_ = name.probed_at;
        clients_ = name.clients;
        put_name_.run();
    }
}

SpfReader::SpfReader(Session& session)
    : answers_(session, "SELECT name, client, verdict, checked_at, good_until FROM spf_answers ORDER BY checked_at DESC LIMIT :most"),
      names_(session, "SELECT name, answered_at, failing_since, last_error, refused, probed_at, clients FROM spf_names ORDER BY name") {
    answers_.in(limit_).out(name_, client_, verdict_, checked_at_, good_until_);
    names_.out(name_, answered_at_, failing_since_, error_, refused_, probed_at_, clients_);
}

std::vector<SpfVerdict> SpfReader::verdicts(int limit) {
    limit_ = limit;
    std::vector<SpfVerdict> out;
    answers_.each([&] { out.push_back({name_, client_, verdict_ == "in", checked_at_, good_until_}); });
    return out;
}

std::vector<SpfName> SpfReader::names() {
    std::vector<SpfName> out;
    names_.each([&] { out.push_back({name_, answered_at_, failing_since_, error_, refused_ != 0, probed_at_, clients_}); });
    return out;
}

}  // namespace crmrelay::store
