// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of base/log.cc; a datagram socket stands for syslogd.
#include "base/log.hh"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/fd.hh"
#include "tests/base/child.hh"
#include "tests/base/folder.hh"

using namespace crmrelay::base;
using crmrelay::base::tests::Folder;
using crmrelay::base::tests::in_child;

namespace {

class Syslogd {
public:
    explicit Syslogd(std::string path) : path_(std::move(path)), fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
        if (::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error(path_ + ": bind");
    }
    ~Syslogd() { std::filesystem::remove(path_); }

    // The next line, or nothing within two seconds.
    std::optional<std::string> line() const {
        pollfd wait{fd_.get(), POLLIN, 0};
        if (::poll(&wait, 1, 2000) != 1) return std::nullopt;
        char buffer[16384];
        const auto n = ::recv(fd_.get(), buffer, sizeof buffer, 0);
        return std::string(buffer, static_cast<std::size_t>(n));
    }

    // The part after "ident[pid]: ".
    std::string text() const {
        const auto whole = line().value_or("]: (no line)");
        return whole.substr(whole.find("]: ") + 3);
    }

private:
    std::string path_;
    Fd fd_;
};

struct Fixture {
    Folder folder;
    std::string path = folder.file("log");
    std::unique_ptr<Syslogd> syslogd = std::make_unique<Syslogd>(path);
    Fixture() { open_log({.ident = "crmrelay-test", .path = path}); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(log_lines, Fixture)

BOOST_AUTO_TEST_CASE(a_line_is_what_syslogd_expects) {
    static const struct {
        Severity severity;
        int want;  // facility mail is 2
    } kTable[] = {{Severity::error, 19}, {Severity::warning, 20}, {Severity::notice, 21}, {Severity::info, 22}};
    for (const auto& row : kTable) {
        { Line(row.severity, "relayed", "A407AA720B3").field("domain", "example.com").field("rcpt", 2); }
        const std::string line = syslogd->line().value_or("");
        const auto start = fmt::format("<{}>", row.want);
        const auto end = fmt::format(" crmrelay-test[{}]: A407AA720B3: relayed domain=example.com rcpt=2", ::getpid());
        BOOST_REQUIRE(line.size() == start.size() + 15 + end.size());
        BOOST_TEST(line.starts_with(start));
        BOOST_TEST(line.ends_with(end));
        std::string time = line.substr(start.size(), 15);  // "Nov 23 12:35:58"
        for (char& c : time) c = c >= '0' && c <= '9' ? '9' : c >= 'a' && c <= 'z' ? 'x' : c >= 'A' && c <= 'Z' ? 'X' : c;
        BOOST_TEST((time == "Xxx 99 99:99:99" || time == "Xxx  9 99:99:99"));
    }
}

BOOST_AUTO_TEST_CASE(fields_from_outside_are_neutered_and_quoted) {
    static const struct {
        const char *value, *want;
    } kTable[] = {
        {"plain", "refused why=plain"},
        {"two words", "refused why=\"two words\""},
        {"", "refused why=\"\""},
        {"a\r\nA1: relayed from=x", "refused why=\"a??A1: relayed from=x\""},
        {"x\" status=sent \"", "refused why=\"x\\\" status=sent \\\"\""},
        {"\xff\x1b[31m", "refused why=??[31m"},
        {"\xe5\x96\xb6", "refused why=\xe5\x96\xb6"},
    };
    for (const auto& row : kTable) {
        { Line(Severity::info, "refused").field("why", row.value); }
        BOOST_TEST(syslogd->text() == row.want);
    }
}

BOOST_AUTO_TEST_CASE(addresses_stand_in_brackets_and_empty_fields_can_be_left_out) {
    { Line(Severity::info, "relayed").address("from", "a@b").address("to", "").optional("login", "").optional("client", "192.0.2.1"); }
    BOOST_TEST(syslogd->text() == "relayed from=<a@b> to=<> client=192.0.2.1");
    { Line(Severity::info, "relayed").address("from", "a b@c\n"); }
    BOOST_TEST(syslogd->text() == "relayed from=\"<a b@c?>\"");
}

BOOST_AUTO_TEST_CASE(an_id_from_outside_is_neutered) {
    { Line(Severity::info, "refused", "A1\nB2"); }
    BOOST_TEST(syslogd->text() == "A1?B2: refused");
    { Line(Severity::info, "refused", std::string(1000, 'A')); }
    BOOST_TEST(syslogd->text() == std::string(125, 'A') + "...: refused");
}

BOOST_AUTO_TEST_CASE(a_line_has_a_cap_and_stays_utf8) {
    for (std::size_t shift = 0; shift < 3; ++shift) {
        {
            Line line(Severity::info, "e" + std::string(shift, 'x'));
            std::string value;
            while (value.size() < 500) value += "\xe5\x96\xb6";
            for (int i = 0; i < 30; ++i) line.field("k", value);
        }
        const std::string text = syslogd->text();
        BOOST_TEST(text.size() <= 4096u);
        BOOST_TEST(text.size() > 4090u);
        BOOST_TEST(text.ends_with("..."));
        BOOST_TEST((text.ends_with("\xe5\x96\xb6...") || text.ends_with("k...") || text.ends_with("=...") || text.ends_with(" ...")));
    }
}

BOOST_AUTO_TEST_CASE(no_line_is_lost_when_syslogd_is_restarted) {
    { Line(Severity::info, "first"); }
    BOOST_TEST(syslogd->text() == "first");
    syslogd.reset();
    syslogd = std::make_unique<Syslogd>(path);
    { Line(Severity::info, "second"); }
    BOOST_TEST(syslogd->text() == "second");
}

BOOST_AUTO_TEST_CASE(debug_lines_need_verbose) {
    { Line(Severity::debug, "hidden"); }
    open_log({.ident = "crmrelay-test", .path = path, .verbose = true});
    { Line(Severity::debug, "shown"); }
    BOOST_TEST(syslogd->text() == "shown");
}

BOOST_AUTO_TEST_CASE(where_lines_go_without_syslogd_and_when_asked) {
    const struct {
        const char* about;
        LogTarget target;
        const char* want;
    } table[] = {
        {"syslogd is there", {.ident = "p", .path = path}, ""},
        {"there, and asked for", {.ident = "p", .path = path, .to_stderr = true}, "p: event a=b\n"},
        {"no socket there", {.ident = "p", .path = folder.file("none")}, "p: event a=b\n"},
        {"a path too long for a socket", {.ident = "p", .path = folder.file(std::string(200, 'x'))}, "p: event a=b\n"},
    };
    for (const auto& row : table) BOOST_TEST_CONTEXT(row.about) {
            const auto ended = in_child([&] {
                open_log(row.target);
                Line(Severity::info, "event").field("a", "b");
                return 0;
            });
            BOOST_TEST(ended.output == row.want);
        }
}

BOOST_AUTO_TEST_CASE(a_syslogd_that_does_not_read_stops_nobody) {
    const auto ended = in_child([&] {
        for (int i = 0; i < 3000; ++i) Line(Severity::info, "flood").field("i", i);
        return 0;
    });
    BOOST_TEST(ended.status == 0);
    BOOST_TEST(ended.output.find("flood i=2999\n") != std::string::npos);
    BOOST_TEST(syslogd->text() == "flood i=0");
}

BOOST_AUTO_TEST_CASE(threads_share_it) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([] {
            for (int i = 0; i < 2; ++i) Line(Severity::info, "shared").field("value", std::string(300, 'v'));
        });
    for (auto& thread : threads) thread.join();
    for (int i = 0; i < 8; ++i) BOOST_TEST(syslogd->text() == "shared value=" + std::string(300, 'v'));
}

BOOST_AUTO_TEST_SUITE_END()
