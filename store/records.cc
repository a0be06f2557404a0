// SPDX-License-Identifier: BSD-2-Clause
//
// Names of the store's states, as they stand in its rows and as listings show them.
#include "store/records.hh"

namespace crmrelay::store {

std::string_view name_of(Outgoing::Kind kind) {
    switch (kind) {
        case Outgoing::Kind::handback: return "handback";
        case Outgoing::Kind::forward: return "forward";
        case Outgoing::Kind::notice: return "notice";
    }
    return "unknown";
}

std::string_view name_of(Outgoing::State state) {
    switch (state) {
        case Outgoing::State::pending: return "pending";
        case Outgoing::State::queued: return "queued";
        case Outgoing::State::failed: return "failed";
        case Outgoing::State::dropped: return "dropped";
    }
    return "unknown";
}

}  // namespace crmrelay::store
