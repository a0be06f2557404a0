// SPDX-License-Identifier: BSD-2-Clause
//
// One recipient is removed: from every table, and from the files' octets; the others stay.
#include "store/forget.hh"

#include <sqlite3.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/store/fixture.hh"

BOOST_AUTO_TEST_SUITE(forget)

using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

constexpr const char* kGone = "nobody@dest.test";

std::string octets(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Fixture {
    Directory directory;
    Store store{directory.url(), Open::create};

    Message message(const std::string& token, std::vector<Recipient> recipients) {
        auto out = sample_message(token);
        out.recipients = std::move(recipients);
        BOOST_TEST(record(store, out).durable);
        return out;
    }
    void event(const std::string& id, const std::string& token, const std::string& recipient, const std::string& diagnostic = "550 no") {
        auto out = sample_event(id, token, id);
        out.recipient = recipient;
        out.diagnostic = diagnostic;
        out.document = R"({"type":"bounce","failure":{"recipient":")" + recipient + R"(","diagnostic":")" + diagnostic + "\"}}";
        BOOST_TEST(record(store, Report{{out}, {}}).durable);
    }
    std::int64_t report(const std::string& token, std::vector<std::string> events, const std::string& mail, Outgoing::State state = Outgoing::State::pending) {
        auto out = sample_outgoing(token);
        out.event_ids = std::move(events);
        out.mail = mail;
        out.state = state;
        BOOST_TEST(record(store, Report{{}, {out}, false}).durable);
        return store.outgoing_of(token).back().id;
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_mailbox_is_found_whole_and_in_any_case) {
    struct {
        const char* text;
        bool want;
    } rows[] = {
        {"nobody@dest.test", true},          {"<NoBody@DEST.test>", true},       {"rfc822;nobody@dest.test", true}, {"to nobody@dest.test.", true},
        {"'nobody@dest.test'", true},        {"a\\nnobody@dest.test\\r", true},  {"anobody@dest.test", false},      {"x.nobody@dest.test", false},
        {"nobody@dest.testing", false},      {"nobody@dest.test.example", false}, {"nobody@dest.test-er", false},   {"nobody+x@dest.test", false},
        {"anobody@dest.test, nobody@dest.test", true}, {"", false},
    };
    for (const auto& [text, want] : rows) BOOST_TEST_CONTEXT(text) BOOST_TEST(mentions(text, kGone) == want);
    std::string text = "nobody@dest.test and NOBODY@dest.test and anobody@dest.test";
    BOOST_TEST(replace_mentions(text, kGone) == 2);
    BOOST_TEST(text == "forgotten@example.invalid and forgotten@example.invalid and anobody@dest.test");
}

BOOST_FIXTURE_TEST_CASE(messages_lose_the_recipient_or_go, Fixture) {
    message("aone", {{"Nobody@Dest.test", "rfc822;nobody@dest.test", ""}});
    message("atwo", {{kGone, "rfc822;nobody@dest.test", "FAILURE"}, {"other@dest.test", "rfc822;other@dest.test", ""}});
    message("athree", {{"anobody@dest.test", "", ""}});
    auto archived = sample_message("afour");
    archived.recipients = {{kGone, "", ""}, {"archive@example.com", "", "FAILURE"}};
    archived.archive = "archive@example.com";
    archived.headers = {};
    record(store, archived);
    auto headed = sample_message("afive");
    headed.recipients = {{"other@dest.test", "", ""}};
    headed.headers = {{"X-To", "about nobody@dest.test"}, {"X-Id", "7"}};
    record(store, headed);

    const auto gone = store.forget(kGone);
    BOOST_TEST(gone.messages == 2);
    BOOST_TEST(gone.recipients == 1);
    BOOST_TEST(gone.headers == 1);
    BOOST_TEST(!store.find_message("aone"));
    BOOST_TEST(!store.find_message("afour"));
    const auto two = store.find_message("atwo");
    BOOST_REQUIRE(two && two->recipients.size() == 1);
    BOOST_TEST(two->recipients[0].address == "other@dest.test");
    BOOST_TEST(store.find_message("athree")->recipients.size() == 1);
    BOOST_TEST(store.find_message("afive")->headers.size() == 1);
}

BOOST_FIXTURE_TEST_CASE(events_about_it_go_and_others_lose_its_mention, Fixture) {
    message("aone", {{kGone, "", ""}, {"other@dest.test", "", ""}});
    event("evt_a", "aone", "NOBODY@dest.test");
    event("evt_b", "aone", "other@dest.test", "550 as nobody@dest.test before");
    event("evt_c", "", "else@dest.test");
    const auto gone = store.forget(kGone);
    BOOST_TEST(gone.events == 1);
    BOOST_TEST(gone.mentions == 2);   // diagnostic and document
    BOOST_TEST(!store.find_event("evt_a"));
    BOOST_TEST(store.find_event("evt_b")->diagnostic == "550 as forgotten@example.invalid before");
    BOOST_TEST(holds(store.find_event("evt_b")->document, "forgotten@example.invalid"));
    BOOST_TEST(store.find_event("evt_c").has_value());
}

BOOST_FIXTURE_TEST_CASE(reports_go_or_wait_without_it, Fixture) {
    message("aone", {{kGone, "", ""}});
    message("atwo", {{kGone, "", ""}, {"other@dest.test", "", ""}});
    event("evt_a", "aone", kGone);
    event("evt_b", "atwo", kGone);
    event("evt_c", "atwo", "other@dest.test");
    const auto only = report("aone", {"evt_a"}, "encoded, of the message");
    const auto both = report("atwo", {"evt_b", "evt_c"}, "To: nobody@dest.test, other@dest.test\r\n");
    const auto told = report("atwo", {"evt_c"}, "a queued one, whatever it holds", Outgoing::State::queued);
    report("", {}, "of somebody else");

    const auto gone = store.forget(kGone);
    std::set<std::int64_t> ids;
    for (const auto& each : gone.reports) ids.insert(each.id);
    BOOST_TEST((ids == std::set<std::int64_t>{only, told}));
    const auto left = store.find_outgoing(both);
    BOOST_REQUIRE(left);
    BOOST_TEST(left->mail == "To: forgotten@example.invalid, other@dest.test\r\n");
    BOOST_TEST((left->event_ids == std::vector<std::string>{"evt_c"}));
    BOOST_TEST(store.outbox_depth("") == 2);
}

BOOST_FIXTURE_TEST_CASE(further_texts_lose_it, Fixture) {
    store.record_refusal({"example.com", noon, false, "from", "550 5.7.1 nobody@dest.test is none", "192.0.2.1", ""});
    store.count_forward("notice nobody@dest.test", noon, 5);
    store.set_target({"mail", "x", 0, 1, "about nobody@dest.test"});
    outcome_of([&](Done done) {
        store.change_standing("example.com", [](const Standing& before) {
            Standing after = before;
            after.domain = "example.com";
            after.failures = {{noon, "from", "550 nobody@dest.test", "192.0.2.1", "", ""}};
            after.why = "because of nobody@dest.test";
            return StandingChange{true, after, {}};
        }, std::move(done));
    });
    const auto gone = store.forget(kGone);
    BOOST_TEST(gone.mentions == 6);
    BOOST_TEST(store.last_refusal("example.com")->text == "550 5.7.1 forgotten@example.invalid is none");
    BOOST_TEST(store.standing("example.com").why == "because of forgotten@example.invalid");
    BOOST_TEST(store.standing("example.com").failures.at(0).text == "550 forgotten@example.invalid");
    BOOST_TEST(gone.purged);
}

// Rows among many others, on pages that were split and filled again, updated and deleted before.
BOOST_FIXTURE_TEST_CASE(no_octet_of_it_is_left_in_the_files, Fixture) {
    for (int i = 0; i < 400; ++i) {
        const auto token = "a" + std::to_string(i * 7919 % 1000) + "x" + std::to_string(i);
        message(token, {{i % 3 == 0 ? kGone : "other" + std::to_string(i) + "@dest.test", "", ""}, {"second@dest.test", "", ""}});
        event("evt_" + std::to_string(i), token, i % 5 == 0 ? kGone : "second@dest.test", std::string(static_cast<std::size_t>(i), 'd'));
        report(token, {"evt_" + std::to_string(i)}, "Mail\r\nnobody@dest.test\r\n" + std::string(static_cast<std::size_t>(i) * 10, 'm'), i % 2 ? Outgoing::State::queued : Outgoing::State::pending);
    }
    BOOST_TEST(purge(store, 1).durable);
    BOOST_TEST((holds(octets(directory.file()), kGone) || holds(octets(directory.file() + "-wal"), kGone)));
    const auto gone = store.forget(kGone);
    BOOST_TEST(gone.purged, gone.not_purged);
    BOOST_TEST(!holds(octets(directory.file()), kGone));
    BOOST_TEST(!holds(octets(directory.file() + "-wal"), kGone));
    BOOST_TEST(store.find_message("a0x0")->recipients.size() == 1);
    BOOST_TEST(store.forget(kGone).recipients == 0);
}

BOOST_FIXTURE_TEST_CASE(a_return_path_that_is_needed_is_told, Fixture) {
    auto verp = sample_message("averp");
    verp.sender = "nobody@dest.test";
    verp.recipients = {{"other@dest.test", "", ""}};
    record(store, verp);
    const auto gone = store.forget(kGone);
    BOOST_TEST(gone.return_paths == 1);
    BOOST_TEST(!gone.purged);
    BOOST_TEST(holds(gone.not_purged, "return path that is kept"));
}

// A column that may name a recipient is known to forget, or is said here to be none.
BOOST_FIXTURE_TEST_CASE(every_text_column_is_thought_of, Fixture) {
    const std::set<std::string> forgotten = {"messages.recipients", "messages.headers", "messages.sender", "messages.archive", "events.recipient", "events.diagnostic", "events.document",
                                             "outgoing.recipient", "outgoing.last_error", "outgoing.mail", "outgoing.event_ids", "refusals.text", "standings.failures", "standings.why",
                                             "forwards.token", "targets.reason", "spf_names.last_error",
                                             "soft_failures.recipient", "notices.first_few", "recent_refusals.text", "recent_refusals.why"};
    const std::set<std::string> none = {"messages.token", "messages.domain", "messages.queue_id", "messages.message_id", "messages.envid", "messages.ret", "messages.from_address", "messages.login",
                                        "messages.client", "events.id", "events.type", "events.domain", "events.token", "events.status", "events.action", "events.matched_by", "events.dedupe",
                                        "outgoing.kind", "outgoing.state", "outgoing.domain", "outgoing.token", "outgoing.queue_id", "outgoing.target", "tallies.domain", "tallies.last_token",
                                        "refusals.domain", "refusals.reason", "refusals.client", "refusals.login", "standings.domain", "targets.name", "targets.url", "spf_answers.name",
                                        "spf_answers.client", "spf_answers.verdict", "spf_names.name", "outgoing.owner", "tallies.server", "servers.id", "servers.name",
                                        "soft_failures.domain", "soft_failures.token", "activity.domain", "activity.server", "activity.kind", "activity.reason", "notices.domain", "notices.cause", "told_once.name",
                                        "recent_refusals.domain", "recent_refusals.reason", "recent_refusals.client", "recent_refusals.login", "recent_refusals.tls", "recent_refusals.from_address",
                                        "recent_refusals.queue_id", "recent_refusals.instance", "logins_seen.login", "logins_seen.succeeded_from", "logins_seen.failed_from", "logins_seen.failed_why"};
    sqlite3* database = nullptr;
    BOOST_REQUIRE(sqlite3_open(directory.file().c_str(), &database) == SQLITE_OK);
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database, "SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type = 'TEXT'", -1, &statement, nullptr);
    int columns = 0;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const std::string name = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
        ++columns;
        BOOST_TEST((forgotten.contains(name) || none.contains(name)), name << " may hold an address: store/forget.cc must know it, or this list");
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
    BOOST_TEST(columns > 40);
}

BOOST_AUTO_TEST_SUITE_END()
