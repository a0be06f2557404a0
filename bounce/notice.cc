// SPDX-License-Identifier: BSD-2-Clause
//
// One pass over the lines: each is asked for marks, then for a recipient that opens it, and otherwise belongs to the recipient before it.
#include "bounce/notice.hh"

#include <algorithm>
#include <unordered_map>

#include "base/text.hh"
#include "bounce/address.hh"
#include "bounce/find_address.hh"
#include "bounce/layout_book.hh"
#include "bounce/reply.hh"
#include "bounce/report.hh"

namespace crmrelay::bounce {

namespace {

constexpr std::size_t kMaxSearched = 4'096;   // octets of a line that are searched for marks

// What may stand before an address that opens a line: "<", "* ", "\"", ">>> ", "- ".
std::size_t opening_length(std::string_view line) {
    std::size_t at = 0;
    while (at < line.size() && std::string_view(" \t<>*\"'-([").find(line[at]) != std::string_view::npos) ++at;
    return at;
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

bool is_rule(std::string_view line) { return line.size() > 3 && line.find_first_not_of("-=_*#~ \t") == std::string_view::npos; }

// "Final-Recipient:", "Diagnostic-Code:" … at a line's start: a delivery report as text.
bool is_status_field(std::string_view line) {
    for (const auto name : {"Final-Recipient:", "Original-Recipient:", "Diagnostic-Code:", "Reporting-MTA:", "Action:", "Status:", "Remote-MTA:", "Last-Attempt-Date:"})
        if (base::istarts_with(line, name)) return true;
    return false;
}

struct LineMarks {
    bool original = false, stop = false, recipient = false, diagnostic = false, dialogue = false;
    std::size_t recipient_end = 0, diagnostic_end = 0;
};

class NoticeReader {
public:
    explicit NoticeReader(std::string_view text) : text_(text) {}

    Notice run() {
        notice_.explanation = {0, text_.size()};
        LineReader lines(text_, {0, text_.size()}, '\n');
        std::size_t count = 0;
        for (Line line; lines.next(line);) {
            if (++count > kMaxNoticeLines || notice_.recipients.size() > kMaxNoticeRecipients) {
                notice_.truncated = true;
                break;
            }
            if (!take(line)) break;
        }
        close_status(notice_.explanation.end());
        finish();
        return std::move(notice_);
    }

private:
    // False where the original message begins.
    bool take(const Line& line) {
        const auto text = line.text.of(text_);
        if (is_blank(text)) {
            end_paragraph();
            return true;
        }
        if (is_status_field(base::trim(text))) {
            if (status_start_ == kNone) status_start_ = line.whole.offset;
            if (base::istarts_with(base::trim(text), "Final-Recipient:") || base::istarts_with(base::trim(text), "Original-Recipient:")) status_named_ = true;
            return true;
        }
        const LineMarks marks = marks_of(text);
        if (marks.original) {
            begin_original(line);
            return false;
        }
        if (status_start_ != kNone && status_named_) return true;   // the report's own lines
        if (marks.recipient && take_labelled(text, marks)) return true;
        if (take_transcript(text)) return true;
        if (!marks.diagnostic && take_opening(text)) return true;
        if (marks.stop && !marks.diagnostic) {
            end_diagnostic();
            return true;
        }
        take_text(text, marks);
        return true;
    }

    LineMarks marks_of(std::string_view line) {
        LineMarks marks;
        layout_book().search(line.substr(0, kMaxSearched), [&](const LayoutHit& hit) {
            switch (hit.mark) {
                case Mark::sign:
                    notice_.signed_by_system = true;
                    name_system(*hit.layout);
                    break;
                case Mark::original:
                    // A divider fills its line; the words in the middle of a long sentence are none.
                    if (line.size() - hit.end < 60) marks.original = true;
                    break;
                case Mark::recipient:
                    marks.recipient = true;
                    marks.recipient_end = std::max(marks.recipient_end, hit.end);
                    break;
                case Mark::diagnostic:
                    marks.diagnostic = true;
                    marks.diagnostic_end = std::max(marks.diagnostic_end, hit.end);
                    break;
                case Mark::dialogue: marks.dialogue = true; break;
                case Mark::stop: marks.stop = true; break;
                case Mark::delayed: notice_.delayed = true; break;
                case Mark::delivered: notice_.delivered = true; break;
                case Mark::subject:
                case Mark::sender:
                case Mark::header: break;
            }
        });
        return marks;
    }

    // The first system whose words are met, unless they are words of many.
    void name_system(const Layout& layout) {
        if (!notice_.system.empty() && (notice_.system != "filter" || layout.system == "filter")) {
            if (notice_.otherwise == Reason::undefined) notice_.otherwise = layout.otherwise;
            return;
        }
        notice_.system = layout.system;
        notice_.otherwise = layout.otherwise;
    }

    void begin_original(const Line& line) {
        notice_.explanation = {0, line.whole.offset};
        // A header line that opens the original belongs to it; a divider does not.
        const auto text = line.text.of(text_);
        const bool field = field_name_length(text) > 0 && text[0] != ' ' && text[0] != '-';
        notice_.original = View::between(field ? line.whole.offset : line.whole.end(), text_.size());
    }

    bool take_labelled(std::string_view line, const LineMarks& marks) {
        auto rest = line.substr(std::min(marks.recipient_end, line.size()));
        // The label may have swallowed the "<" before the address.
        const auto address = find_address(rest.substr(0, kMaxSearched));
        if (address.empty()) return false;
        const auto before = static_cast<std::size_t>(address.data() - rest.data());
        if (before > 40) return false;
        // "Your message to the following …" and the like name nobody.
        const auto gap = rest.substr(0, before);
        if (std::count(gap.begin(), gap.end(), ' ') > 2) return false;
        begin_recipient(address, indent_of(line), rest.substr(before + address.size()), true);
        return true;
    }

    // "550 <user@dest.test>... User unknown", "<<< 550 …", ">>> RCPT To:<user@dest.test>": what a server's dialogue looked like.
    bool take_transcript(std::string_view line) {
        auto text = base::trim(line);
        const bool postfix_reply = text.starts_with("Out: 4") || text.starts_with("Out: 5");   // smtpd(8)'s notices to a postmaster
        if (text.starts_with("<<<") || postfix_reply) {
            if (dialogue_ended_) reply_.clear();
            dialogue_ended_ = false;
            reply_.append(reply_.empty() ? "" : "\n").append(base::trim(text.substr(postfix_reply ? 4 : 3)).substr(0, kMaxDiagnostic - std::min(reply_.size(), kMaxDiagnostic)));
            return false;
        }
        if (text.starts_with(">>>") || base::istarts_with(text, "while talking to")) {
            dialogue_ended_ = true;   // the replies before were to another command
            return false;
        }
        const bool coded = text.size() > 5 && (text[0] == '4' || text[0] == '5') && text[1] >= '0' && text[1] <= '9' && text[2] >= '0' && text[2] <= '9' && text[3] == ' ';
        if (!coded) return false;
        const auto address = find_address(text.substr(0, kMaxSearched));
        if (address.empty()) return false;
        const auto before = static_cast<std::size_t>(address.data() - text.data());
        auto after = text.substr(before + address.size());
        if (after.starts_with('>')) after.remove_prefix(1);
        const auto known = known_.find(comparable(address));
        if (known == known_.end()) {
            // Sendmail 5 names its recipients nowhere else: "554 <user@dest.test>... Remote protocol error".
            if (before > 12 || !after.starts_with("... ")) return false;
            begin_recipient(address, 0, {}, true);
            if (!reply_.empty() && !dialogue_ended_) add(current(), reply_);
            // "554 <user@dest.test>... 550 Host unknown": the inner code is the server's.
            const auto told = after.substr(4);
            add(current(), reply_code_in(told) > 0 ? told : text);
            reply_.clear();
            open_ = false;
            return true;
        }
        add(notice_.recipients[known->second].diagnostic, text);
        return true;
    }

    bool take_opening(std::string_view line) {
        const auto opening = opening_length(line);
        const auto length = address_length(line.substr(opening));
        if (length == 0) return false;
        const auto address = line.substr(opening, length);
        auto rest = line.substr(opening + length);
        if (!rest.empty() && std::string_view(" \t>:,;\"'.)]<(").find(rest[0]) == std::string_view::npos) return false;
        const auto indent = indent_of(line);
        // Deeper than the first recipient: a line of what the server said.
        if (!notice_.recipients.empty() && !by_label_ && indent > first_indent_ + 1 && line[opening - (opening > 0 ? 1 : 0)] != '*') return false;
        if (by_label_ && open_ && !is_blank(rest) && known_.find(comparable(address)) == known_.end()) return false;
        begin_recipient(address, indent, rest, false);
        return true;
    }

    void take_text(std::string_view line, const LineMarks& marks) {
        if (marks.dialogue) {
            if (!notice_.recipients.empty() && !current().empty()) end_diagnostic();
            else begin_labelled_diagnostic({});
            return;
        }
        if (marks.diagnostic) {
            const auto rest = base::trim(line.substr(std::min(marks.diagnostic_end, line.size())));
            const auto telling = rest.substr(std::min(rest.find_first_not_of(" \t:-.='\"("), rest.size()));
            begin_labelled_diagnostic(telling);
            return;
        }
        if (is_rule(line)) return end_paragraph();
        if (general_open_) add(notice_.diagnostic, line);
        if (!open_) return;
        add(current(), line);
        has_text_ = true;
    }

    void begin_labelled_diagnostic(std::string_view rest) {
        if (!notice_.recipients.empty()) {
            // Within a paragraph the words before the label belong to it: "my name was rejected. Remote host said: 501 …".
            if (!open_ || !has_text_) current().clear();
            open_ = true;
            add(current(), rest);
            has_text_ = !rest.empty();
            labelled_ = true;
        }
        if (notice_.recipients.empty() || notice_.diagnostic.empty()) {
            notice_.diagnostic.clear();
            add(notice_.diagnostic, rest);
            general_open_ = true;
        }
    }

    void end_paragraph() {
        if (general_open_ && !notice_.diagnostic.empty()) general_open_ = false;
        // What follows the first paragraph is about the notice; only a label opens another.
        if (open_ && has_text_) open_ = false;
    }

    void end_diagnostic() {
        open_ = false;
        general_open_ = false;
    }

    void begin_recipient(std::string_view address, std::size_t indent, std::string_view rest, bool by_label) {
        if (rest.starts_with('>') || rest.starts_with('"')) rest.remove_prefix(1);
        if (rest.starts_with(':') || rest.starts_with(',') || rest.starts_with('>') || rest.starts_with('"')) rest.remove_prefix(1);
        rest = base::trim(rest);
        if (rest.starts_with(':')) rest = base::trim(rest.substr(1));
        const auto key = comparable(address);
        const auto [entry, fresh] = known_.try_emplace(key, notice_.recipients.size());
        if (fresh) {
            if (notice_.recipients.empty()) first_indent_ = indent;
            notice_.recipients.push_back({std::string(address.substr(0, kMaxAddress)), {}});
            by_label_ = by_label_ || by_label;
        }
        at_ = entry->second;
        open_ = true;
        labelled_ = false;
        has_text_ = false;
        general_open_ = false;
        if (rest.empty() || rest == "." || address_length(rest.substr(opening_length(rest))) > 0) return;
        add(current(), rest);
        has_text_ = true;
    }

    void close_status(std::size_t end) {
        if (status_start_ != kNone && status_named_) notice_.status = View::between(status_start_, end);
    }

    void finish() {
        if (notice_.recipients.empty() && !reply_.empty() && notice_.diagnostic.empty()) notice_.diagnostic = reply_;
        for (auto& recipient : notice_.recipients)
            if (recipient.diagnostic.empty() && !reply_.empty() && notice_.recipients.size() == 1) recipient.diagnostic = reply_;
    }

    static void add(std::string& to, std::string_view line) {
        line = base::trim(line);
        if (line.empty() || to.size() >= kMaxDiagnostic) return;
        if (!to.empty()) to += '\n';
        to += line.substr(0, kMaxDiagnostic - std::min(to.size(), kMaxDiagnostic));
    }

    static std::size_t indent_of(std::string_view line) { return std::min(line.find_first_not_of(" \t"), line.size()); }

    std::string& current() { return notice_.recipients[at_].diagnostic; }

    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    std::string_view text_;
    Notice notice_;
    std::unordered_map<std::string, std::size_t> known_;   // comparable address -> its place in recipients
    std::string reply_;                // the last "<<< 550 …" of a dialogue
    std::size_t at_ = 0;               // the recipient that is being read
    std::size_t first_indent_ = 0;
    std::size_t status_start_ = kNone;
    bool status_named_ = false;        // a recipient field stood in it
    bool by_label_ = false;            // recipients stand after labels
    bool open_ = false;                // lines belong to the recipient
    bool has_text_ = false;            // and some did
    bool labelled_ = false;
    bool dialogue_ended_ = false;
    bool general_open_ = false;        // lines belong to the diagnostic for all
};

}  // namespace

Notice read_notice(std::string_view text) { return NoticeReader(text).run(); }

void look_at_field(std::string_view name, std::string_view value, HeaderSigns& signs) {
    const bool subject = base::iequals(name, "Subject");
    const bool sender = base::iequals(name, "From");
    if (subject || sender) {
        layout_book().search(value, [&](const LayoutHit& hit) {
            signs.subject = signs.subject || (subject && hit.mark == Mark::subject);
            signs.sender = signs.sender || (sender && hit.mark == Mark::sender);
            if (((subject && hit.mark == Mark::subject) || (sender && hit.mark == Mark::sender)) && hit.layout->system != "general" && signs.system.empty())
                signs.system = hit.layout->system;
        });
        if (!subject) return;
        const auto lower = base::lower(value);
        for (const auto word : {"delay", "warning", "temporar", "(verz", "retard", "遅延"})
            signs.delayed = signs.delayed || lower.find(word) != std::string::npos;
        return;
    }
    if (!base::istarts_with(name, "X-")) return;
    const auto line = std::string(name) + ": " + std::string(value.substr(0, 80));
    layout_book().search(line, [&](const LayoutHit& hit) {
        if (hit.mark != Mark::header || hit.start != 0) return;
        signs.system = hit.layout->system;
        signs.otherwise = hit.layout->otherwise;
    });
}

}  // namespace crmrelay::bounce
