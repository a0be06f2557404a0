// SPDX-License-Identifier: BSD-2-Clause
//
// Folders, files, and standard output turned into text.
#include "tests/ctl/support.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <stdexcept>

namespace crmrelay::ctl::test {

namespace {

// Turns a standard stream into a file for as long as it lives.
class Redirected {
public:
    Redirected(FILE* stream, const std::string& path) : stream_(stream), path_(path) {
        std::fflush(stream_);
        kept_ = ::dup(::fileno(stream_));
        const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        ::dup2(fd, ::fileno(stream_));
        ::close(fd);
    }
    ~Redirected() { restore(); }
    std::string text() {
        restore();
        return read_text(path_);
    }

private:
    void restore() {
        if (kept_ < 0) return;
        std::fflush(stream_);
        ::dup2(kept_, ::fileno(stream_));
        ::close(std::exchange(kept_, -1));
    }

    FILE* stream_;
    std::string path_;
    int kept_ = -1;
};

void must_be_durable(const std::function<void(store::Done)>& write) {
    std::promise<store::Outcome> outcome;
    write([&](const store::Outcome& result) { outcome.set_value(result); });
    const auto result = outcome.get_future().get();
    if (!result.durable) throw std::runtime_error(result.error);
}

std::string own_name() {
    const passwd* const self = ::getpwuid(::geteuid());
    return self ? self->pw_name : "root";
}

}  // namespace

void write_file(const std::string& path, const std::string& text, unsigned mode) {
    std::ofstream(path, std::ios::binary) << text;
    ::chmod(path.c_str(), mode);
    std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - std::chrono::seconds(10));
}

std::string read_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

Printed printed(const std::function<int()>& run) {
    const TempDir dir;
    Redirected out(stdout, dir / "out"), error(stderr, dir / "error");
    const int status = run();
    return {status, out.text(), error.text()};
}

Installation::Installation() {
    write_file(config(), fmt::format(R"([service]
user      = {{ policyd = "{0}", milter = "{0}", bounced = "{0}" }}
milter    = "unix:{1}/milter.sock"
policy    = "unix:{1}/policy.sock"
bounce    = "unix:{1}/bounce.sock"
auth      = "unix:{1}/auth.sock"
admission = "unix:{1}/admission.sock"
store     = "sqlite:///{2}/crmrelay.db"
keys      = "{1}/keys"

[domain."example.com"]
require     = ["network", "login", "tls"]
networks    = ["192.0.2.0/24"]
logins      = ["crm@example.com"]
return_path = "{{token}}@bounce.example.com"
admins      = ["postmaster@example.com"]

[domain."example.org"]
mode        = "observe"
require     = ["login"]
logins      = ["crm@example.org"]
return_path = "bounce+{{token}}@example.org"
admins      = ["postmaster@example.org"]
)", own_name(), dir_.path(), dir_.path().substr(1)));
}

void Installation::with_store(const std::function<void(store::Store&)>& work) const {
    store::Store store("sqlite://" + (dir_ / "crmrelay.db"), store::Open::create);
    work(store);
}

void Installation::record(const store::Message& message) const {
    with_store([&](store::Store& store) { must_be_durable([&](store::Done done) { store.record_message(message, std::move(done)); }); });
}

void Installation::record(const store::Report& report) const {
    with_store([&](store::Store& store) { must_be_durable([&](store::Done done) { store.record_report(report, std::move(done)); }); });
}

Printed Installation::run(int (*command)(const Arguments&), Arguments arguments) const {
    arguments.insert(arguments.begin(), {"-c", config()});
    return printed([&] { return command(arguments); });
}

store::Message sample_message() {
    store::Message out;
    out.token = kToken;
    out.relayed_at = 1'795'437'358;   // 2026-11-23T12:35:58Z
    out.domain = "example.com";
    out.queue_id = "A407AA720B3";
    out.message_id = "<m1@crm.example.net>";
    out.sender = "return@crm.example.net";
    out.envid = "CRM-1";
    out.from = "sales@example.com";
    out.login = "crm@example.com";
    out.client = "192.0.2.10";
    out.recipients = {{"nobody@dest.test", "", ""}};
    return out;
}

store::Event sample_event(const std::string& id, const std::string& type, store::Seconds time) {
    store::Event out;
    out.id = id;
    out.time = time;
    out.type = type;
    out.domain = "example.com";
    out.token = kToken;
    out.recipient = "nobody@dest.test";
    out.status = "5.1.1";
    out.action = "failed";
    out.diagnostic = "550 5.1.1 No such user";
    out.matched_by = "return-path";
    out.dedupe = id;
    out.document = R"({"type": ")" + type + R"(", "id": ")" + id + R"("})";
    return out;
}

}  // namespace crmrelay::ctl::test
