// SPDX-License-Identifier: BSD-2-Clause
//
// What the milter asks of an MTA: which steps, which edits, which macros. Round trips are a milter's cost, so steps that are of no use
// are negotiated away and steps that need no answer get none.
#pragma once

#include <span>

#include "base/result.hh"

namespace crmrelay::milter {

// SMFIF_* and SMFIP_* of libmilter/mfdef.h.
struct Options {
    unsigned long actions = 0;
    unsigned long steps = 0;
};

// The choice among what the MTA offers; an Error where it lacks what the milter cannot do without.
base::Result<Options> negotiate(const Options& offered);

// The macros that the milter asks for at a stage (SMFIM_*), whatever the MTA's own configuration says.
struct StageMacros {
    int stage;
    const char* names;
};
std::span<const StageMacros> wanted_macros();

}  // namespace crmrelay::milter
