// SPDX-License-Identifier: BSD-2-Clause
//
// What the store's tests share: a store of their own, sample records, and waiting for a write. One program runs them on SQLite's files, another one those that
// hold for both on a PostgreSQL server.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <stdexcept>
#include <string>

#include "store/location.hh"
#include "store/statement.hh"
#include "store/store.hh"
#include "tests/base/folder.hh"
#include "tests/store/postgres_server.hh"

namespace crmrelay::store::test {

// An empty store: a file's name, or a schema of the server.
class Directory : public base::tests::Folder {
public:
    Directory() {
        static int number = 0;
        if (!postgres()) return;
        schema_ = "test_" + std::to_string(getpid()) + "_" + std::to_string(++number);
        postgres()->execute("CREATE SCHEMA " + schema_);
    }
    std::string file() const { return Folder::file("store.db"); }
    std::string url() const { return postgres() ? postgres()->url() + "&options=-csearch_path%3D" + schema_ : "sqlite://" + file(); }
    Location location() const { return Location::parse(url()); }
    const std::string& schema() const { return schema_; }

    // The first column of the first row, on a connection of its own.
    std::string asked(const std::string& sql) const {
        const auto session = open_session(location(), Session::Use::write, Open::existing);
        std::string answer;
        Statement(*session, sql).out(answer).run();
        return answer;
    }
    void execute(const std::string& sql) const {
        const auto session = open_session(location(), Session::Use::write, Open::existing);
        Statement(*session, sql).run();
    }

private:
    std::string schema_;
};

constexpr Seconds noon = 1795608000;   // 2026-11-25T12:00:00Z
constexpr Seconds day = 86400;

inline Message sample_message(const std::string& token, Seconds relayed_at = noon) {
    Message m;
    m.token = token;
    m.relayed_at = relayed_at;
    m.domain = "example.com";
    m.queue_id = "Q" + token;
    m.message_id = "<" + token + "@crm.test>";
    m.sender = "bounce-1@return.crm.test";
    m.from = "sales@example.com";
    m.login = "crm@example.com";
    m.client = "192.0.2.10";
    m.size = 4096;
    m.recipients = {{"nobody@dest.test", "rfc822;nobody@dest.test", "FAILURE,DELAY"}, {"umlaut-\xc3\xbc@dest.test", "", ""}};
    m.headers = {{"X-SFDC-EntityId", "0065g"}, {"X-Empty", ""}};
    return m;
}

inline Event sample_event(const std::string& id, const std::string& token, const std::string& dedupe, Seconds time = noon) {
    Event e;
    e.id = id;
    e.time = time;
    e.type = "bounce";
    e.domain = "example.com";
    e.token = token;
    e.recipient = "nobody@dest.test";
    e.status = "5.1.1";
    e.action = "failed";
    e.diagnostic = "550 5.1.1 No such user";
    e.matched_by = "return-path";
    e.dedupe = dedupe;
    e.document = R"({"type":"bounce"})";
    return e;
}

inline Outgoing sample_outgoing(const std::string& token, Seconds next_at = noon) {
    Outgoing o;
    o.domain = "example.com";
    o.token = token;
    o.event_ids = {"evt_a", "evt_b"};
    o.recipient = "bounce-1@return.crm.test";
    o.mail = std::string("Subject: x\r\n\r\nbody with \0 and \xff\r\n", 34);
    o.created_at = next_at;
    o.next_at = next_at;
    return o;
}

// Waits for the outcome of a call whose last argument is a Done.
template <typename Call>
Outcome outcome_of(Call&& call) {
    const auto promise = std::make_shared<std::promise<Outcome>>();
    auto outcome = promise->get_future();
    call([promise](const Outcome& result) { promise->set_value(result); });
    return outcome.get();
}

inline Outcome record(Store& store, const Message& message) {
    return outcome_of([&](Done done) { store.record_message(message, std::move(done)); });
}
inline Outcome record(Store& store, const Report& report) {
    return outcome_of([&](Done done) { store.record_report(report, std::move(done)); });
}
inline Outcome purge(Store& store, Seconds before) {
    return outcome_of([&](Done done) { store.purge(before, std::move(done)); });
}

// Runs `child` in a process of its own; it must hold no store of the parent's. Its exit status is what `child` returns.
template <typename Child>
pid_t fork_child(Child&& child) {
    const pid_t pid = fork();
    if (pid < 0) throw std::runtime_error("cannot fork");
    if (pid > 0) return pid;
    int status = 99;
    try {
        status = child();
    } catch (const std::exception& error) {
        const std::string text = std::string("child: ") + error.what() + "\n";
        if (write(2, text.data(), text.size()) < 0) status = 98;
    }
    _exit(status);
}

inline int exit_status(pid_t pid) {
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// What a call throws, or "" where it throws nothing.
template <typename Call>
std::string thrown_by(Call&& call) {
    try {
        call();
        return "";
    } catch (const std::exception& error) {
        return error.what();
    }
}

inline bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace crmrelay::store::test
