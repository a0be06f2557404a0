// SPDX-License-Identifier: BSD-2-Clause
//
// Copies one store into another while both may be written: rows are known by token, event id or key, so that a copy may be repeated and only adds what is missing.
// What is still to be told stays where it is until the last run, or both stores' servers would tell it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/store.hh"

namespace crmrelay::store {

struct CopyPlan {
    std::string from, to;      // urls
    Options from_options, to_options;
    Seconds since = 0;         // messages, events and reports made before are there already
    bool last = false;         // nobody writes `from` any more: what is still to be told is moved, and no longer to be told there
};

struct CopiedTable {
    std::string name;
    std::int64_t read = 0, added = 0;
};

// Makes `to` where it is not there. `told` is called after each bounded step. Throws std::runtime_error.
std::vector<CopiedTable> copy_store(const CopyPlan& plan, const std::function<void(const CopiedTable&)>& told);

}  // namespace crmrelay::store
