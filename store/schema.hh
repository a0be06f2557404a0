// SPDX-License-Identifier: BSD-2-Clause
//
// The store's tables, their version and how an older one becomes the present one. Knows nothing of what the rows mean.
#pragma once

#include "store/session.hh"

namespace crmrelay::store {

// The version that this program reads and writes.
int schema_version();

// Open::create: makes the tables or brings them up to date, in one transaction. Open::existing: changes nothing.
// Throws std::runtime_error where the database is newer than the program, another program's, or (existing) not up to date.
void bring_up(Session& session, Open how);

}  // namespace crmrelay::store
