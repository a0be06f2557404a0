// SPDX-License-Identifier: BSD-2-Clause
//
// Reads [service]. Opens nothing and looks no user up.
#pragma once

#include "conf/config.hh"
#include "conf/table.hh"

namespace crmrelay::conf {

// The defaults of [service], as crmrelay.toml.sample shows them.
Service default_service();

// The table's values over the defaults; problems go where the value's source collects them.
Service read_service(const Value& value);

}  // namespace crmrelay::conf
