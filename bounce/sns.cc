// SPDX-License-Identifier: BSD-2-Clause
//
// A JSON reader of the smallest kind: it walks the document once, keeps the path of names, and hands each string to whoever knows its path.
#include "bounce/sns.hh"

#include "base/text.hh"
#include "bounce/report.hh"

namespace crmrelay::bounce {

namespace {

// Calls string(path, value) for each string value; `path` is the names from the outermost on, joined by ".", arrays left out; `item(path)` as
// an object within an array begins. Stops at what is no JSON.
template <typename String, typename Item>
class Walker {
public:
    Walker(std::string_view text, String string, Item item) : text_(text), string_(std::move(string)), item_(std::move(item)) {}

    void run() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '{' || c == '[') {
                if (!open(c)) return;
            } else if (c == '}' || c == ']') {
                if (!close(c)) return;
                if (stack_.empty()) return;
            } else if (c == '"') {
                if (!take_string()) return;
                continue;
            }
            ++at_;
        }
    }

private:
    struct Level {
        char kind;
        std::size_t path;   // the length of the path outside of it
    };

    bool open(char kind) {
        if (stack_.size() == kMaxJsonDepth) return false;
        if (kind == '{' && !stack_.empty() && stack_.back().kind == '[') item_(std::string_view(path_));
        stack_.push_back({kind, path_.size()});
        return true;
    }

    bool close(char kind) {
        if (stack_.empty() || stack_.back().kind != (kind == '}' ? '{' : '[')) return false;
        path_.resize(stack_.back().path);
        stack_.pop_back();
        pop_name();
        return true;
    }

    void pop_name() {
        if (!stack_.empty() && stack_.back().kind == '{') path_.resize(stack_.back().path);
    }

    bool take_string() {
        std::string value;
        ++at_;
        for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            char c = text_[at_];
            if (c == '\r' || c == '\n') {
                // Mail folds the long line: what opens the next one is a blank of the fold.
                while (at_ + 1 < text_.size() && (text_[at_ + 1] == ' ' || text_[at_ + 1] == '\n')) ++at_;
                continue;
            }
            if (c == '\\' && at_ + 1 < text_.size()) {
                c = text_[++at_];
                if (c == 'n' || c == 'r' || c == 't') c = ' ';
                if (c == 'u') {
                    at_ += 4;
                    c = '?';
                }
            }
            if (value.size() < kMaxDiagnostic) value += c;
        }
        if (at_ >= text_.size()) return false;
        ++at_;
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
        if (stack_.empty()) return false;
        if (stack_.back().kind == '{' && at_ < text_.size() && text_[at_] == ':') {
            path_.resize(stack_.back().path);
            if (path_.size() < kMaxDiagnostic) path_.append(path_.empty() ? "" : ".").append(value.substr(0, 64));
            ++at_;
            return true;
        }
        string_(std::string_view(path_), std::move(value));
        return true;
    }

    std::string_view text_;
    String string_;
    Item item_;
    std::size_t at_ = 0;
    std::string path_;
    std::vector<Level> stack_;
};

Sns::Kind kind_named(std::string_view name) {
    if (name == "Bounce") return Sns::Kind::bounce;
    if (name == "Complaint") return Sns::Kind::complaint;
    return name == "Delivery" ? Sns::Kind::delivery : Sns::Kind::none;
}

}  // namespace

Sns read_sns(std::string_view text) {
    Sns sns;
    text = base::trim(text);
    if (!text.starts_with('{')) return sns;
    const auto begin = [&](std::string_view path) {
        const bool recipient = path == "bounce.bouncedRecipients" || path == "complaint.complainedRecipients";
        if (recipient && sns.recipients.size() < kMaxSnsRecipients) sns.recipients.emplace_back();
    };
    const auto take = [&](std::string_view path, std::string value) {
        if (path == "notificationType" || path == "eventType") sns.kind = kind_named(value);
        if (path == "bounce.bounceType") sns.bounce_type = value;
        if (path == "bounce.bounceSubType") sns.bounce_subtype = value;
        if (path == "complaint.complaintFeedbackType") sns.feedback_type = value;
        if (path == "bounce.reportingMTA" || path == "delivery.reportingMTA") sns.reporting_mta = value;
        if (path == "delivery.smtpResponse") sns.smtp_response = value;
        if (path == "mail.messageId") sns.message_id = value;
        if (path == "bounce.timestamp" || path == "complaint.timestamp" || path == "delivery.timestamp") sns.timestamp = value;
        if (path == "delivery.recipients" && sns.recipients.size() < kMaxSnsRecipients) sns.recipients.push_back({std::move(value), "delivered", {}, {}});
        else if (!sns.recipients.empty()) {
            auto& last = sns.recipients.back();
            if (path.ends_with("Recipients.emailAddress")) last.address = value;
            if (path == "bounce.bouncedRecipients.action") last.action = value;
            if (path == "bounce.bouncedRecipients.status") last.status = value;
            if (path == "bounce.bouncedRecipients.diagnosticCode") last.diagnostic = value;
        }
    };
    Walker(text, take, begin).run();
    return sns;
}

}  // namespace crmrelay::bounce
