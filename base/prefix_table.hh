// SPDX-License-Identifier: BSD-2-Clause
//
// Which values belong to an address, among up to millions of prefixes: built once, then read by any thread without a lock.
// Every prefix that contains the address counts, not only the longest. A look-up costs a few cache lines.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/ip.hh"

namespace crmrelay::base {

class PrefixTable {
public:
    struct Entry {
        Prefix prefix;
        std::uint32_t value;   // chosen by the caller: an index of a domain, say
    };

    PrefixTable();  // holds nothing

    // Throws std::length_error where prefixes lie so deep in each other, with so many different values, that the sets of values
    // would need more than 64 MiB.
    explicit PrefixTable(std::vector<Entry> entries);
    PrefixTable(PrefixTable&&) noexcept;
    PrefixTable& operator=(PrefixTable&&) noexcept;
    ~PrefixTable();

    // The values of all prefixes that contain `address`, ascending, each once; empty where none does.
    std::span<const std::uint32_t> find(const IpAddress& address) const;

    std::size_t memory() const;   // octets held

private:
    struct Index;
    std::unique_ptr<const Index> index_;
};

}  // namespace crmrelay::base
