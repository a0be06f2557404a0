// SPDX-License-Identifier: BSD-2-Clause
//
// Fuzzes the authentication protocol, a connection an input: every line that goes out is one line, and what is judged has the shape that the desk relies on.
// The same input is also read as a logins file, which survives an edit.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "policy/auth_protocol.hh"
#include "policy/logins.hh"

namespace {

using namespace crmrelay;

void must(bool holds) {
    if (!holds) std::abort();
}

void must_be_one_line(const std::string& line) {
    must(line.ends_with('\n') && std::ranges::count(line, '\n') == 1 && line.find("reason=") == std::string::npos);
}

void check_attempt(const policy::AuthAttempt& attempt) {
    must(attempt.login.size() <= 255 && attempt.login.find_first_of(std::string_view("\0\t\r\n ", 5)) == std::string::npos);
    must(attempt.readable ? !attempt.login.empty() && !attempt.password.empty() && attempt.password.find('\0') == std::string::npos : attempt.password.empty());
    const auto line = policy::auth_ok(attempt.id, attempt.login);
    must(std::ranges::count(line, '\n') == 1 && std::ranges::count(line, '\t') == (attempt.login.empty() ? 1 : 2));
}

void speak(std::string_view input) {
    policy::AuthSession session;
    while (!input.empty()) {
        const auto end = std::min(input.find('\n'), input.size());
        const auto outcome = session.take(input.substr(0, end));
        if (!outcome) return;
        if (const auto* line = std::get_if<policy::AuthSession::Line>(&*outcome)) must_be_one_line(line->text);
        if (const auto* attempt = std::get_if<policy::AuthAttempt>(&*outcome)) check_attempt(*attempt);
        input.remove_prefix(std::min(end + 1, input.size()));
    }
}

void edit(std::string_view input) {
    const auto logins = policy::Logins::parse(input, "/logins");
    if (!logins) return;
    for (const auto* login : logins->all()) {
        must(!login->passwords.empty() && login->passwords.size() <= policy::kPasswordsALogin && logins->find(login->name) == login);
        const auto removed = policy::Logins::parse(policy::without_lines(input, {login->passwords.front().line}), "/logins");
        must(removed.ok());
        const auto* const left = removed->find(login->name);
        must((left ? left->passwords.size() : 0) == login->passwords.size() - 1);
        if (login->passwords.size() > 1) continue;
        const auto added = policy::Logins::parse(policy::with_password(input, login->name, login->passwords.front().hash, "2026-11-23"), "/logins");
        must(added.ok() && added->find(login->name)->passwords.size() == 2 && added->all().size() == logins->all().size());
        must(added->find(login->name)->passwords.back().created == "2026-11-23");   // the newer one is last
    }
}

}  // namespace

extern "C" {
unsigned long fuzz_subject_runs = 0;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    ++fuzz_subject_runs;
    speak(input);
    edit(input);
    return 0;
}
}
