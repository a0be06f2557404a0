// SPDX-License-Identifier: BSD-2-Clause
//
// The troubleshooting guide as data: what each reason in brackets means, what usually causes it, and what to do, with the command that does it.
// man/crmrelay-troubleshooting.7 is the same in prose. Texts are translated by who shows them (base/translation.hh); commands are not.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace crmrelay::ctl {

// Fields in texts and commands: {domain} {client} {login} {from} {crm}.
struct Step {
    const char* what;
    const char* command = "";   // empty: nothing to type
};

struct Advice {
    std::string_view reason;    // "network"
    const char* title;
    const char* meaning;
    std::vector<const char*> causes;
    std::vector<Step> steps;
};

// One for each reason that stands in brackets, and "password", whose reply is Postfix's own: 535.
std::span<const Advice> all_advice();

// nullptr where no reason has this name.
const Advice* advice_on(std::string_view reason);

}  // namespace crmrelay::ctl
