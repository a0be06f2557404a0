// SPDX-License-Identifier: BSD-2-Clause
//
// Dot-unstuffing. What decides is the line start, so the middle of a line is copied in one piece.
#include "bounce/lmtp_data.hh"

namespace crmrelay::bounce {

void LmtpData::start(std::uint64_t cap) {
    *this = LmtpData();
    cap_ = cap;
}

void LmtpData::keep(std::string_view octets) {
    const std::uint64_t room = cap_ - kept_.size();
    if (octets.size() > room) truncated_ = true;
    kept_.append(octets.substr(0, room));
}

// Up to and with the next LF; only one after a CR begins a line.
void LmtpData::take_middle(std::string_view& octets) {
    const auto lf = octets.find('\n');
    const auto piece = octets.substr(0, lf == std::string_view::npos ? lf : lf + 1);
    const bool crlf = lf != std::string_view::npos && (lf > 0 ? octets[lf - 1] == '\r' : after_cr_);
    keep(piece);
    after_cr_ = piece.back() == '\r';
    at_ = crlf ? At::line_start : At::middle;
    octets.remove_prefix(piece.size());
}

bool LmtpData::take(std::string_view& octets) {
    while (!octets.empty()) switch (at_) {
            case At::line_start:
                after_cr_ = false;
                at_ = octets[0] == '.' ? At::dot : At::middle;
                if (at_ == At::dot) octets.remove_prefix(1);
                break;
            case At::dot:
                at_ = octets[0] == '\r' ? At::dot_cr : At::middle;
                if (at_ == At::dot_cr) octets.remove_prefix(1);
                break;
            case At::dot_cr:
                if (octets[0] == '\n') {
                    octets.remove_prefix(1);
                    return true;
                }
                keep("\r");
                after_cr_ = true;
                at_ = At::middle;
                break;
            case At::middle: take_middle(octets); break;
        }
    return false;
}

}  // namespace crmrelay::bounce
