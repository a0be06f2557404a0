// SPDX-License-Identifier: BSD-2-Clause
//
// What bounced answers to LMTP: which recipients there are, and 250 to a message only once what it leads to is durable in the store.
// Every trouble of ours is 451; no message is refused for good.
#pragma once

#include <functional>

#include "base/guarded.hh"
#include "bounce/lmtp_server.hh"
#include "report/telling.hh"

namespace crmrelay::report {

class Metrics;

class Intake : public bounce::LmtpHandler {
public:
    // `written` is called, from any thread, when the outbox has new rows.
    Intake(store::Store& store, MailboxesSnapshot mailboxes, std::function<void()> settle, std::function<void()> written, Metrics* metrics = nullptr);

    void use(MailboxesSnapshot mailboxes);   // from the next recipient or message on
    MailboxesSnapshot mailboxes() const { return mailboxes_.lock().operator*(); }

    std::uint64_t message_cap() const override;
    void check_recipient(const std::string& sender, const std::string& address, RecipientDone done) override;
    void deliver(bounce::LmtpEnvelope envelope, bounce::LmtpMessage message, DeliveryDone done) override;

private:
    bounce::LmtpReply judge(const std::string& sender, const std::string& address);

    store::Store& store_;
    Telling telling_;
    mutable base::Guarded<MailboxesSnapshot> mailboxes_;
    std::function<void()> written_;
    Metrics* const metrics_;
};

}  // namespace crmrelay::report
