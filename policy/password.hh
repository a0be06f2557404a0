// SPDX-License-Identifier: BSD-2-Clause
//
// Passwords of the CRM's logins: making one, hashing it, comparing. libxcrypt's yescrypt behind three functions; no password is kept or logged.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/logins.hh"

namespace crmrelay::policy {

constexpr std::size_t kPasswordCap = 511;   // octets: libxcrypt takes no more

// 26 letters and digits, none of which looks like another: 130 bits. Throws std::runtime_error where there is no randomness.
std::string make_password();

// A hash as the logins file holds it. Throws std::runtime_error.
std::string hash_password(const std::string& password);

// Which of the hashes is that of this password; nothing where none is. At least `least` hashes are computed where none fits, those that are missing of
// `stand_in`: an unknown login costs the same as a known one. Blocks for about 1 ms a hash; any thread.
std::optional<std::size_t> matching(const std::vector<Password>& passwords, const std::string& password, const std::string& stand_in,
                                    std::size_t least = kPasswordsALogin);

}  // namespace crmrelay::policy
