// SPDX-License-Identifier: BSD-2-Clause
//
// Calls libxcrypt's reentrant functions, which allocate what they work in.
#include "policy/password.hh"

#include <crypt.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "base/crypto.hh"

namespace crmrelay::policy {

namespace {

constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";   // without l, o, 0 and 1
static_assert(kLetters.size() == 32);
constexpr std::size_t kLength = 26;
constexpr unsigned long kLowestCost = 1;

using Text = std::unique_ptr<char, decltype(&std::free)>;

// Empty where libxcrypt cannot hash so.
std::string hashed(const std::string& password, const std::string& setting) {
    void* data = nullptr;
    int size = 0;
    const char* const hash = ::crypt_ra(password.c_str(), setting.c_str(), &data, &size);
    std::string out = hash && hash[0] != '*' ? hash : "";
    if (data) ::explicit_bzero(data, static_cast<std::size_t>(size));
    std::free(data);
    return out;
}

}  // namespace

std::string make_password() {
    std::string out = base::random_octets(kLength);
    for (char& c : out) c = kLetters[static_cast<unsigned char>(c) % kLetters.size()];
    return out;
}

std::string hash_password(const std::string& password) {
    const Text setting(::crypt_gensalt_ra("$y$", kLowestCost, nullptr, 0), std::free);
    auto hash = setting ? hashed(password, setting.get()) : std::string();
    if (!hash.starts_with(kHashBegin)) throw std::runtime_error("libcrypt makes no yescrypt hash: libcrypt1 4.4 or newer is needed");
    return hash;
}

std::optional<std::size_t> matching(const std::vector<Password>& passwords, const std::string& password, const std::string& stand_in, std::size_t least) {
    if (password.size() > kPasswordCap || password.find('\0') != std::string::npos) return std::nullopt;
    for (std::size_t i = 0; i < std::max(passwords.size(), least); ++i) {
        const auto& hash = i < passwords.size() ? passwords[i].hash : stand_in;
        const auto computed = hashed(password, hash);
        if (base::constant_time_equal(computed, hash) && !computed.empty() && i < passwords.size()) return i;
    }
    return std::nullopt;
}

}  // namespace crmrelay::policy
