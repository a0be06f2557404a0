// SPDX-License-Identifier: BSD-2-Clause
//
// What the header of a message that came back says of it: who wrote it, under which subject, whether a machine did.
#pragma once

#include <string>
#include <vector>

#include "bounce/mime.hh"
#include "bounce/notice.hh"

namespace crmrelay::bounce {

struct Top {
    std::string from;          // decoded
    std::string subject;       // decoded
    std::string date;
    std::string to;
    std::vector<std::string> failed_recipients;   // X-Failed-Recipients (Exim, Gmail)
    bool null_sender = false;  // Return-Path: <>
    bool machine = false;      // Auto-Submitted, X-Failed-Recipients …
    HeaderSigns signs;
};

Top read_top(const Message& message);

}  // namespace crmrelay::bounce
