// SPDX-License-Identifier: BSD-2-Clause
//
// Fuzzes an LMTP session: the first octet says in which pieces the rest arrives and how the session is answered. However it is cut, the session
// says the same, keeps no more than its caps, and refuses no message with a null sender.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bounce/lmtp_session.hh"

namespace {

using namespace crmrelay::bounce;

constexpr std::uint64_t kCap = 64;

void require(bool condition) {
    if (!condition) std::abort();
}

LmtpReply answer(unsigned how, std::size_t index) {
    switch ((how >> (index % 4)) % 3) {
        case 0: return LmtpReply::accepted("yes");
        case 1: return LmtpReply::trouble("later");
        default: return LmtpReply::unknown_mailbox("no");
    }
}

// What the session says to `input`, given in pieces of `step` octets.
std::string run(std::string_view input, std::size_t step, unsigned how) {
    LmtpSession session("fuzz", kCap);
    std::string said = session.take_output();
    std::size_t questions = 0;
    for (bool open = true; open && !input.empty();) {
        std::string_view piece = input.substr(0, step);
        input.remove_prefix(piece.size());
        while (open && !piece.empty()) {
            auto event = session.feed(piece);
            said += session.take_output();
            if (auto* question = std::get_if<LmtpSession::CheckRecipient>(&event)) {
                require(!question->address.empty() && question->address.size() <= kLmtpAddressCap && question->sender.size() <= kLmtpAddressCap);
                session.answer_recipient(answer(how, questions++));
            } else if (auto* delivery = std::get_if<LmtpSession::Deliver>(&event)) {
                require(delivery->message.octets.size() <= kCap);
                require(!delivery->envelope.recipients.empty() && delivery->envelope.recipients.size() <= kLmtpRecipientsCap);
                require(!delivery->message.truncated || delivery->envelope.sender.empty());
                std::vector<LmtpReply> replies;
                for (std::size_t i = 0; i < delivery->envelope.recipients.size(); ++i) replies.push_back(answer(how, i));
                session.answer_delivery(replies);
                const auto told = session.take_output();
                if (delivery->envelope.sender.empty()) require(told.find("5.1.1") == std::string::npos);
                said += told;
            } else if (std::holds_alternative<LmtpSession::Close>(event)) {
                open = false;
            } else {
                require(piece.empty());
            }
        }
    }
    return said + session.take_output();
}

}  // namespace

extern "C" {
unsigned long fuzz_subject_runs = 0;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const unsigned how = data[0];
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    ++fuzz_subject_runs;
    const std::string whole = run(input, input.size() + 1, how);
    require(whole.starts_with("220 ") && whole.ends_with("\r\n"));
    require(run(input, 1, how) == whole);
    require(run(input, 1 + how % 13, how) == whole);
    return 0;
}
}
