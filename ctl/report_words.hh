// SPDX-License-Identifier: BSD-2-Clause
//
// What the names of figures (reasons, classes, kinds and states) mean, in a reader's language. Pure but for the catalogue.
#pragma once

#include <string>
#include <string_view>

#include "base/translation.hh"

namespace crmrelay::ctl {

std::string words_of_bounce(const base::Translation& tr, std::string_view reason);    // "" where there are none
std::string words_of_class(const base::Translation& tr, std::string_view name);       // for these, the name where there are none
std::string words_of_refusal(const base::Translation& tr, std::string_view reason);
std::string words_of_strikes(const base::Translation& tr, std::string_view name);
std::string words_of_kind(const base::Translation& tr, std::string_view kind);
std::string words_of_state(const base::Translation& tr, std::string_view state);

}  // namespace crmrelay::ctl
