// SPDX-License-Identifier: BSD-2-Clause
//
// The file of the CRM's logins as text: who may log in, with which password hashes. It reads and edits text, hashes nothing and opens nothing. Pure.
//
// A line a password, at most two a login (so that a rotation loses no mail), the older first:
//
//     LOGIN:HASH:CREATED[:disabled]
//
// LOGIN in any case, without a colon; HASH yescrypt at its lowest cost, as `crmrelayctl login add` makes it; CREATED a date. Lines that are blank or begin with
// "#" are comments.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace crmrelay::policy {

constexpr std::size_t kPasswordsALogin = 2;
constexpr std::string_view kHashBegin = "$y$j75$";   // yescrypt at its lowest cost, about 1 ms: passwords have at least 128 bits
constexpr std::size_t kHashCap = 128;

struct Password {
    std::string hash;
    std::string created;      // "2026-11-23"
    bool disabled = false;
    int line = 0;             // of the file, from 1
};

struct Login {
    std::string name;         // as the file spells it first
    std::vector<Password> passwords;   // one or two, the older first
};

class Logins {
public:
    // Errors name the file and the line.
    static base::Result<Logins> parse(std::string_view text, const std::string& path);

    const Login* find(std::string_view name) const;   // any case; nullptr where there is none
    std::vector<const Login*> all() const;            // in the order of their names
    bool empty() const { return logins_.empty(); }

private:
    std::map<std::string, Login, std::less<>> logins_;   // by name in lower case
};

// `text` with a password more: behind those that the login has, or at the end. An empty text gets a head of comments.
std::string with_password(std::string_view text, std::string_view login, std::string_view hash, std::string_view created);

// `text` without these lines.
std::string without_lines(std::string_view text, const std::vector<int>& lines);

// What keeps a login from standing in the file; empty where nothing does.
std::string login_fault(std::string_view login);

}  // namespace crmrelay::policy
