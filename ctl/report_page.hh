// SPDX-License-Identifier: BSD-2-Clause
//
// Figures as one HTML page that needs nothing else: style and plots stand in it, it holds no script and loads nothing, and its own policy forbids both. Each figure's
// element names by data-figure (a JSON Pointer, RFC 6901) where json_of() has it.
#pragma once

#include <string>

#include "base/translation.hh"
#include "ctl/report_figures.hh"

namespace crmrelay::ctl {

std::string page_of(const Figures& figures, const base::Translation& tr);

}  // namespace crmrelay::ctl
