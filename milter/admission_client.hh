// SPDX-License-Identifier: BSD-2-Clause
//
// Puts the milter's questions to policyd (policy/admission.hh). Any thread may ask at any time; every wait has its end.
// A policyd that is away is an Error and no exception: what happens to the message then is the caller's to say.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/endpoint.hh"
#include "base/result.hh"
#include "milter/connection_pool.hh"
#include "policy/admission.hh"

namespace crmrelay::milter {

class AdmissionClient {
public:
    // All of them together stay below the 30 s of command_timeout in main.cf.
    struct Limits {
        std::size_t connections = 64;
        std::chrono::seconds connect{2};
        std::chrono::seconds tell{5};      // from the call to the last octet written
        std::chrono::seconds answer{20};   // from the call to the last octet read, both attempts together
    };

    explicit AdmissionClient(base::Endpoint endpoint);
    AdmissionClient(base::Endpoint endpoint, Limits limits);

    // A question that has no answer: announce and close. Done when it is written.
    struct Told {};
    base::Result<Told> tell(const policy::Question& question);

    // Where a connection from the pool turns out to be dead before the first octet of an answer, the question is put once more on a
    // new one: policyd was restarted. A second `admit` makes a second record and does no harm.
    base::Result<policy::Answer> ask(const policy::Question& question);

private:
    base::Result<std::string> exchange(const policy::Question& question, bool answered, Clock::time_point deadline);

    const Limits limits_;
    ConnectionPool pool_;
};

}  // namespace crmrelay::milter
