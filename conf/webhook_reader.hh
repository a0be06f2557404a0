// SPDX-License-Identifier: BSD-2-Clause
//
// Reads the key webhook: who is told of a domain's events by HTTP. The secret is opened by bounced and by `crmrelayctl check`, not here.
#pragma once

#include "conf/config.hh"
#include "conf/key_reader.hh"

namespace crmrelay::conf {

// { url, secret, events, format, … }; { events = [] } alone takes away what [defaults] say.
Maybe<Webhook> read_webhook(Table& table);

}  // namespace crmrelay::conf
