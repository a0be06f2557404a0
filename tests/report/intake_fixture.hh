// SPDX-License-Identifier: BSD-2-Clause
//
// An Intake on a store of its own: asks and delivers as the LMTP server does, and waits for the answer.
#pragma once

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <nlohmann/json.hpp>

#include "report/intake.hh"
#include "tests/report/fixtures.hh"

namespace crmrelay::report::fixtures {

inline const std::string kAddress = kToken + "@bounce.example.com";
inline const std::string kDoubleBounce = "double-bounce@mx.example.com";

struct IntakeFixture {
    IntakeFixture() : store("sqlite://" + folder.path + "/store.db", store::Open::create) { use(config()); }

    void use(conf::Config made) {
        auto mailboxes = mailboxes_of(std::move(made));
        if (intake) return intake->use(mailboxes);
        intake = std::make_unique<Intake>(store, mailboxes, [this] { settle(); }, [this] { ++written; });
    }

    void settle() {
        ++settled;
        if (on_settle) on_settle();
    }

    std::string check(const std::string& address, const std::string& sender = "") {
        std::promise<std::string> line;
        intake->check_recipient(sender, address, [&](const bounce::LmtpReply& reply) { line.set_value(reply.line()); });
        return line.get_future().get();
    }

    std::vector<bounce::LmtpReply> deliver(std::vector<std::string> recipients, const std::string& mail, const std::string& sender = "", bool truncated = false) {
        const auto replies = std::make_shared<std::promise<std::vector<bounce::LmtpReply>>>();
        auto future = replies->get_future();
        intake->deliver({sender, std::move(recipients)}, {mail, truncated}, [replies](std::vector<bounce::LmtpReply> all) { replies->set_value(std::move(all)); });
        return future.get();
    }

    // Delivers to one recipient, which must be taken.
    void take(const std::string& recipient, const std::string& mail, const std::string& sender = "", bool truncated = false) {
        const auto replies = deliver({recipient}, mail, sender, truncated);
        BOOST_REQUIRE(replies.size() == 1);
        BOOST_TEST(replies[0].code == 250);
    }

    std::vector<store::Outgoing> outgoing() { return store.due(base::now() + 10, 100); }
    nlohmann::json document(const std::string& token = kToken) { return nlohmann::json::parse(store.events_of(token).at(0).document); }

    Folder folder;
    store::Store store;
    std::unique_ptr<Intake> intake;
    std::atomic<int> written{0}, settled{0};
    std::function<void()> on_settle;
};

}  // namespace crmrelay::report::fixtures
