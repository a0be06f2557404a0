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

// What a configuration needs beyond a new envelope sender.
struct Needs {
    bool content = false;   // DKIM: header values verbatim, and bodies
    bool archive = false;   // another recipient
    bool removal = false;   // fewer header fields
};

// The choice among what the MTA offers; an Error where it lacks what the milter cannot do without. Without needs a body stays with the MTA.
// Edits that it offers are taken in any case.
base::Result<Options> negotiate(const Options& offered, const Needs& needs = {});

// The macros that the milter asks for at a stage (SMFIM_*), whatever the MTA's own configuration says.
struct StageMacros {
    int stage;
    const char* names;
};
std::span<const StageMacros> wanted_macros();

}  // namespace crmrelay::milter
