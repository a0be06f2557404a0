// SPDX-License-Identifier: BSD-2-Clause
//
// Passwords that were right a short while ago, as keyed hashes over login, password and stored hash: a changed file forgets them by itself, and memory holds
// nothing that opens anything. Times are milliseconds of any steady clock. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/crypto.hh"

namespace crmrelay::policy {

constexpr std::int64_t kRememberedFor = 300'000;   // ms
constexpr std::size_t kRememberedMost = 1000;

class Remembered {
public:
    explicit Remembered(std::string key) : key_(std::move(key)) {}   // random, of this process alone

    bool knows(std::string_view login, std::string_view password, std::string_view hash, std::int64_t now) const;
    void remember(std::string_view login, std::string_view password, std::string_view hash, std::int64_t now);

private:
    base::Digest digest(std::string_view login, std::string_view password, std::string_view hash) const;

    std::string key_;
    std::map<base::Digest, std::int64_t> until_;
};

}  // namespace crmrelay::policy
