// SPDX-License-Identifier: BSD-2-Clause
//
// Asks the readers in turn: complaints, delivery reports, notifications, notices for people, auto-replies.
#include "bounce/reading.hh"

#include <algorithm>
#include <unordered_map>

#include "base/text.hh"
#include "bounce/auto_reply.hh"
#include "bounce/charset.hh"
#include "bounce/complaint.hh"
#include "bounce/explanation.hh"
#include "bounce/find_address.hh"
#include "bounce/notice.hh"
#include "bounce/notification.hh"
#include "bounce/readable.hh"
#include "bounce/reply.hh"
#include "bounce/status_reader.hh"
#include "bounce/statuses.hh"
#include "bounce/top.hh"

namespace crmrelay::bounce {

namespace {

constexpr std::size_t kMaxSentences = 16'384;     // octets whose sentences are looked at for recipients
constexpr std::size_t kMaxSentenceRecipients = 16;
constexpr std::size_t kMaxWraps = 3;             // notices around notices
constexpr std::size_t kMaxContext = 4'096;       // octets around a diagnostic that may say why

class Reader {
public:
    Reader(const Message& message, const Report* report) : message_(message), report_(report), top_(read_top(message)) { reading_.truncated = message.truncated; }

    Reading run() {
        if (read_as_complaint()) return finish();
        if (report_ != nullptr && read_as_report()) return finish();
        if (read_as_notification()) return finish();
        if (read_as_notice()) return finish();
        if (read_as_auto_reply()) return finish();
        return std::move(reading_);
    }

    // The message that a notice without recipients quotes; empty where it is no notice, or quotes none.
    std::string wrapped() {
        if (reading_.kind != ReadingKind::none || !is_notice_) return {};
        const auto quoted = notice().original.of(text());
        return std::string(quoted.substr(0, kMaxReadable));
    }

private:
    const std::string& text() {
        if (!text_read_) {
            text_ = explanation_of(message_);
            if (base::istarts_with(top_.subject, "fw") || text_.find("orwarded message") != std::string::npos)
                if (auto inner = unquoted(text_); !inner.empty()) {
                    text_ = std::move(inner);
                    forwarded_ = true;
                }
            text_read_ = true;
        }
        return text_;
    }

    const Notice& notice() {
        if (!notice_) notice_ = read_notice(text());
        return *notice_;
    }

    // The returned part's header, else what the text quotes of it.
    const Original& original() {
        if (original_) return *original_;
        original_.emplace();
        if (report_ != nullptr && !report_->returned.empty()) {
            *original_ = report_->original;
        } else {
            for (const auto& part : message_.parts)
                if (is_returned(part)) {
                    if (part.encoding == Encoding::identity) {
                        bounce::read_original(message_.text, part.body, message_.line_end, *original_);
                    } else {
                        const auto decoded = decode(part.encoding, part.body.of(message_.text), kMaxHeader);
                        bounce::read_original(decoded, {0, decoded.size()}, line_end_of(decoded), *original_);
                    }
                    break;
                }
        }
        if (original_->message_id.empty() && original_->to.empty() && !notice().original.empty())
            bounce::read_original(text(), notice().original, '\n', *original_);
        return *original_;
    }

    const Surroundings* around() {
        if (!around_) around_ = look_around(context());
        return &*around_;
    }

    std::string_view context() {
        const auto said = notice().explanation.of(text());
        return said.substr(0, kMaxContext);
    }

    bool read_as_complaint() {
        const auto complaint = read_complaint(message_);
        if (!complaint.found) return false;
        reading_.kind = ReadingKind::complaint;
        reading_.reader = "rfc5965";
        reading_.feedback_type = base::neuter(complaint.type, 64);
        Result result;
        result.recipient = complaint.recipient.empty() ? std::string(find_address(original().to)) : complaint.recipient;
        result.diagnostic = complaint.text;
        result.date = complaint.date.empty() ? top_.date : complaint.date;
        result.judgement = {Reason::feedback, "other", "recipient", "feedback: " + reading_.feedback_type, "very", 70};
        reading_.results.push_back(std::move(result));
        reading_.message_id = clean_id(original().message_id);
        if (reading_.message_id.empty()) reading_.message_id = clean_id(complaint.message_id);
        return true;
    }

    bool read_as_report() {
        reading_.truncated = reading_.truncated || report_->truncated;
        for (const auto& said : report_->recipients) {
            take(said, *report_);
            reading_.results.back().reported = reading_.results.size() - 1;
        }
        std::erase_if(reading_.results, [](const Result& result) { return result.recipient.empty(); });
        if (reading_.results.empty()) return false;
        reading_.reader = "rfc3464";
        set_kind();
        return true;
    }

    // An address, or nothing that can be told: files and pipes are none, nor is a domain alone.
    std::string recipient_of(const RecipientReport& said) {
        for (const auto* candidate : {&said.final_recipient, &said.original_recipient, &said.actual_recipient})
            if (address_length(*candidate) == candidate->size() && !candidate->empty()) return *candidate;
        for (const auto* candidate : {&said.final_recipient, &said.original_recipient})
            if (const auto address = find_address(*candidate); !address.empty()) return std::string(address);
        if (report_->recipients.size() == 1) {
            if (top_.failed_recipients.size() == 1) return top_.failed_recipients[0];
            if (notice().recipients.size() == 1) return notice().recipients[0].address;
            if (const auto address = find_address(original().to); !address.empty()) return std::string(address);
        }
        return said.recipient();
    }

    void take(const RecipientReport& said, const Report& report) {
        Result result;
        result.recipient = recipient_of(said);
        result.action = said.action;
        result.remote_mta = said.remote_mta;
        result.reporting_mta = report.reporting_mta;
        result.date = said.last_attempt.empty() ? report.arrival_date : said.last_attempt;
        result.diagnostic = to_utf8(said.diagnostic, "", kMaxDiagnostic);
        result.status = better_status(said.status, result.diagnostic);
        result.code = last_code_in(result.diagnostic);
        const bool exit_status = said.diagnostic_type == "x-unix";
        weigh(result, result.diagnostic, nullptr, exit_status);
        // Where the fields leave it open, the text beside them is asked.
        const bool open = (result.judgement.weight < 40 || exit_status) && result.action != Action::delivered && result.action != Action::relayed && result.action != Action::expanded;
        if (open || result.diagnostic.empty()) {
            const auto* beside = beside_of(result.recipient);
            std::string words = result.diagnostic;
            if (beside != nullptr && !beside->empty()) words.append(words.empty() ? "" : "\n").append(*beside);
            if (result.code == 0) result.code = last_code_in(words);
            result.status = better_status(result.status, words);
            weigh(result, words, around(), exit_status);
            if (result.diagnostic.empty() && beside != nullptr) result.diagnostic = *beside;
        }
        reading_.results.push_back(std::move(result));
    }

    const std::string* beside_of(const std::string& recipient) {
        const auto key = comparable(recipient);
        if (!notice_index_) {
            notice_index_.emplace();
            for (const auto& entry : notice().recipients) notice_index_->emplace(comparable(entry.address), &entry.diagnostic);
        }
        const auto known = notice_index_->find(key);
        if (known != notice_index_->end() && !known->second->empty()) return known->second;
        return notice().diagnostic.empty() ? nullptr : &notice().diagnostic;
    }

    static void weigh(Result& result, std::string_view words, const Surroundings* around, bool exit_status = false) {
        result.judgement = judge({result.action, result.status, result.code, words, around, exit_status});
    }

    void set_kind() {
        const auto any = [&](auto test) { return std::any_of(reading_.results.begin(), reading_.results.end(), [&](const Result& result) { return test(result.action); }); };
        if (any([](Action a) { return a == Action::failed || a == Action::unknown; })) reading_.kind = ReadingKind::bounce;
        else if (any([](Action a) { return a == Action::delayed; })) reading_.kind = ReadingKind::delayed;
        else reading_.kind = ReadingKind::success;
        reading_.message_id = clean_id(original().message_id);
    }

    bool read_as_notification() {
        if (base::trim(message_.parts[0].body.of(message_.text)).substr(0, 1) != "{" || message_.parts[0].type != "text/plain") return false;
        auto notification = read_notification(text());
        if (notification.kind == ReadingKind::none) return false;
        reading_ = std::move(notification);
        return true;
    }

    // Whether this is a notice at all: its own words, and a sender that is no person. A person who quotes a notice is none.
    bool looks_like_notice() {
        const bool machine = top_.signs.sender || top_.null_sender || !top_.failed_recipients.empty() || top_.machine || top_.from.empty();
        const bool known = notice().signed_by_system || !top_.signs.system.empty();
        if (forwarded_) return !notice().status.empty() && known;
        if (report_ != nullptr) return true;   // it says that it is a report, and lacks what a report needs
        if (!top_.failed_recipients.empty()) return true;
        if (base::istarts_with(top_.subject, "re:") && !top_.signs.sender && !top_.null_sender) return false;
        if (machine) return known || (top_.signs.subject && (top_.signs.sender || top_.null_sender));
        return !top_.signs.system.empty() && (notice().signed_by_system || top_.signs.subject);
    }

    bool read_as_notice() {
        is_notice_ = looks_like_notice();
        if (!is_notice_) return false;
        const Notice& notice = this->notice();
        reading_.truncated = reading_.truncated || notice.truncated;
        if (!notice.status.empty() && read_embedded_status()) return true;
        gather_recipients();
        if (reading_.results.empty()) return false;
        reading_.reader = !top_.signs.system.empty() ? top_.signs.system : !notice.system.empty() ? notice.system : std::string_view("general");
        set_kind();
        if (reading_.message_id.empty()) reading_.message_id = stray_message_id(text());
        return true;
    }

    // A delivery report that stands in a text.
    bool read_embedded_status() {
        Report inner;
        read_status(text(), notice().status, inner);
        if (inner.recipients.empty()) return false;
        const Report* outer = report_;
        report_ = &inner;
        for (const auto& said : inner.recipients) take(said, inner);
        report_ = outer;
        std::erase_if(reading_.results, [](const Result& result) { return result.recipient.empty(); });
        if (reading_.results.empty()) return false;
        reading_.reader = !top_.signs.system.empty() ? top_.signs.system : notice().system.empty() ? std::string_view("rfc3464") : notice().system;
        set_kind();
        if (reading_.message_id.empty()) reading_.message_id = stray_message_id(text());
        return true;
    }

    void gather_recipients() {
        const Notice& notice = this->notice();
        const Action action = notice.delivered ? Action::delivered : notice.delayed || (top_.signs.delayed && top_.failed_recipients.empty()) ? Action::delayed : Action::failed;
        std::vector<std::string> names = top_.failed_recipients;
        if (names.empty())
            for (const auto& entry : notice.recipients) names.push_back(entry.address);
        if (names.empty()) {
            gather_from_sentences(action);
            if (!reading_.results.empty()) return;
        }
        if (names.empty())
            if (const auto address = find_address(original().to); !address.empty()) names.emplace_back(address);
        for (auto& name : names) {
            Result result;
            result.recipient = std::move(name);
            result.action = action;
            result.date = top_.date;
            const auto* said = beside_of(result.recipient);
            if (said == nullptr && names.size() == 1 && notice.recipients.size() == 1) said = &notice.recipients[0].diagnostic;
            if (said != nullptr) result.diagnostic = *said;
            finish_notice_result(result);
            reading_.results.push_back(std::move(result));
        }
    }

    // No line names a recipient in a place of its own: an address in a line that says what is wrong is one.
    void gather_from_sentences(Action action) {
        const auto said = notice().explanation.of(text());
        LineReader lines(said, {0, std::min(said.size(), kMaxSentences)}, '\n');
        for (Line line; lines.next(line) && reading_.results.size() < kMaxSentenceRecipients;) {
            const auto content = base::trim(line.text.of(said));
            const auto address = find_address(content);
            if (address.empty() || base::istarts_with(address, "postmaster@") || base::istarts_with(address, "abuse@")) continue;
            Result result;
            result.recipient = address;
            result.action = action;
            result.date = top_.date;
            result.diagnostic = content.substr(0, kMaxDiagnostic);
            if (judge({action, {}, 0, content}).weight < 50) continue;
            finish_notice_result(result);
            reading_.results.push_back(std::move(result));
        }
    }

    void finish_notice_result(Result& result) {
        result.code = last_code_in(result.diagnostic);
        result.status = better_status({}, result.diagnostic);
        weigh(result, result.diagnostic, around());
        if (result.diagnostic.empty()) result.diagnostic = context().substr(0, 512);
        if (result.judgement.weight < 25 && otherwise() != Reason::undefined) {
            const auto reason = otherwise();
            result.judgement = {reason, verdict_of(reason, false), fault_of(reason), "notice", "fairly", 40};
        }
        if (result.status.empty()) result.status = result.action == Action::delayed ? "4.0.0" : result.action == Action::failed ? "5.0.0" : "2.0.0";
        if (result.code >= 400 && result.status.ends_with(".0.0")) result.status = std::to_string(result.code / 100) + ".0.0";
        result.remote_mta = host_in(result.diagnostic);
    }

    Reason otherwise() { return notice().otherwise != Reason::undefined ? notice().otherwise : top_.signs.otherwise; }

    bool read_as_auto_reply() {
        const auto reply = read_auto_reply(message_);
        if (!reply.found || reply.from.empty() || top_.signs.sender) return false;
        reading_.kind = ReadingKind::autoreply;
        reading_.reader = "rfc3834";
        reading_.message_id = clean_id(reply.in_reply_to);
        Result result;
        result.recipient = reply.from;
        result.date = reply.date;
        result.diagnostic = base::trim(std::string_view(text()).substr(0, 1'024));
        result.judgement = {Reason::vacation, "other", "unknown", reply.rule, "very", 70};
        reading_.results.push_back(std::move(result));
        return true;
    }

    // The last hand over everything that leaves: one line, no controls, no direction marks.
    Reading finish() {
        for (auto& result : reading_.results) {
            result.recipient = base::neuter(result.recipient, kMaxAddress);
            result.diagnostic = base::neuter(one_line(result.diagnostic), kMaxDiagnostic);
            result.remote_mta = base::neuter(result.remote_mta, kMaxReportValue);
            result.reporting_mta = base::neuter(result.reporting_mta, kMaxReportValue);
            result.date = base::neuter(result.date, 128);
            if (result.date.empty()) result.date = base::neuter(top_.date, 128);
        }
        return std::move(reading_);
    }

    const Message& message_;
    const Report* report_;
    Top top_;
    Reading reading_;
    std::string text_;
    bool text_read_ = false;
    bool forwarded_ = false;
    bool is_notice_ = false;
    std::optional<Notice> notice_;
    std::optional<Original> original_;
    std::optional<Surroundings> around_;
    std::optional<std::unordered_map<std::string, const std::string*>> notice_index_;
};

}  // namespace

std::string_view name_of(ReadingKind kind) {
    switch (kind) {
        case ReadingKind::bounce: return "bounce";
        case ReadingKind::delayed: return "delayed";
        case ReadingKind::success: return "success";
        case ReadingKind::complaint: return "complaint";
        case ReadingKind::autoreply: return "autoreply";
        case ReadingKind::none: break;
    }
    return "none";
}

Reading read_bounce(std::string_view raw) {
    const Message message = scan(raw);
    const auto report = read_report(message);
    return read_bounce(message, report ? &*report : nullptr);
}

Reading read_bounce(const Message& message, const Report* report) {
    Reader reader(message, report);
    Reading reading = reader.run();
    // A notice that names nobody and wraps another one: providers put a text of their own around their servers' report.
    std::string wrapped = reader.wrapped();
    for (std::size_t depth = 0; reading.kind == ReadingKind::none && !wrapped.empty() && depth < kMaxWraps; ++depth) {
        const Message inner = scan(wrapped);
        const auto inner_report = read_report(inner);
        Reader next(inner, inner_report ? &*inner_report : nullptr);
        reading = next.run();
        wrapped = next.wrapped();
    }
    return reading;
}

}  // namespace crmrelay::bounce
