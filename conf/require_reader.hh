// SPDX-License-Identifier: BSD-2-Clause
//
// Reads `require`: a list of evidence, or a list of such lists as alternatives.
#pragma once

#include "conf/domain_reader.hh"

namespace crmrelay::conf {

// Each set holds network, login or certificate, which belong to the session and can be judged before a message has a From field; else a problem.
Maybe<std::vector<EvidenceSet>> read_require(Table& table);

}  // namespace crmrelay::conf
