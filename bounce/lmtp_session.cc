// SPDX-License-Identifier: BSD-2-Clause
//
// RFC 2033 over the grammar of RFC 5321 section 4.1, with RFC 2034 codes, RFC 2920 pipelining, RFC 6152 and RFC 6531. Reply texts name what is wrong.
#include "bounce/lmtp_session.hh"

#include <fmt/format.h>

#include "base/text.hh"
#include "bounce/lmtp_path.hh"

namespace crmrelay::bounce {

std::string LmtpReply::line() const {
    const auto safe = base::neuter(text, 400);
    return detail.empty() ? fmt::format("{} {}\r\n", code, safe) : fmt::format("{} {}.{} {}\r\n", code, code / 100, detail, safe);
}

const LmtpSession::Verb LmtpSession::kVerbs[] = {
    {"LHLO", &LmtpSession::lhlo}, {"MAIL", &LmtpSession::mail}, {"RCPT", &LmtpSession::rcpt}, {"DATA", &LmtpSession::data}, {"RSET", &LmtpSession::rset},
    {"NOOP", &LmtpSession::noop}, {"VRFY", &LmtpSession::vrfy}, {"QUIT", &LmtpSession::quit}, {"HELO", &LmtpSession::helo}, {"EHLO", &LmtpSession::helo},
};

LmtpSession::LmtpSession(std::string hostname, std::uint64_t message_cap) : hostname_(std::move(hostname)), message_cap_(message_cap) {
    say({220, "", hostname_ + " LMTP crmrelay-bounced"});
}

LmtpSession::Event LmtpSession::feed(std::string_view& octets) {
    event_ = Idle{};
    while (!octets.empty() && std::holds_alternative<Idle>(event_)) {
        if (state_ == State::data)
            take_data(octets);
        else if (state_ != State::command)
            break;
        else if (take_line(octets))
            run_line();
    }
    return std::exchange(event_, Idle{});
}

// True where line_ holds a whole command line without its end.
bool LmtpSession::take_line(std::string_view& octets) {
    const auto lf = octets.find('\n');
    const auto piece = octets.substr(0, lf == std::string_view::npos ? lf : lf + 1);
    if (line_.size() + piece.size() > kLmtpCommandCap) skipping_line_ = true;
    if (skipping_line_)
        line_.clear();
    else
        line_ += piece;
    octets.remove_prefix(piece.size());
    if (lf == std::string_view::npos) return false;
    if (std::exchange(skipping_line_, false)) {
        complain({500, "5.2", fmt::format("a command line has at most {} octets", kLmtpCommandCap)});
        return false;
    }
    if (!line_.ends_with("\r\n") || line_.find_first_of(std::string_view("\r\n\0", 3)) != line_.size() - 2) {
        line_.clear();
        complain({500, "5.2", "a command line ends in CRLF and holds no CR, LF or NUL else"});
        return false;
    }
    line_.resize(line_.size() - 2);
    return true;
}

void LmtpSession::run_line() {
    const std::string line = std::exchange(line_, {});
    const auto space = line.find(' ');
    const auto name = std::string_view(line).substr(0, space);
    const auto arguments = space == std::string::npos ? std::string_view() : base::trim(std::string_view(line).substr(space));
    for (const auto& verb : kVerbs)
        if (base::iequals(name, verb.name)) return (this->*verb.run)(arguments);
    complain({500, "5.2", "unknown command"});
}

void LmtpSession::complain(const LmtpReply& reply) {
    say(reply);
    if (++errors_ >= kLmtpErrorsCap) give_up("too many errors");
}

void LmtpSession::give_up(std::string_view why) {
    say({421, "3.2", fmt::format("{} {}", hostname_, why)});
    state_ = State::closed;
    event_ = Close{};
}

bool LmtpSession::bare(std::string_view arguments) {
    if (!arguments.empty()) complain({501, "5.4", "this command takes no argument"});
    return arguments.empty();
}

void LmtpSession::reset() {
    state_ = State::command;
    mail_given_ = false;
    envelope_ = {};
    asked_.clear();
    data_.start(0);
}

void LmtpSession::helo(std::string_view) { complain({500, "5.1", "this is LMTP (RFC 2033): say LHLO"}); }

void LmtpSession::lhlo(std::string_view arguments) {
    if (arguments.empty()) return complain({501, "5.4", "LHLO takes the client's name"});
    reset();
    greeted_ = true;
    output_ += fmt::format("250-{}\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n", hostname_);
}

void LmtpSession::mail(std::string_view arguments) {
    if (!greeted_) return complain({503, "5.1", "LHLO comes first"});
    if (mail_given_) return complain({503, "5.1", "one MAIL a message: RSET begins anew"});
    const auto path = parse_lmtp_path(arguments, "FROM:");
    if (!path) return complain({501, "1.7", path.error()});
    for (const auto parameter : path->parameters) {
        const auto keyword = parameter.substr(0, parameter.find('='));
        // SIZE is not offered, since a client's own limit must not lose a bounce; who gives it is not refused.
        if (base::iequals(keyword, "SIZE") || base::iequals(parameter, "SMTPUTF8") || base::iequals(parameter, "BODY=7BIT") || base::iequals(parameter, "BODY=8BITMIME"))
            continue;
        return complain({555, "5.4", fmt::format("MAIL parameter {} is not offered", keyword)});
    }
    mail_given_ = true;
    envelope_.sender = path->mailbox;
    say({250, "1.0", "sender taken"});
}

void LmtpSession::rcpt(std::string_view arguments) {
    if (!mail_given_) return complain({503, "5.1", "MAIL comes first"});
    const auto path = parse_lmtp_path(arguments, "TO:");
    if (!path) return complain({501, "1.3", path.error()});
    if (path->mailbox.empty()) return complain({501, "1.3", "a recipient is not empty"});
    if (!path->parameters.empty()) return complain({555, "5.4", fmt::format("RCPT parameter {} is not offered", path->parameters[0])});
    if (envelope_.recipients.size() >= kLmtpRecipientsCap) return say({452, "5.3", fmt::format("at most {} recipients a message", kLmtpRecipientsCap)});
    asked_ = path->mailbox;
    state_ = State::awaiting;
    event_ = CheckRecipient{envelope_.sender, asked_};
}

void LmtpSession::answer_recipient(const LmtpReply& reply) {
    if (state_ == State::closed) return;
    state_ = State::command;
    if (reply.positive()) envelope_.recipients.push_back(std::move(asked_));
    asked_.clear();
    say(reply);
}

void LmtpSession::data(std::string_view arguments) {
    if (!bare(arguments)) return;
    if (!mail_given_) return complain({503, "5.1", "MAIL comes first"});
    if (envelope_.recipients.empty()) return complain({503, "5.1", "no valid recipients"});
    data_.start(message_cap_);
    state_ = State::data;
    say({354, "", "the message, then CRLF.CRLF"});
}

void LmtpSession::take_data(std::string_view& octets) {
    if (data_.take(octets)) end_of_data();
}

void LmtpSession::end_of_data() {
    // A null sender is never refused: the bounce would be gone, and the report stands in the head.
    if (data_.truncated() && !envelope_.sender.empty()) {
        for (std::size_t i = 0; i < envelope_.recipients.size(); ++i)
            say({552, "3.4", fmt::format("a message to a bounce address has at most {} octets", message_cap_)});
        return reset();
    }
    state_ = State::awaiting;
    const bool truncated = data_.truncated();
    event_ = Deliver{envelope_, {data_.message(), truncated}};
}

void LmtpSession::answer_delivery(const std::vector<LmtpReply>& replies) {
    if (state_ == State::closed) return;
    for (std::size_t i = 0; i < envelope_.recipients.size(); ++i) {
        const bool usable = i < replies.size() && (replies[i].code / 100 != 5 || !envelope_.sender.empty());
        say(usable ? replies[i] : LmtpReply::trouble("this recipient's answer is due later"));   // a 5xx would lose a bounce
    }
    reset();
}

void LmtpSession::rset(std::string_view arguments) {
    if (!bare(arguments)) return;
    reset();
    say({250, "0.0", "forgotten"});
}

void LmtpSession::noop(std::string_view) { say({250, "0.0", "here"}); }

void LmtpSession::vrfy(std::string_view arguments) {
    if (arguments.empty()) return complain({501, "5.4", "VRFY takes a mailbox"});
    say({252, "0.0", "cannot tell; RCPT does"});
}

void LmtpSession::quit(std::string_view arguments) {
    if (!bare(arguments)) return;
    say({221, "0.0", hostname_ + " closes"});
    state_ = State::closed;
    event_ = Close{};
}

}  // namespace crmrelay::bounce
