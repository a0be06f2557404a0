// SPDX-License-Identifier: BSD-2-Clause
//
// Weighs evidence. Texts come first, since servers agree on words more than on codes: "5.1.1 … blocked using" is no unknown user.
#include "bounce/judge.hh"

#include <algorithm>
#include <array>

#include "base/text.hh"
#include "bounce/codes.hh"
#include "bounce/phrase_book.hh"
#include "bounce/reply.hh"

namespace crmrelay::bounce {

namespace {

constexpr std::size_t kMaxJudged = 4'096;   // octets of a diagnostic or its context that are searched for phrases

struct Opinion {
    Reason reason = Reason::undefined;
    int weight = 0;
    std::string rule;
};

void prefer(Opinion& best, Opinion next) {
    if (next.weight > best.weight) best = std::move(next);
}

Opinion by_text(std::string_view text) {
    const auto said = phrase_book().best(comparable_text(text, kMaxJudged));
    if (said == nullptr) return {};
    return {said->reason, said->weight * 10, "text: " + std::string(said->text)};
}

Opinion by_status(std::string_view status) {
    const auto rule = rule_of_status(status);
    if (rule == nullptr) return {};
    return {rule->reason, rule->weight * 10 - 1, "status: " + std::string(rule->code)};
}

Opinion by_code(int code) {
    const auto rule = rule_of_reply(code);
    if (rule == nullptr) return {};
    return {rule->reason, rule->weight * 10 - 2, "code: " + std::string(rule->code)};
}

// A refusal without telling words: at the greeting it is the client's address that is minded, at MAIL the sender, at RCPT the recipient.
Opinion by_command(Command command, bool permanent) {
    if (command == Command::connect) return {Reason::blocked, 25, "command: connect"};
    if (command == Command::mail && permanent) return {Reason::rejected, 25, "command: MAIL"};
    if (command == Command::rcpt && permanent) return {Reason::userunknown, 8, "command: RCPT"};
    return {};
}

struct Told {
    std::string_view words;
    Command command;
};

// How Postfix, Exim, qmail, DragonFly, Sendmail and others name the command that was answered.
constexpr std::array kCommands{
    Told{"in reply to rcpt to", Command::rcpt},        Told{"in reply to mail from", Command::mail},
    Told{"in reply to end of data", Command::data},    Told{"in reply to data", Command::data},
    Told{"in reply to ehlo", Command::connect},        Told{"in reply to helo", Command::connect},
    Told{"refused to talk to me", Command::connect},   Told{"after rcpt to", Command::rcpt},
    Told{"after mail from", Command::mail},            Told{"after end of data", Command::data},
    Told{"after data", Command::data},                 Told{"after pipelined", Command::data},
    Told{"after initial connection", Command::connect}, Told{"after ehlo", Command::connect},
    Told{"after helo", Command::connect},              Told{"does not like recipient", Command::rcpt},
    Told{"does not like sender", Command::mail},       Told{"but connection died", Command::unknown},
    Told{"failed after i sent the message", Command::data}, Told{"did not like our rcpt to", Command::rcpt},
    Told{"did not like our mail from", Command::mail}, Told{"did not like our data", Command::data},
    Told{"did not like our ehlo", Command::connect},   Told{">>> rcpt to", Command::rcpt},
    Told{">>> mail from", Command::mail},              Told{">>> data", Command::data},
    Told{"rcpt command", Command::rcpt},               Told{"mail command", Command::mail},
};

std::string_view sureness(int weight) { return weight >= 55 ? "very" : weight >= 35 ? "fairly" : weight > 0 ? "little" : "no"; }

Judgement judgement_of(const Opinion& opinion, bool temporary, bool delayed = false) {
    auto verdict = verdict_of(opinion.reason, temporary);
    if (delayed && verdict != "other") verdict = "soft";   // it is still being tried: no address is dead by that
    return {opinion.reason, verdict, fault_of(opinion.reason), opinion.rule, sureness(opinion.weight), opinion.weight};
}

bool is_atext(char c) {
    const auto lower = base::ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is_domain_octet(char c) {
    const auto lower = base::ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

// The length of "550-5.1.1 " or "550 5.1.1 " at the start of `text` where its code is `code`: a reply's continuation.
std::size_t continuation_length(std::string_view text, std::string_view code, std::string_view status) {
    if (!text.starts_with(code) || text.size() < 4 || (text[3] != '-' && text[3] != ' ')) return 0;
    std::size_t at = 4;
    if (!status.empty() && text.substr(at).starts_with(status)) at += status.size();
    while (at < text.size() && text[at] == ' ') ++at;
    return at;
}

}  // namespace

Command command_in(std::string_view text) {
    static const PatternSet patterns = [] {
        std::vector<std::string_view> words;
        for (const auto& told : kCommands) words.push_back(told.words);
        return PatternSet(words);
    }();
    Command command = Command::unknown;
    patterns.search(text.substr(0, kMaxJudged), [&](std::uint32_t pattern, std::size_t) {
        command = kCommands[pattern].command;
        return command == Command::unknown;
    });
    return command;
}

std::string comparable_text(std::string_view text, std::size_t cap) {
    text = base::trim(text.substr(0, cap));
    std::string code;
    if (const int number = reply_code_in(text); number > 0) code = std::to_string(number);
    const std::string status = code.empty() ? std::string() : status_in(text);
    std::string out(text.size(), '\0');   // nothing gets longer
    std::size_t length = 0;
    bool first = true;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        const bool opens_word = length == 0 || out[length - 1] == ' ';
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            if (!opens_word) out[length++] = ' ';
            ++at;
            continue;
        }
        // The first time the code opens the reply, after that it continues it.
        if (opens_word && !code.empty() && c == code[0]) {
            const auto continued = continuation_length(text.substr(at), code, status);
            if (continued > 0 && !first) {
                at += continued;
                continue;
            }
            if (continued > 0) first = false;
        }
        if (c == '@') {
            const bool local = length > 0 && (is_atext(out[length - 1]) || out[length - 1] == '"');
            while (length > 0 && is_atext(out[length - 1])) --length;
            out[length++] = '@';
            ++at;
            if (local)
                while (at < text.size() && is_domain_octet(text[at])) ++at;
            // A sentence's final stop is none of the domain's; it goes with it.
            continue;
        }
        out[length++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        ++at;
    }
    while (length > 0 && out[length - 1] == ' ') --length;
    out.resize(length);
    return out;
}

Surroundings look_around(std::string_view text) {
    auto opinion = by_text(text);
    return {opinion.reason, opinion.weight, std::move(opinion.rule), command_in(text)};
}

Judgement judge(const Evidence& evidence) {
    if (evidence.action == Action::delivered || evidence.action == Action::relayed || evidence.action == Action::expanded)
        return judgement_of({Reason::delivered, 70, "action: " + std::string(name_of(evidence.action))}, false);
    const bool temporary = evidence.code > 0 ? evidence.code < 500 : evidence.status.starts_with('4');
    Opinion best = by_text(evidence.diagnostic);
    prefer(best, by_status(evidence.status));
    prefer(best, by_code(evidence.code));
    auto command = command_in(evidence.diagnostic);
    if (command == Command::unknown && evidence.around != nullptr) command = evidence.around->command;
    const bool permanent = evidence.code >= 500 || (evidence.code == 0 && evidence.status.starts_with('5'));
    prefer(best, by_command(command, permanent));
    if (evidence.exit_status) prefer(best, {Reason::mailererror, 45, "diagnostic: x-unix"});
    if ((best.weight < 40 || evidence.exit_status) && evidence.around != nullptr)
        prefer(best, {evidence.around->reason, evidence.around->weight - 20, evidence.around->rule});   // it may be about anything
    if (best.weight == 0 && (evidence.action == Action::delayed || evidence.status.starts_with("4.4."))) best = {Reason::expired, 10, "action: delayed"};
    if (best.weight == 0 && (!evidence.status.empty() || evidence.code > 0)) best.reason = Reason::onhold;
    return judgement_of(best, temporary, evidence.action == Action::delayed);
}

}  // namespace crmrelay::bounce
