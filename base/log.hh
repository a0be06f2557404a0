// SPDX-License-Identifier: BSD-2-Clause
//
// The log: one line an event to syslog (facility mail, RFC 3164 over the unix datagram socket), and to standard error when asked.
// Rooms build their typed events on Line; every value goes through base::log_value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace crmrelay::base {

enum class Severity { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };  // syslog's numbers

struct LogTarget {
    std::string ident;             // the program's name
    std::string path = "/dev/log"; // of the datagram socket
    bool to_stderr = false;
    bool verbose = false;          // debug lines too
};

// Sets where lines go; before it, and where syslog cannot be reached, they go to standard error. Any thread may log at any time.
void open_log(LogTarget target);

// One event: "ID: event key=value key=value". Written when it goes out of scope.
class Line {
public:
    Line(Severity severity, std::string_view event, std::string_view id = {});
    Line(const Line&) = delete;
    ~Line();

    Line& field(std::string_view key, std::string_view value);     // from anywhere: it is neutered here
    Line& field(std::string_view key, std::int64_t value);
    Line& address(std::string_view key, std::string_view mailbox);  // <…>
    Line& optional(std::string_view key, std::string_view value);   // left out where empty

private:
    Severity severity_;
    std::string text_;
};

}  // namespace crmrelay::base
