// SPDX-License-Identifier: BSD-2-Clause
//
// Opens secret files and reads the keys in them. No message ever shows a secret.
#include "conf/secrets.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/fd.hh"
#include "base/text.hh"

namespace crmrelay::conf {

namespace {

using base::Error;
using base::Result;

// `path` as a shell takes it.
std::string shell_word(const std::string& path) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("/._-+@%:,=").find(c) != std::string_view::npos;
    };
    if (!path.empty() && path.front() != '-' && std::ranges::all_of(path, plain)) return path;
    std::string out = "'";
    for (const char c : path) {
        if (c == '\'') out += "'\\''";
        else out += c;
    }
    return out + "'";
}

std::string failure(const std::string& path, int error) {
    if (error == EACCES)
        return fmt::format("{}: permission denied; the daemon's user needs to read it: chgrp its group, then chmod 0640 {}", path, shell_word(path));
    return fmt::format("{}: {}", path, std::generic_category().message(error));
}

// What keeps an open file from being a secret file; empty where nothing does.
std::string refusal(const std::string& path, const struct stat& st) {
    if (!S_ISREG(st.st_mode)) return fmt::format("{}: not a regular file; a secret is kept in one", path);
    if ((st.st_mode & 0007) != 0)
        return fmt::format("{}: its mode {:04o} opens it to every user of this host: chmod 0640 {}", path, st.st_mode & 07777u, shell_word(path));
    if (st.st_size > static_cast<off_t>(kSecretFileCap)) return fmt::format("{}: larger than {} octets; this is no secret file", path, kSecretFileCap);
    return {};
}

}  // namespace

Result<std::string> read_secret(const std::string& path) {
    // O_NONBLOCK: a FIFO in its place must not hang a daemon.
    const base::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!fd) return Error{failure(path, errno)};
    struct stat st{};
    if (::fstat(fd.get(), &st) != 0) return Error{failure(path, errno)};
    if (auto text = refusal(path, st); !text.empty()) return Error{std::move(text)};
    std::string secret(kSecretFileCap + 1, '\0');
    std::size_t size = 0;
    while (size < secret.size()) {
        const auto count = ::read(fd.get(), secret.data() + size, secret.size() - size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return Error{failure(path, errno)};
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    if (size > kSecretFileCap) return Error{fmt::format("{}: larger than {} octets; this is no secret file", path, kSecretFileCap)};
    secret.resize(size);
    return secret;
}

Result<std::vector<ReturnPathKey>> parse_keys(std::string_view text, const std::string& path) {
    std::vector<ReturnPathKey> keys;
    int number = 0;
    for (const auto whole : base::split(text, '\n')) {
        ++number;
        const auto line = base::trim(whole);
        if (line.empty() || line.front() == '#') continue;
        const auto end = std::min(line.find_first_of(" \t"), line.size());
        const auto word = line.substr(0, end);
        const auto rest = base::trim(line.substr(end));
        const auto wrong = [&](std::string_view what) { return Error{fmt::format("{}:{}: {}", path, number, what)}; };
        if (!std::ranges::all_of(word, [](char c) { return c > ' ' && c < '\x7f'; }))
            return wrong("the key holds other characters than printable ASCII; write letters and digits");
        if (word.find('#') != std::string_view::npos) return wrong("a # stands inside the key; put a space before a comment");
        if (word.size() < kKeyLeast) return wrong(fmt::format("the key is shorter than {} octets; `crmrelayctl key rotate` makes a good one", kKeyLeast));
        if (!rest.empty() && rest.front() != '#') return wrong("two words on a line; write one key a line, and # before a comment");
        keys.push_back({std::string(word), std::string(rest.empty() ? rest : base::trim(rest.substr(1)))});
    }
    if (keys.empty()) return Error{fmt::format("{}: holds no return-path key; `crmrelayctl key rotate` makes one", path)};
    return keys;
}

Result<std::vector<ReturnPathKey>> load_keys(const std::string& path) {
    const auto text = read_secret(path);
    if (!text) return Error{text.error()};
    return parse_keys(*text, path);
}

}  // namespace crmrelay::conf
