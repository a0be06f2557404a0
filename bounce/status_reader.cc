// SPDX-License-Identifier: BSD-2-Clause
//
// The content of a message/delivery-status part, read leniently: a recipient begins where a recipient field comes again, or after a blank line,
// so that lost or surplus blank lines and garbage between the fields do no harm.
#include "bounce/status_reader.hh"

#include <algorithm>
#include <array>

#include "base/text.hh"
#include "bounce/reply.hh"

namespace crmrelay::bounce {

namespace {

// The first hit wins where a field comes twice in a block.
void keep_first(std::string& slot, std::string value) {
    if (slot.empty()) slot = std::move(value);
}

// "dns; mx.dest.test (192.0.2.1, …)" -> "mx.dest.test".
std::string read_mta(std::string_view value) {
    if (const auto semicolon = value.find(';'); semicolon != std::string_view::npos && semicolon < 32) value.remove_prefix(semicolon + 1);
    value = base::trim(value);
    if (!value.starts_with('(')) value = value.substr(0, std::min(value.find_first_of("( \t"), value.size()));
    return std::string(value.substr(0, kMaxReportValue));
}

Action read_action(std::string_view value) {
    const auto word = value.substr(0, std::min(value.find_first_of(" \t;(,."), value.size()));
    for (const auto action : {Action::failed, Action::delayed, Action::delivered, Action::relayed, Action::expanded})
        if (base::iequals(word, name_of(action))) return action;
    return base::iequals(word, "failure") || base::iequals(word, "expired") ? Action::failed : Action::unknown;
}

void read_diagnostic(std::string_view value, RecipientReport& recipient) {
    if (!recipient.diagnostic.empty()) return;
    const auto semicolon = value.find(';');
    const auto type = base::trim(value.substr(0, std::min(semicolon, value.size())));
    const bool word = !type.empty() && type.size() <= 64 && type.find_first_of(" \t.:<>@(") == std::string_view::npos;
    if (word && semicolon != std::string_view::npos && !base::parse_number(type)) {
        recipient.diagnostic_type = base::lower(type);
        value.remove_prefix(semicolon + 1);
    }
    recipient.diagnostic = base::trim(value.substr(0, kMaxDiagnostic));
}

// Fills in what the report does not say from what it does.
void derive(RecipientReport& recipient) {
    recipient.code = reply_code_in(recipient.diagnostic);
    if (recipient.status.empty()) {
        recipient.status = status_in(recipient.diagnostic);
        // "2.5.6" in the text of a refusal is a version of something.
        if (recipient.status.starts_with('2') && recipient.code / 100 != 2) recipient.status.clear();
    }
    if (recipient.status.empty() && recipient.code > 0) recipient.status = std::to_string(recipient.code / 100) + ".0.0";
    if (recipient.status.empty()) {
        if (recipient.action == Action::failed) recipient.status = "5.0.0";
        else if (recipient.action == Action::delayed) recipient.status = "4.0.0";
        else if (recipient.action != Action::unknown) recipient.status = "2.0.0";
    }
    if (recipient.action == Action::unknown && !recipient.status.empty())
        recipient.action = recipient.status[0] == '5' ? Action::failed : recipient.status[0] == '4' ? Action::delayed : Action::delivered;
}

enum class Name { final_recipient, original_recipient, action, status, diagnostic, remote_mta, last_attempt, will_retry, actual_recipient, other_recipient,
                  envelope_id, reporting_mta, arrival, queue_id, queue_sender, other_message, unknown };

struct KnownName {
    std::string_view text;
    Name name;
};

constexpr std::array kNames{
    KnownName{"final-recipient", Name::final_recipient},     KnownName{"original-recipient", Name::original_recipient},
    KnownName{"action", Name::action},                       KnownName{"status", Name::status},
    KnownName{"diagnostic-code", Name::diagnostic},          KnownName{"remote-mta", Name::remote_mta},
    KnownName{"last-attempt-date", Name::last_attempt},      KnownName{"will-retry-until", Name::will_retry},
    KnownName{"x-actual-recipient", Name::actual_recipient}, KnownName{"final-log-id", Name::other_recipient},        KnownName{"original-envelope-id", Name::envelope_id},
    KnownName{"reporting-mta", Name::reporting_mta},         KnownName{"arrival-date", Name::arrival},
    KnownName{"received-from-mta", Name::other_message},     KnownName{"dsn-gateway", Name::other_message},
};

Name find_name(std::string_view name) {
    for (const auto& known : kNames)
        if (base::iequals(name, known.text)) return known.name;
    // Postfix puts its mail_name in between: X-Postfix-Queue-ID.
    if (!base::istarts_with(name, "X-") || name.size() > 64) return Name::unknown;
    if (name.size() > 11 && base::iequals(name.substr(name.size() - 9), "-Queue-ID")) return Name::queue_id;
    if (name.size() > 9 && base::iequals(name.substr(name.size() - 7), "-Sender")) return Name::queue_sender;
    return Name::unknown;
}

// These tell of a recipient even in a block that names none.
bool tells_of_recipient(Name name) { return name <= Name::diagnostic; }

class StatusReader {
public:
    StatusReader(std::string_view text, View range, Report& report) : text_(text), range_(range), report_(report) {}

    void run() {
        FieldReader fields(text_, range_, report_.line_end, kMaxStatusFields, kMaxStatusOctets);
        std::size_t end = range_.offset;
        std::size_t count = 0;
        bool full = false;
        for (Field field; !full && fields.next(field); ++count) {
            end = field.whole.end();
            full = !take(field);
        }
        const bool capped = count == kMaxStatusFields || (range_.length > kMaxStatusOctets && !full);
        if (capped && !full) unread_ = end;
        finish(full || capped);
    }

private:
    // False where one recipient too many begins.
    bool take(const Field& field) {
        const Name name = find_name(field.name.of(text_));
        new_block_ = new_block_ || field.after_blank;
        if (begins_recipient(name)) {
            if (report_.recipients.size() == kMaxRecipients) {
                unread_ = field.whole.offset;
                return false;
            }
            begin_recipient(field.whole.offset);
        }
        const auto value = unfolded(field.value.of(text_), kMaxDiagnostic + 64);
        if (name >= Name::envelope_id)
            take_message_field(name, value);
        else if (!report_.recipients.empty())
            take_recipient_field(name, value);
        return true;
    }

    bool begins_recipient(Name name) {
        if (!tells_of_recipient(name)) return false;
        if (report_.recipients.empty()) return true;
        if (name == Name::final_recipient) return has_final_ || (new_block_ && has_original_ && has_more_);
        if (name == Name::original_recipient) return has_original_ || (new_block_ && has_final_);
        // A block that names no recipient continues the one before it, unless that one says the same already.
        const RecipientReport& last = report_.recipients.back();
        if (!new_block_) return false;
        if (name == Name::action) return last.action != Action::unknown;
        return name == Name::status ? !last.status.empty() : !last.diagnostic.empty();
    }

    void begin_recipient(std::size_t offset) {
        report_.recipients.emplace_back();
        report_.recipients.back().block.offset = offset;
        has_final_ = has_original_ = has_more_ = new_block_ = false;
    }

    void take_recipient_field(Name name, const std::string& value) {
        RecipientReport& recipient = report_.recipients.back();
        new_block_ = false;
        if (name == Name::final_recipient) {
            has_final_ = true;
            return keep_first(recipient.final_recipient, parse_typed_address(value).address);
        }
        if (name == Name::original_recipient) {
            has_original_ = true;
            return keep_first(recipient.original_recipient, parse_typed_address(value).address);
        }
        has_more_ = true;
        if (name == Name::action && recipient.action == Action::unknown) recipient.action = read_action(value);
        if (name == Name::status) keep_first(recipient.status, status_in(value));
        if (name == Name::diagnostic) read_diagnostic(value, recipient);
        if (name == Name::remote_mta) keep_first(recipient.remote_mta, read_mta(value));
        if (name == Name::last_attempt) keep_first(recipient.last_attempt, value.substr(0, kMaxReportValue));
        if (name == Name::actual_recipient) keep_first(recipient.actual_recipient, parse_typed_address(value).address);
        if (name == Name::will_retry) keep_first(recipient.will_retry_until, value.substr(0, kMaxReportValue));
    }

    void take_message_field(Name name, const std::string& value) {
        if (name == Name::envelope_id) keep_first(report_.original_envelope_id, value.substr(0, kMaxReportValue));
        if (name == Name::reporting_mta) keep_first(report_.reporting_mta, read_mta(value));
        if (name == Name::arrival) keep_first(report_.arrival_date, value.substr(0, kMaxReportValue));
        if (name == Name::queue_id) keep_first(report_.postfix_queue_id, value.substr(0, kMaxReportValue));
        if (name == Name::queue_sender) keep_first(report_.postfix_sender, parse_typed_address(value).address);
    }

    void finish(bool truncated) {
        std::size_t end = range_.end();
        if (truncated) {
            report_.truncated = true;
            report_.unread = View::between(unread_, end);
            end = unread_;
        }
        for (auto recipient = report_.recipients.rbegin(); recipient != report_.recipients.rend(); ++recipient) {
            recipient->block = View::between(recipient->block.offset, end);
            end = recipient->block.offset;
            derive(*recipient);
        }
        report_.message_block = View::between(range_.offset, end);
    }

    std::string_view text_;
    View range_;
    Report& report_;
    std::size_t unread_ = 0;
    bool new_block_ = false;      // a blank line stood before, and no recipient field came since
    bool has_final_ = false;      // of the recipient that is being read
    bool has_original_ = false;
    bool has_more_ = false;
};

}  // namespace

bool opens_status(std::string_view name) {
    // "Status" is left out: mail readers write it into headers.
    const Name known = find_name(name);
    return known == Name::reporting_mta || known == Name::envelope_id || known == Name::final_recipient || known == Name::original_recipient;
}

void read_status(std::string_view text, View range, Report& report) { StatusReader(text, range, report).run(); }

}  // namespace crmrelay::bounce
