// SPDX-License-Identifier: BSD-2-Clause
//
// Looks DKIM keys up: TXT records over UDP, and TCP where an answer is truncated (RFC 1035, 6891). Every wait has its end; nothing is kept
// between two look-ups, the resolvers that are asked have a cache.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.hh"
#include "base/result.hh"
#include "milter/dkim.hh"

namespace crmrelay::milter {

constexpr std::size_t kResolversMost = 3;             // as resolv.conf(5) has it
constexpr std::chrono::milliseconds kResolverLimit{2000};   // until the next one is asked; two rounds
constexpr std::size_t kAnswerCap = 65535;             // octets of a DNS message

// Asks `resolvers`; where there are none, those of /etc/resolv.conf as it is at that moment.
KeySource key_source(std::vector<base::Endpoint> resolvers);

// The servers of a resolv.conf; 127.0.0.1 where it names none.
std::vector<base::Endpoint> resolvers_in(std::string_view resolv_conf);

// A question for the TXT records of `name`; an error where that is no domain name.
base::Result<std::string> txt_query(std::string_view name, std::uint16_t id);

// What an answer says; trouble where it does not answer this question, or is truncated.
struct TxtAnswer {
    bool truncated = false;
    KeyAnswer answer;
};
base::Result<TxtAnswer> read_txt_answer(std::string_view octets, std::string_view name, std::uint16_t id);

}  // namespace crmrelay::milter
