// SPDX-License-Identifier: BSD-2-Clause
//
// The address as octets: in texts, and in the store's files.
#include <algorithm>
#include <fstream>
#include <thread>

#include "base/text.hh"
#include "store/forget.hh"
#include "store/sqlite_session.hh"

namespace crmrelay::store {

namespace {

using namespace std::chrono_literals;

constexpr auto kCheckpointPatience = 5s;
constexpr std::size_t kReadStep = 1 << 20;

bool is_word(char c) { return (base::ascii_lower(c) >= 'a' && base::ascii_lower(c) <= 'z') || (c >= '0' && c <= '9'); }

bool same_letter(char a, char b) { return base::ascii_lower(a) == base::ascii_lower(b); }

// Whether a mailbox goes on to the left of `at`. In JSON a letter behind a backslash is a line end or a tab.
bool goes_on_before(std::string_view text, std::size_t at) {
    if (at == 0) return false;
    const char c = text[at - 1];
    if (at >= 2 && text[at - 2] == '\\' && (c == 'n' || c == 'r' || c == 't')) return false;
    return is_word(c) || c == '.' || c == '_' || c == '+' || c == '-';
}

bool goes_on_after(std::string_view text, std::size_t end) {
    if (end >= text.size()) return false;
    const char c = text[end];
    return is_word(c) || c == '-' || (c == '.' && end + 1 < text.size() && is_word(text[end + 1]));
}

std::size_t find_mention(std::string_view text, std::string_view address, std::size_t from) {
    while (from < text.size()) {
        const auto at = std::search(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), address.begin(), address.end(), same_letter);
        if (at == text.end()) break;
        const auto index = static_cast<std::size_t>(at - text.begin());
        if (!goes_on_before(text, index) && !goes_on_after(text, index + address.size())) return index;
        from = index + 1;
    }
    return std::string_view::npos;
}

// Whether the octets of the file hold the mailbox. A row's texts stand there one after the other, without anything between: here every occurrence counts.
bool file_holds(const std::string& path, const std::string& address) {
    std::ifstream file(path, std::ios::binary);
    std::string window(kReadStep, '\0'), kept;
    while (file) {
        file.read(window.data(), static_cast<std::streamsize>(window.size()));
        kept.append(window, 0, static_cast<std::size_t>(file.gcount()));
        if (std::search(kept.begin(), kept.end(), address.begin(), address.end(), same_letter) != kept.end()) return true;
        if (kept.size() > address.size()) kept.erase(0, kept.size() - address.size());
    }
    return false;
}

// False where readers hold an older state for too long.
bool empty_log(SqliteSession& session) {
    const auto begun = std::chrono::steady_clock::now();
    while (session.checkpoint("TRUNCATE").busy) {
        if (std::chrono::steady_clock::now() - begun > kCheckpointPatience) return false;
        std::this_thread::sleep_for(50ms);
    }
    return true;
}

}  // namespace

bool mentions(std::string_view text, std::string_view address) { return find_mention(text, address, 0) != std::string_view::npos; }

int replace_mentions(std::string& text, std::string_view address) {
    int count = 0;
    for (std::size_t at = 0; (at = find_mention(text, address, at)) != std::string_view::npos; at += kForgottenAddress.size(), ++count)
        text.replace(at, address.size(), kForgottenAddress);
    return count;
}

std::string purge_files(const Location& location, const std::string& address) {
    if (location.postgres) return "PostgreSQL frees these rows when its vacuum has passed over them, and its archived log keeps them as long as you do";
    SqliteSession session(location, Session::Use::write);
    const auto clean = [&] { return !file_holds(location.path, address) && !file_holds(location.path + "-wal", address); };
    const char* busy = "the write-ahead log is still read by somebody (a backup, a sqlite3 shell?): run forget again later";
    if (!empty_log(session)) return busy;
    if (!clean()) {
        session.sql() << "VACUUM";
        if (!empty_log(session)) return busy;
    }
    session.lengthen_log();
    return clean() ? "" : "the file still holds these octets, as a part of a longer address or of a return path that is kept";
}

}  // namespace crmrelay::store
