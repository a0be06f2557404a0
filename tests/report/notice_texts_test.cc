// SPDX-License-Identifier: BSD-2-Clause
//
// Every notice and digest in both languages: each is written with all its fields, and the Japanese ones hold no English sentence.
#include "report/notice_texts.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <regex>

#include "base/text.hh"
#include "policy/notices.hh"
#include "policy/strike_events.hh"
#include "report/digest_text.hh"
#include "report/notice.hh"
#include "tests/report/fixtures.hh"

namespace crmrelay::report {
namespace {

using namespace fixtures;

conf::Domain domain_in(const std::string& language) {
    conf::Domain out;
    out.name = "example.com";
    out.admins = {"admin@example.com"};
    out.language = language;
    out.timezone = *base::TimeZone::find("Asia/Tokyo");
    return out;
}

const store::Failure kFailure{kNow, "network", "550 5.7.1 example.com: client 192.0.2.9 is not in this domain's networks [crmrelay:network]", "192.0.2.9", "crm@example.com", "4ABC"};

store::Event only_event(const store::Report& report, std::string_view type) {
    const auto found = std::ranges::find(report.events, type, &store::Event::type);
    BOOST_REQUIRE(found != report.events.end());
    return *found;
}

// Everything that a domain's administrators may be told, with a name for what fails.
std::vector<std::pair<std::string, NoticeText>> all_texts(const std::string& language) {
    const auto domain = domain_in(language);
    const auto w = wording_of(&domain);
    std::vector<std::pair<std::string, NoticeText>> out;
    const auto add_event = [&](const std::string& name, const store::Report& report, std::string_view type) {
        auto text = text_about(w, only_event(report, type));
        BOOST_REQUIRE_MESSAGE(text.ok(), name << ": " << (text.ok() ? std::string() : text.error()));
        out.emplace_back(name, std::move(*text));
    };
    using Window = policy::LimitState::Window;
    for (const auto window : {Window::hour, Window::day})
        for (const bool reached : {false, true})
            for (const char* login : {"", "crm@example.com"}) add_event("limit", policy::limit_notice(domain, login, {window, 80, 100, kNow}, reached, kNow), "limit");

    policy::Struck struck;
    struck.changed = struck.event = true;
    struck.standing.domain = domain.name;
    struck.standing.in_a_row = 2;
    for (const char* reason : {"network", "tls", "certificate", "tenant", "dkim", "password", "other"}) {
        auto failure = kFailure;
        failure.reason = reason;
        struck.standing.failures = {kFailure, failure};
        struck.tell = policy::Struck::Tell::warned;
        add_event("strike", policy::strike_report(domain, struck), "strike");
    }
    auto of_three = domain;
    of_three.suspend.after = 3;
    of_three.falls_back = true;
    add_event("strike that leads to a suspension", policy::strike_report(of_three, struck), "strike");
    struck.tell = policy::Struck::Tell::suspended;
    struck.standing.suspended_at = kNow;
    struck.standing.until = kNow + 3600;
    struck.standing.why = "2 failures in a row today, the last one: network";
    add_event("suspended", policy::strike_report(of_three, struck), "suspended");
    const auto by_hand = policy::suspended({}, kNow, 0, "保守作業");
    add_event("suspended by hand", policy::suspended_report(domain, by_hand), "suspended");
    for (const char* by : {"midnight", "administrator"}) add_event("resumed", policy::resumed_report(&domain, struck.standing, kNow + 60, by), "resumed");
    for (const bool counts : {false, true}) {
        auto counting = domain;
        if (counts) counting.suspend.count.insert("password");
        add_event("auth-failed", policy::password_report(counting, kFailure), "auth-failed");
    }
    add_event("unconfigured", policy::unconfigured_report(domain, "other.test", kFailure, 1), "unconfigured");

    auto row = make_outgoing(store::Outgoing::Kind::handback, domain.name, kToken, "return@crm.test", "", kNow);
    row.queue_id = "4XyZ";
    for (const auto by : {Refused::By::recipient_server, Refused::By::own_postfix, Refused::By::receiver})
        for (const int days : {0, 1, 5}) {
            const Refused refused{"5.1.1", "550 5.1.1 no such user here", days ? "" : "mx.crm.test", 550, by, days};
            out.emplace_back("handback-failed", handback_failed_text(w, row, refused));
            out.emplace_back("forward-failed", forward_failed_text(w, row, refused));
            out.emplace_back("webhook-failed", webhook_failed_text(w, row, refused));
        }
    out.emplace_back("webhook-gone", webhook_gone_text(w, row, "410 Gone"));
    for (const auto stray : {Stray::hops, Stray::forward_limit, Stray::no_match, Stray::no_handback, Stray::loop, Stray::archive})
        out.emplace_back(name_of(stray), stray_text(w, stray, {domain.name, "x@bounce.example.com", "someone@dest.test", "detail@example.com", "Subject: x\r\n\r\n", true, 1}));

    const std::vector<store::HeldNotices> held = {{"no-match", 20000, 7, {{kNow, "", "見出し"}, {kNow, "evt_1", ""}}}, {"archive", 20000, 1, {}}};
    out.emplace_back("held", held_text(w, domain.name, held, [](const std::string&) { return std::string("見出し 2"); }));
    DigestFigures figures;
    figures.first = 20000, figures.last = 20006;
    out.emplace_back("digest of nothing", digest_text(w, domain.name, figures));
    figures.weekly = true;
    figures.relayed = 100, figures.refused = 3, figures.observed = 1, figures.waiting = 2, figures.dead = 1, figures.oldest = kNow;
    figures.refused_by = {{"network", 3}};
    for (int i = 0; i < 15; ++i) figures.bounce("user" + std::to_string(i) + "@dest" + std::to_string(i % 3) + ".test", i ? "userunknown" : "mailboxfull");
    figures.suspensions = {{kNow, false, "理由"}, {kNow, true, "理由"}};
    out.emplace_back("digest", digest_text(w, domain.name, figures));
    return out;
}

// Without what stays as it is: commands, evidence and quotations.
std::string prose_of(const NoticeText& text) {
    std::string out = text.subject + "\n";
    for (const auto& paragraph : text.paragraphs)
        for (const auto line : base::split(paragraph, '\n'))
            if (!line.starts_with("    ")) out += std::string(line) + "\n";
    return std::regex_replace(out, std::regex("`[^`]*`"), "");
}

struct Language {
    Language() { ::setenv("TEXTDOMAINDIR", CRMRELAY_BUILDDIR "/po", 0); }   // make check sets it
};

BOOST_FIXTURE_TEST_SUITE(notice_texts, Language)

BOOST_AUTO_TEST_CASE(no_line_is_half_translated) {
    BOOST_REQUIRE_MESSAGE(base::Translation("ja").complete(), "make po/ja/LC_MESSAGES/crmrelay.mo first");
    const std::regex sentence("[A-Za-z][a-z']+ [a-z']+ [a-z']+");
    const auto english = all_texts("en"), japanese = all_texts("ja");
    BOOST_REQUIRE(english.size() == japanese.size());
    for (std::size_t i = 0; i < japanese.size(); ++i) {
        const auto& [name, text] = japanese[i];
        const auto prose = prose_of(text);
        BOOST_TEST_CONTEXT(name << "\n" << prose) {
            BOOST_TEST(!std::regex_search(prose, sentence));
            BOOST_TEST(std::ranges::any_of(text.subject, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }));
            BOOST_TEST(text.paragraphs.size() == english[i].second.paragraphs.size());
            for (const auto& each : {text, english[i].second})
                for (const auto& paragraph : each.paragraphs) BOOST_TEST((paragraph.find_first_of("{}") == std::string::npos && !paragraph.empty()), paragraph);
        }
        BOOST_TEST_CONTEXT(name) BOOST_TEST(std::regex_search(prose_of(english[i].second), sentence));   // the search finds what it looks for
    }
}

BOOST_AUTO_TEST_CASE(words) {
    const struct {
        const char* name;
        std::vector<const char*> want_english, want_japanese;
    } rows[] = {
        {"suspended", {"relaying is suspended until 2026-11-23 22:35:58 (Asia/Tokyo)", "192.0.2.9 is not in this domain's networks", "directly from its own servers", "crmrelayctl resume example.com"},
         {"2026-11-23 22:35:58 (Asia/Tokyo) までリレーを停止しました", "本日 2 回続けて失敗", "crmrelayctl resume example.com"}},
        {"resumed", {"ended by itself, at 2026-11-23 21:36:58 (Asia/Tokyo)"}, {"リレーを再開しました", "自動的に解除"}},
        {"held", {"8 further notices", "7 more of the cause no-match", "one more of the cause archive", "見出し 2"}, {"お知らせ 8 件のまとめ", "原因 no-match がさらに 7 件"}},
        {"digest", {"the week from 2024-10-04 to 2024-10-10", "Relayed:       100", "14  userunknown", "5  dest0.test", "(others)", "2 waiting, 1 dead letters"}, {"週次集計", "不達の理由別件数"}},
        {"digest of nothing", {"nothing was relayed"}, {"ありません"}},
        {"handback-failed", {"Cause: the recipient's server mx.crm.test refused it", "550 5.1.1 no such user here"}, {"受信側のサーバー mx.crm.test"}},
    };
    for (const char* language : {"en", "ja"}) {
        const auto all = all_texts(language);
        for (const auto& row : rows) {
            const auto found = std::ranges::find(all, std::string(row.name), &std::pair<std::string, NoticeText>::first);
            BOOST_REQUIRE(found != all.end());
            std::string text = found->second.subject;
            for (const auto& paragraph : found->second.paragraphs) text += "\n" + paragraph;
            for (const auto* want : std::string_view(language) == "en" ? row.want_english : row.want_japanese)
                BOOST_TEST_CONTEXT(text) BOOST_TEST(text.find(want) != std::string::npos, want);
        }
    }
}

BOOST_AUTO_TEST_CASE(causes_of_what_policyd_asks_for) {
    const auto domain = domain_in("en");
    store::Standing first, second;
    first.domain = second.domain = domain.name;
    first.suspended_at = 1000, second.suspended_at = 2000;
    const auto of = [](const store::Report& report) {
        std::string out;
        for (const auto& row : report.outgoing) out += row.recipient + " " + row.cause + " " + std::to_string(row.day) + ";";
        return out;
    };
    const struct {
        store::Report report;
        const char* want;
    } rows[] = {
        {policy::resumed_report(&domain, first, kNow, "midnight"), "admin@example.com resumed 1000 20780;"},
        {policy::resumed_report(&domain, second, kNow, "administrator"), "admin@example.com resumed 2000 20780;"},   // another suspension, another notice
        {policy::resumed_report(nullptr, first, kNow, "midnight"), ""},
        {policy::suspended_report(domain, first), ""},                                                              // who did it knows it
        {policy::password_report(domain, kFailure), "admin@example.com auth-failed 20780;"},
        {policy::unconfigured_report(domain, "a.test", kFailure, 1), "admin@example.com unconfigured 20780;"},
        {policy::limit_notice(domain, "crm", {policy::LimitState::Window::hour, 1, 1, kNow}, true, kNow), "admin@example.com limit example.com hour reached 20780;"},
    };
    for (const auto& row : rows) BOOST_TEST(of(row.report) == row.want);
}

BOOST_AUTO_TEST_CASE(a_digest_is_bounded) {
    DigestFigures figures;
    for (std::size_t i = 0; i < kDigestKeysMost + 50; ++i) figures.bounce("u@d" + std::to_string(i) + ".test", "userunknown");
    BOOST_TEST(figures.bounced_at.size() == kDigestKeysMost + 1);
    BOOST_TEST(figures.bounced_at[""] == 50);
    const auto text = digest_text({}, "example.com", figures);
    for (const auto& paragraph : text.paragraphs) BOOST_TEST(std::ranges::count(paragraph, '\n') <= static_cast<std::ptrdiff_t>(kDigestListed) + 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace crmrelay::report
