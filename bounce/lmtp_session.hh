// SPDX-License-Identifier: BSD-2-Clause
//
// One LMTP session (RFC 2033) as a state machine: octets in, octets and events out. It does no I/O and knows no mailbox; whoever
// drives it answers its events. A message ends at CRLF.CRLF and nowhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bounce/lmtp_data.hh"
#include "bounce/lmtp_reply.hh"

namespace crmrelay::bounce {

constexpr std::size_t kLmtpCommandCap = 2048;      // octets of a command line with its line end
constexpr std::size_t kLmtpRecipientsCap = 1000;   // recipients of one message; 452 beyond
constexpr std::size_t kLmtpAddressCap = 512;       // octets of a mailbox
constexpr int kLmtpErrorsCap = 20;                 // commands gone wrong in a session; 421 then

struct LmtpEnvelope {
    std::string sender;                    // without angles; empty: the null sender
    std::vector<std::string> recipients;   // those that were accepted
};

struct LmtpMessage {
    std::string octets;        // dot-unstuffed
    bool truncated = false;    // more came than is kept
};

class LmtpSession {
public:
    struct Idle {};            // octets are used up
    struct CheckRecipient {    // answer with answer_recipient()
        std::string sender, address;
    };
    struct Deliver {           // answer with answer_delivery()
        LmtpEnvelope envelope;
        LmtpMessage message;
    };
    struct Close {};           // write the output, then close
    using Event = std::variant<Idle, CheckRecipient, Deliver, Close>;

    // `hostname` is what the greeting says. Beyond `message_cap` octets a message with a null sender is cut, any other refused.
    LmtpSession(std::string hostname, std::uint64_t message_cap);

    // Takes octets off the front until something is to be answered or none are left. Not while an answer is due.
    Event feed(std::string_view& octets);
    void answer_recipient(const LmtpReply& reply);
    void answer_delivery(const std::vector<LmtpReply>& replies);   // one for each recipient; missing ones are told 451
    void give_up(std::string_view why);                            // 421, in whatever state

    std::string take_output() { return std::exchange(output_, {}); }
    bool has_output() const { return !output_.empty(); }

    void set_message_cap(std::uint64_t octets) { message_cap_ = octets; }   // from the next message on
    bool in_data() const { return state_ == State::data; }
    bool in_transaction() const { return state_ != State::command || mail_given_; }
    bool in_command() const { return !line_.empty() || skipping_line_; }     // a command has begun and has not ended

private:
    enum class State { command, data, awaiting, closed };

    struct Verb {
        std::string_view name;
        void (LmtpSession::*run)(std::string_view arguments);
    };
    static const Verb kVerbs[];

    bool take_line(std::string_view& octets);
    void run_line();
    void take_data(std::string_view& octets);
    void end_of_data();

    void lhlo(std::string_view);
    void mail(std::string_view);
    void rcpt(std::string_view);
    void data(std::string_view);
    void rset(std::string_view);
    void noop(std::string_view);
    void vrfy(std::string_view);
    void quit(std::string_view);
    void helo(std::string_view);

    void say(const LmtpReply& reply) { output_ += reply.line(); }
    void complain(const LmtpReply& reply);   // counts as an error
    bool bare(std::string_view arguments);   // says 501 where there are any
    void reset();

    std::string hostname_;
    std::uint64_t message_cap_;
    State state_ = State::command;
    Event event_;
    std::string output_;
    std::string line_;
    bool skipping_line_ = false;
    int errors_ = 0;
    bool greeted_ = false, mail_given_ = false;
    LmtpEnvelope envelope_;
    std::string asked_;                      // the recipient whose answer is due
    LmtpData data_;
};

}  // namespace crmrelay::bounce
