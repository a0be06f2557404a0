// SPDX-License-Identifier: BSD-2-Clause
//
// Auto-replies by their header: fields that only machines write, and the subjects of those that write none.
#include "bounce/auto_reply.hh"

#include <algorithm>
#include <array>

#include "base/text.hh"
#include "bounce/charset.hh"
#include "bounce/find_address.hh"
#include "bounce/report.hh"

namespace crmrelay::bounce {

namespace {

// Subjects of auto-replies, at their start.
constexpr std::array<std::string_view, 58> kSubjects{
    "auto:", "auto reply", "auto-reply", "autoreply", "auto response", "auto-response", "autoresponse", "automatic reply", "automatic response", "automated reply",
    "automated response", "out of office", "out-of-office", "out of the office", "away from office", "away from the office", "away until", "i am away", "i'm away",
    "on vacation", "vacation", "on holiday", "on leave", "on annual leave", "absence", "absent", "abwesend", "abwesenheit", "automatische antwort", "nicht im b",
    "réponse automatique", "reponse automatique", "respuesta automática", "respuesta automatica", "resposta automática", "risposta automatica", "fuori sede",
    "fuori ufficio", "assenza", "fuera de la oficina", "fuera de oficina", "ausencia", "automatisch antwoord", "afwezig", "自動応答", "自動返信", "不在", "автоответ", "автоматический ответ", "自动回复",
    "自動回覆", "休暇", "부재중", "부재 중", "자동 응답", "자동응답", "자동 회신", "자동회신",
};

std::string_view first_word(std::string_view value) { return value.substr(0, std::min(value.find_first_of("; \t("), value.size())); }

bool says_replied(std::string_view name, std::string_view value) {
    if (base::iequals(name, "Auto-Submitted")) return base::istarts_with(first_word(value), "auto-replied") || base::iequals(first_word(value), "auto-notified");
    if (base::iequals(name, "Precedence")) return base::iequals(value, "auto_reply") || base::iequals(value, "auto-reply");
    if (base::iequals(name, "X-Autoreply") || base::iequals(name, "X-Autorespond") || base::iequals(name, "X-Autoresponder")) return !base::iequals(value, "no");
    return base::iequals(name, "X-Auto-Reply-From") || base::iequals(name, "X-AutoReply-From") || base::iequals(name, "X-Mail-Autoreply") || base::iequals(name, "X-Vacation") ||
           (base::iequals(name, "X-POST-MessageClass") && base::iequals(first_word(value), "9"));
}

// The subject without the marks that replies and forwards put before it.
std::string_view bare_subject(std::string_view subject) {
    for (bool more = true; more;) {
        more = false;
        subject = base::trim(subject);
        for (const std::string_view mark : {"re:", "aw:", "sv:", "antw:", "fwd:", "["}) {
            if (!base::istarts_with(subject, mark)) continue;
            if (mark == "[") return subject.substr(1);
            subject.remove_prefix(mark.size());
            more = true;
        }
    }
    return subject;
}

}  // namespace

AutoReply read_auto_reply(const Message& message) {
    AutoReply reply;
    FieldReader fields(message.text, message.parts[0].header, message.line_end);
    for (Field field; fields.next(field);) {
        const auto name = field.name.of(message.text);
        const auto value = unfolded(field.value.of(message.text), kMaxReportValue);
        if (!reply.found && says_replied(name, value)) {
            reply.found = true;
            reply.rule = std::string(name.substr(0, 32));
        }
        if (base::iequals(name, "From") && reply.from.empty()) reply.from = find_address(value);
        if (base::iequals(name, "Date") && reply.date.empty()) reply.date = value;
        if (base::iequals(name, "In-Reply-To") && reply.in_reply_to.empty()) reply.in_reply_to = value;
        if (reply.found || !base::iequals(name, "Subject")) continue;
        const auto decoded = decode_words(value, kMaxReportValue);
        const auto subject = bare_subject(decoded);
        for (const auto words : kSubjects)
            if (base::istarts_with(subject, words)) {
                reply.found = true;
                reply.rule = "subject: " + std::string(words);
                break;
            }
    }
    return reply;
}

}  // namespace crmrelay::bounce
