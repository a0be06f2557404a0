// SPDX-License-Identifier: BSD-2-Clause
//
// Puts one mail into Postfix: SMTP from <> to one recipient (RFC 5321), through libcurl. It retries nothing and remembers nothing but its connection.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace crmrelay::report {

struct Submitted {
    enum class State {
        queued,        // `queue_id` is Postfix's; empty where its reply names none
        temporary,     // this mail was told 4xx, or the connection broke
        unreachable,   // nobody takes mail there now: no connection, no greeting
        permanent,     // 5xx to this mail
    };
    State state = State::temporary;
    std::string queue_id;
    std::string text;   // the server's reply, or what failed
    int code = 0;       // of the reply
};

class Submitter {
public:
    virtual ~Submitter() = default;
    virtual Submitted submit(const std::string& url, const std::string& recipient, const std::string& mail) = 0;
    virtual void rest() = 0;    // nothing to do for now: leave no connection open
    virtual void abort() = 0;   // from any thread: the running submit ends soon, as temporary
};

struct SubmitLimits {
    std::chrono::milliseconds connect{10'000};
    std::chrono::milliseconds total{120'000};
};

// `url` is smtp://HOST:PORT.
std::unique_ptr<Submitter> make_smtp_submitter(SubmitLimits limits = {});

// "250 2.0.0 Ok: queued as 4XyZ" -> "4XyZ"; empty where the reply says no such thing.
std::string queue_id_in(std::string_view reply);

}  // namespace crmrelay::report
