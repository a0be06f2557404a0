// SPDX-License-Identifier: BSD-2-Clause
//
// Which domains list an address: the networks of all entries in one table. Networks that follow an SPF record are not in it.
#pragma once

#include "base/prefix_table.hh"
#include "conf/config.hh"

namespace crmrelay::conf {

// Its values are indexes of config.domains. Throws std::length_error as base::PrefixTable does.
base::PrefixTable networks_of(const Config& config);

}  // namespace crmrelay::conf
