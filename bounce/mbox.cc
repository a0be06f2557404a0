// SPDX-License-Identifier: BSD-2-Clause
//
// Splits an mbox file. Which "From " lines part messages: those with a sender and a time ("From MAILER-DAEMON Sat Oct  4 08:00:09 2025").
#include "bounce/mbox.hh"

#include <algorithm>

namespace crmrelay::bounce {

namespace {

constexpr std::size_t kMaxFromLine = 1'024;

// A time in it, "08:00:09", tells it from a sentence that begins with "From".
bool parts_messages(std::string_view line) {
    line = line.substr(0, kMaxFromLine);
    if (!line.starts_with("From ")) return false;
    for (auto at = line.find(':'); at != std::string_view::npos; at = line.find(':', at + 1)) {
        const auto digit = [&](std::size_t i) { return i < line.size() && line[i] >= '0' && line[i] <= '9'; };
        if (at >= 2 && digit(at - 1) && digit(at + 1) && digit(at + 2)) return true;
    }
    return false;
}

}  // namespace

std::vector<std::string_view> split_mbox(std::string_view text) {
    std::vector<std::string_view> messages;
    if (!parts_messages(text.substr(0, text.find('\n')))) return {text};
    std::size_t start = std::min(text.find('\n'), text.size() - 1) + 1;
    for (std::size_t at = start; at < text.size() && messages.size() < kMaxMboxMessages;) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto line = text.substr(at, end - at);
        // A blank line stands before it, or the end of a multipart where a writer forgot the blank line.
        const auto before = text.substr(0, at);
        const bool after_blank = before.ends_with("\n\n") || before.ends_with("\n\r\n") || before.ends_with("--\n") || before.ends_with("--\r\n");
        if (after_blank && at > start && parts_messages(line)) {
            messages.push_back(text.substr(start, at - start));
            start = end + 1;
        }
        at = end + 1;
    }
    if (start < text.size()) messages.push_back(text.substr(start));
    return messages;
}

}  // namespace crmrelay::bounce
