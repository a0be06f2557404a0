// SPDX-License-Identifier: BSD-2-Clause
//
// One question to the DNS, for checks: the TXT records at a name. It keeps nothing and is over within three seconds.
#pragma once

#include <string>
#include <vector>

#include "base/endpoint.hh"

namespace crmrelay::ctl {

struct TxtAnswer {
    enum class State { found, none, trouble };
    State state = State::none;
    std::vector<std::string> texts;   // each record's strings joined
    std::string words;                // of trouble: what
};

// `resolvers`: inet endpoints; where there are none, those of /etc/resolv.conf. The first three are asked.
TxtAnswer ask_txt(const std::string& name, const std::vector<base::Endpoint>& resolvers);

}  // namespace crmrelay::ctl
