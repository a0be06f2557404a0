// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of report/notice.cc: the words of notices that policyd asked for.
#include "report/notice.hh"

#include <boost/test/unit_test.hpp>

#include "policy/notices.hh"

namespace crmrelay::report {
namespace {

constexpr base::Seconds kNow = 1'795'437'358;   // 2026-11-23T12:35:58Z

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string unwrapped(std::string text) {
    for (auto at = text.find("\r\n"); at != std::string::npos; at = text.find("\r\n", at + 1)) text.replace(at, 2, " ");
    return text;
}

BOOST_AUTO_TEST_SUITE(notice)

BOOST_AUTO_TEST_CASE(limits) {
    conf::Domain domain;
    domain.name = "example.com";
    domain.admins = {"a@example.com", "b@example.com"};
    using Window = policy::LimitState::Window;
    const struct {
        const char* login;
        policy::LimitState state;
        bool reached;
        const char* want_subject;
        std::vector<const char*> want;
    } rows[] = {
        {"", {Window::hour, 80, 100, kNow}, false, "Subject: example.com: 80 % of the limit of 100 messages within one hour ",
         {"example.com has had 80 messages relayed within one hour; the limit is 100 (per_hour)", "raise per_hour in limits"}},
        {"", {Window::day, 100, 100, kNow + 60}, true, "Subject: example.com: the limit of 100 messages within one day is reached ",
         {"example.com has had 100 messages", "the limit (per_day = 100)", "451 4.7.1 [crmrelay:limit]", "room again at 2026-11-23 12:36:58 (UTC)"}},
        {"crm@example.com", {Window::hour, 5, 5, kNow}, true, "Subject: example.com: the limit of 5 messages within one hour is reached, login crm@example.com ",
         {"The login crm@example.com of example.com has had 5 messages", "crmrelayctl login add"}},
    };
    for (const auto& row : rows) {
        const auto report = policy::limit_notice(domain, row.login, row.state, row.reached, kNow);
        BOOST_REQUIRE(report.outgoing.size() == 2U && report.events.size() == 1U);
        BOOST_TEST(report.outgoing[1].recipient == "b@example.com");
        BOOST_TEST(report.outgoing[1].event_ids.front() == report.events[0].id);
        const auto mail = notice_about(report.events[0], report.outgoing[1], &domain, kNow);
        BOOST_REQUIRE(mail.ok());
        const auto text = unwrapped(*mail);
        BOOST_TEST(holds(text, row.want_subject), text);
        BOOST_TEST(holds(text, "To: <b@example.com>"), text);
        for (const auto* want : row.want) BOOST_TEST(holds(text, want), text);
    }
}

BOOST_AUTO_TEST_CASE(one_a_login_window_and_threshold_a_day) {
    conf::Domain domain;
    domain.name = "example.com";
    using Window = policy::LimitState::Window;
    domain.logins = {"a@example.com", "b@example.com"};
    const auto key = [&](const char* login, Window window, bool reached, base::Seconds now) {
        return policy::limit_notice(domain, login, {window, 1, 1, now}, reached, now).events[0].dedupe;
    };
    const auto usual = key("a@example.com", Window::hour, true, kNow);
    BOOST_TEST(usual == key("a@example.com", Window::hour, true, kNow + 3600));
    for (const auto& other : {key("b@example.com", Window::hour, true, kNow), key("", Window::hour, true, kNow), key("a@example.com", Window::day, true, kNow),
                              key("a@example.com", Window::hour, false, kNow), key("a@example.com", Window::hour, true, kNow + 86400)})
        BOOST_TEST(usual != other);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_told_is_an_error) {
    store::Event event;
    event.id = "evt_1";
    for (const auto& [type, document, want] : {std::tuple("bounce", "{}", "no notice about events of type bounce"), std::tuple("limit", "{", "event evt_1 is damaged"),
                                               std::tuple("limit", "{}", "event evt_1 is damaged"), std::tuple("limit", R"({"limit":{"window":1}})", "is damaged")}) {
        event.type = type;
        event.document = document;
        const auto mail = notice_about(event, {}, nullptr, kNow);
        BOOST_REQUIRE(!mail.ok());
        BOOST_TEST(holds(mail.error(), want), mail.error());
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace crmrelay::report
