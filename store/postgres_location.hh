// SPDX-License-Identifier: BSD-2-Clause
//
// What a postgresql:// URL asks of a connection, and what crmrelay adds to it. Opens none. Internal to the room.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "store/location.hh"

namespace crmrelay::store {

// Throws std::runtime_error, whose text never holds a password.
Location parse_postgres(const std::string& url);

// libpq's parameters: those of the URL, the password of its file, and our own where the URL says nothing. Throws where the password cannot be read.
std::vector<std::pair<std::string, std::string>> connection_settings(const Location& location);

}  // namespace crmrelay::store
