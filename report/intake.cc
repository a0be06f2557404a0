// SPDX-License-Identifier: BSD-2-Clause
//
// Plans run in the LMTP server's threads; the store's writer answers, so that messages of several connections share a commit.
#include "report/intake.hh"

#include <atomic>
#include <stdexcept>

#include "base/text.hh"
#include "report/log.hh"
#include "report/metrics.hh"

namespace crmrelay::report {

using bounce::LmtpReply;

namespace {

LmtpReply trouble() { return LmtpReply::trouble("the store is not available now [crmrelay:unavailable]"); }
LmtpReply no_such_mailbox() { return LmtpReply::unknown_mailbox("no such bounce address [crmrelay:bounce-address]"); }

// The answers of one message's recipients, gathered from wherever they come; the last one calls back.
class Answers {
public:
    Answers(std::size_t count, bounce::LmtpHandler::DeliveryDone done) : replies_(count, trouble()), open_(count), done_(std::move(done)) {}

    void set(std::size_t index, LmtpReply reply) {
        replies_[index] = std::move(reply);
        if (open_.fetch_sub(1) == 1) done_(std::move(replies_));
    }

private:
    std::vector<LmtpReply> replies_;
    std::atomic<std::size_t> open_;
    bounce::LmtpHandler::DeliveryDone done_;
};

}  // namespace

Intake::Intake(store::Store& store, MailboxesSnapshot mailboxes, std::function<void()> settle, std::function<void()> written, Metrics* metrics)
    : store_(store), telling_(store, std::move(settle)), mailboxes_(std::move(mailboxes)), written_(std::move(written)), metrics_(metrics) {}

void Intake::use(MailboxesSnapshot mailboxes) { *mailboxes_.lock() = std::move(mailboxes); }

std::uint64_t Intake::message_cap() const { return mailboxes()->config().service.bounce_size_limit; }

LmtpReply Intake::judge(const std::string& sender, const std::string& address) {
    const Mailbox mailbox = mailboxes()->find(address);
    switch (mailbox.kind) {
        case Mailbox::Kind::unknown: return no_such_mailbox();
        case Mailbox::Kind::token:
            if (!store_.find_message(mailbox.token)) return no_such_mailbox();
            break;
        case Mailbox::Kind::double_bounce:
            if (!base::istarts_with(sender, "double-bounce@")) return no_such_mailbox();   // only our own Postfix writes there
            break;
        case Mailbox::Kind::bare:
        case Mailbox::Kind::admin: break;
    }
    return {250, "1.5", "recipient taken"};
}

void Intake::check_recipient(const std::string& sender, const std::string& address, RecipientDone done) {
    LmtpReply reply = trouble();
    try {
        reply = judge(sender, address);
    } catch (const std::exception& error) {
        log::store_trouble("looking a bounce address up", error.what());
    }
    done(std::move(reply));
}

void Intake::deliver(bounce::LmtpEnvelope envelope, bounce::LmtpMessage message, DeliveryDone done) {
    auto answered = [metrics = metrics_, time = base::Stopwatch(), done = std::move(done)](std::vector<LmtpReply> replies) {
        if (metrics) metrics->delivery.observe(time.seconds());
        done(std::move(replies));
    };
    const auto answers = std::make_shared<Answers>(envelope.recipients.size(), std::move(answered));
    const auto mailboxes = this->mailboxes();
    const auto now = base::now();
    for (std::size_t i = 0; i < envelope.recipients.size(); ++i) {
        try {
            Plan plan = telling_.plan(*mailboxes, {envelope.sender, envelope.recipients[i], message.octets, message.truncated, now});
            if (plan.refused_later) {
                answers->set(i, LmtpReply::trouble("this address is not configured any more [crmrelay:bounce-address]"));
                continue;
            }
            add_webhooks(plan.report, *mailboxes, now);
            if (plan.report.events.empty() && plan.report.outgoing.empty()) {
                answers->set(i, LmtpReply::accepted("taken"));
                continue;
            }
            auto told = std::make_shared<std::vector<store::Event>>(plan.report.events);
            store_.record_report(std::move(plan.report), [this, answers, i, told, truncated = message.truncated](const store::Outcome& outcome) {
                if (!outcome.durable) {
                    log::store_trouble("recording a bounce", outcome.error);
                    telling_.not_written();
                    return answers->set(i, trouble());
                }
                for (const auto& event : *told) {
                    log::bounce(event, outcome.fresh_events == 0, truncated);
                    if (metrics_ && outcome.fresh_events > 0) metrics_->happened(event);
                }
                written_();
                answers->set(i, LmtpReply::accepted("recorded"));
            });
        } catch (const std::exception& error) {
            log::store_trouble("reading a bounce", error.what());
            answers->set(i, trouble());
        }
    }
}

}  // namespace crmrelay::report
