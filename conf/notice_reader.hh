// SPDX-License-Identifier: BSD-2-Clause
//
// Reads language and digest: in which language a domain's administrators are written to, and how often they get its figures.
#pragma once

#include "conf/config.hh"
#include "conf/key_reader.hh"

namespace crmrelay::conf {

Maybe<std::string> read_language(Table& table);
Maybe<Digest> read_digest(Table& table);

}  // namespace crmrelay::conf
