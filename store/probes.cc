// SPDX-License-Identifier: BSD-2-Clause
//
// Every row that names the probe's token and its reserved domain.
#include "store/probes.hh"

namespace crmrelay::store {

ProbeEraser::ProbeEraser(Session& session)
    : domain_(kProbeDomain),
      message_(session, "DELETE FROM messages WHERE token = :token AND domain = :domain"),
      events_(session, "DELETE FROM events WHERE token = :token AND domain = :domain"),
      outgoing_(session, "DELETE FROM outgoing WHERE token = :token AND domain = :domain"),
      tallies_(session, "DELETE FROM tallies WHERE domain = :domain") {
    for (auto* statement : {&message_, &events_, &outgoing_}) statement->in(token_, domain_);
    tallies_.in(domain_);
}

void ProbeEraser::erase(const std::string& token) {
    token_ = token;
    for (auto* statement : {&message_, &events_, &outgoing_, &tallies_}) statement->run();
}

}  // namespace crmrelay::store
