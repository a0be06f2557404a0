// SPDX-License-Identifier: BSD-2-Clause
//
// The parts of a MIME message (RFC 2045, RFC 2046) as a flat list of views into it. Never fails and never recurses: a missing boundary, blank
// line or end still gives the parts that are there. A message inside the message (message/rfc822) is one part; it is not opened.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "bounce/header.hh"
#include "bounce/transfer.hh"

namespace crmrelay::bounce {

inline constexpr std::size_t kMaxParts = 1'000;      // parts after these are not listed
inline constexpr std::size_t kMaxDepth = 16;         // multiparts within multiparts; a deeper one is a leaf
inline constexpr std::size_t kMaxBoundary = 250;     // octets; RFC 2046 allows 70

inline constexpr std::size_t kNoPart = std::numeric_limits<std::size_t>::max();

struct Part {
    View header;               // its fields, without the blank line
    View body;                 // encoded; without the line end that belongs to the next boundary
    std::string type;          // "text/plain", lower case; the default (RFC 2046 section 5.1) where none is given
    std::string charset;       // as its Content-Type names it, empty where it names none
    std::string boundary;      // of a multipart that was opened, else empty
    Encoding encoding = Encoding::identity;
    std::size_t depth = 0;     // 0 for the message itself
    std::size_t parent = kNoPart;
    bool header_ended = false; // a blank line, or a body without one, followed the header
    bool closed = false;       // a multipart: its closing boundary was seen
};

struct Message {
    std::string_view text;
    char line_end = '\n';
    std::vector<Part> parts;           // parts[0] is the message itself, then in the order of the text
    std::vector<std::size_t> open;     // multiparts that the end of the text left open, outermost first
    bool truncated = false;            // a cap was met
};

// The message's views point into `text`, which must outlive them.
Message scan(std::string_view text);

}  // namespace crmrelay::bounce
