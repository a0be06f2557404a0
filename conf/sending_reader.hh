// SPDX-License-Identifier: BSD-2-Clause
//
// Reads the keys that say how a domain's mail leaves: dkim, archive, limits.
#pragma once

#include <string>

#include "conf/config.hh"
#include "conf/key_reader.hh"

namespace crmrelay::conf {

// { selector, key, sign, domain }, or { keys = [{ selector, key }, …], sign, domain } for a signature of each. { sign = "never" } alone has no keys:
// it takes what [defaults] say away.
Maybe<DkimSigning> read_dkim(Table& table);
Maybe<std::string> read_archive(Table& table);
Maybe<Limits> read_limits(Table& table);

// A message's own fields are refused: without them it is broken, another message, or without its trace.
Maybe<std::vector<std::string>> read_remove_headers(Table& table);

}  // namespace crmrelay::conf
