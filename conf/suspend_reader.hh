// SPDX-License-Identifier: BSD-2-Clause
//
// Reads suspend and timezone: what counts as a failure, after how many a domain is suspended, with which words, and whose midnight ends it.
#pragma once

#include <optional>

#include "conf/config.hh"
#include "conf/key_reader.hh"

namespace crmrelay::conf {

struct SuspendKeys {
    std::optional<int> after;   // not written: as the preset has it
    Suspend rest;
};

Maybe<SuspendKeys> read_suspend(Table& table);
Maybe<base::TimeZone> read_timezone(Table& table);

}  // namespace crmrelay::conf
