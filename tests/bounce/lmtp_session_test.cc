// SPDX-License-Identifier: BSD-2-Clause
//
// The LMTP state machine, fed whole and in pieces.
#include "bounce/lmtp_session.hh"

#include <boost/test/unit_test.hpp>

namespace crmrelay::bounce {
namespace {

// Feeds `input` in pieces of `step` octets, answers every event, and keeps what the session said and asked.
struct Talk {
    explicit Talk(std::uint64_t cap = 1 << 20) : session("mx.example.com", cap) {}

    void feed(std::string_view input, std::size_t step = std::string_view::npos) {
        while (!input.empty() && !closed) {
            std::string_view piece = input.substr(0, step);
            input.remove_prefix(piece.size());
            while (!piece.empty() && !closed) take(session.feed(piece));
        }
        said += session.take_output();
    }

    void take(LmtpSession::Event event) {
        if (auto* question = std::get_if<LmtpSession::CheckRecipient>(&event)) {
            asked.push_back(question->sender + ">" + question->address);
            session.answer_recipient(question->address.starts_with("no") ? LmtpReply::unknown_mailbox("no such") : LmtpReply{250, "1.5", "taken"});
        } else if (auto* delivery = std::get_if<LmtpSession::Deliver>(&event)) {
            delivered.push_back(*delivery);
            session.answer_delivery(std::vector<LmtpReply>(delivery->envelope.recipients.size(), delivery_reply));
        } else if (std::holds_alternative<LmtpSession::Close>(event)) {
            closed = true;
        }
    }

    LmtpSession session;
    LmtpReply delivery_reply = LmtpReply::accepted("recorded");
    std::string said;
    std::vector<std::string> asked;
    std::vector<LmtpSession::Deliver> delivered;
    bool closed = false;
};

// "220 250 550": the codes of the final reply lines.
std::string codes(std::string_view said) {
    std::string out;
    for (std::size_t at = 0; at < said.size();) {
        const auto end = said.find("\r\n", at);
        BOOST_REQUIRE(end != std::string_view::npos);
        const auto line = said.substr(at, end - at);
        BOOST_REQUIRE(line.size() > 3);
        if (line[3] == ' ') out.append(out.empty() ? "" : " ").append(line.substr(0, 3));
        at = end + 2;
    }
    return out;
}

const std::string kHello = "LHLO mx.test\r\n";
const std::string kStart = kHello + "MAIL FROM:<>\r\nRCPT TO:<a@b.test>\r\nDATA\r\n";

BOOST_AUTO_TEST_CASE(commands_get_their_replies) {
    const struct {
        std::string input, want_codes;
    } rows[] = {
        {"LHLO x\r\n", "220 250"},
        {"lhlo x\r\nnoop\r\nQuit\r\n", "220 250 250 221"},
        {"LHLO\r\n", "220 501"},
        {"HELO x\r\n", "220 500"},
        {"EHLO x\r\n", "220 500"},
        {"FROB\r\n", "220 500"},
        {"\r\n", "220 500"},
        {"NOOP\n", "220 500"},
        {"NO\rOP\r\n", "220 500"},
        {std::string("NO\0OP\r\n", 7), "220 500"},
        {std::string(3000, 'x') + "\r\nNOOP\r\n", "220 500 250"},
        {"MAIL FROM:<>\r\n", "220 503"},
        {kHello + "RCPT TO:<a@b.test>\r\n", "220 250 503"},
        {kHello + "DATA\r\n", "220 250 503"},
        {kHello + "MAIL FROM:<>\r\nMAIL FROM:<>\r\n", "220 250 250 503"},
        {kHello + "MAIL FROM:<>\r\nDATA\r\n", "220 250 250 503"},
        {kHello + "MAIL FROM:<>\r\nRCPT TO:<no@b.test>\r\nDATA\r\n", "220 250 250 550 503"},
        {kHello + "MAIL FROM:<>\r\nRSET\r\nMAIL FROM:<>\r\n", "220 250 250 250 250"},
        {kHello + "MAIL FROM:<> SIZE=99999999999\r\n", "220 250 250"},
        {kHello + "MAIL FROM:<> BODY=8BITMIME SMTPUTF8\r\n", "220 250 250"},
        {kHello + "MAIL FROM:<> BODY=BINARYMIME\r\n", "220 250 555"},
        {kHello + "MAIL FROM: <a@b.test>\r\n", "220 250 250"},
        {kHello + "MAIL FROM:a@b.test\r\n", "220 250 501"},
        {kHello + "MAIL FROM:<a@b.test\r\n", "220 250 501"},
        {kHello + "MAIL FROM:<a<b@c.test>\r\n", "220 250 501"},
        {kHello + "MAIL FROM:<" + std::string(600, 'a') + "@b.test>\r\n", "220 250 501"},
        {kHello + "MAIL TO:<>\r\n", "220 250 501"},
        {kHello + "MAIL FROM:<>\r\nRCPT TO:<>\r\n", "220 250 250 501"},
        {kHello + "MAIL FROM:<>\r\nRCPT TO:<a@b.test> NOTIFY=NEVER\r\n", "220 250 250 555"},
        {kHello + "VRFY a@b.test\r\nVRFY\r\n", "220 250 252 501"},
        {kHello + "RSET x\r\n", "220 250 501"},
    };
    for (const auto& row : rows)
        for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::string_view::npos}) {
            Talk talk;
            talk.feed(row.input, step);
            BOOST_TEST_CONTEXT(row.input.substr(0, 100)) BOOST_TEST(codes(talk.said) == row.want_codes);
        }
}

BOOST_AUTO_TEST_CASE(lhlo_offers_no_size) {
    Talk talk;
    talk.feed(kHello);
    for (const auto* offered : {"PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8"}) BOOST_TEST(talk.said.find(offered) != std::string::npos);
    BOOST_TEST(talk.said.find("SIZE") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(paths_are_read) {
    const struct {
        std::string path, want_asked;
    } rows[] = {
        {"<Abc@B.test>", ">Abc@B.test"},
        {"<@relay.test,@other.test:a@b.test>", ">a@b.test"},
        {"<\"a > b\"@c.test>", ">\"a > b\"@c.test"},
        {"<\"a\\\"b\"@c.test>", ">\"a\\\"b\"@c.test"},
        {"<\xc3\xa4@b.test>", ">\xc3\xa4@b.test"},
        {"<postmaster>", ">postmaster"},
    };
    for (const auto& row : rows) {
        Talk talk;
        talk.feed(kHello + "MAIL FROM:<>\r\nRCPT TO:" + row.path + "\r\n");
        BOOST_REQUIRE(talk.asked.size() == 1);
        BOOST_TEST(talk.asked[0] == row.want_asked);
    }
}

BOOST_AUTO_TEST_CASE(a_message_ends_at_crlf_dot_crlf_only) {
    const struct {
        std::string wire, want_message;
    } rows[] = {
        {"a\r\n.\r\n", "a\r\n"},
        {".\r\n", ""},
        {"a\n.\nb\r\n.\r\n", "a\n.\nb\r\n"},
        {"a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n"},
        {"a\r\n.\nb\r\n.\r\n", "a\r\n\nb\r\n"},
        {"a\r.\r\nb\r\n.\r\n", "a\r.\r\nb\r\n"},
        {"a\r\n..b\r\n..\r\n.\r\n", "a\r\n.b\r\n.\r\n"},
        {"..\r\n.\r\n", ".\r\n"},
        {"a\r\n.\r.\r\n.\r\n", "a\r\n\r.\r\n"},
        {"a\r\n.\r\r\n.\r\n", "a\r\n\r\r\n"},
        {"\xff\x01\r\n.\r\n", "\xff\x01\r\n"},
    };
    for (const auto& row : rows)
        for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::string_view::npos}) {
            Talk talk;
            talk.feed(kStart + row.wire + "NOOP\r\n", step);
            BOOST_REQUIRE(talk.delivered.size() == 1);
            BOOST_TEST(talk.delivered[0].message.octets == row.want_message);
            BOOST_TEST(!talk.delivered[0].message.truncated);
            BOOST_TEST(codes(talk.said) == "220 250 250 250 354 250 250");
        }
}

BOOST_AUTO_TEST_CASE(each_recipient_gets_a_reply) {
    Talk talk;
    talk.feed(kHello + "MAIL FROM:<s@t.test>\r\nRCPT TO:<a@b.test>\r\nRCPT TO:<no@b.test>\r\nRCPT TO:<c@b.test>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n");
    BOOST_TEST(codes(talk.said) == "220 250 250 250 550 250 354 250 250 221");
    BOOST_REQUIRE(talk.delivered.size() == 1);
    BOOST_TEST(talk.delivered[0].envelope.sender == "s@t.test");
    BOOST_TEST(talk.delivered[0].envelope.recipients == (std::vector<std::string>{"a@b.test", "c@b.test"}), boost::test_tools::per_element());
    BOOST_TEST(talk.closed);
}

BOOST_AUTO_TEST_CASE(a_null_sender_is_cut_and_never_refused) {
    const std::string body = std::string(150, 'x') + "\r\n";
    const struct {
        std::string sender;
        std::size_t cap;
        LmtpReply answer;
        std::string want_reply;
        bool want_truncated;
        std::size_t want_kept;
    } rows[] = {
        {"", 100, LmtpReply::accepted("ok"), "250 2.0.0", true, 100},
        {"", 152, LmtpReply::accepted("ok"), "250 2.0.0", false, 152},
        {"", 152, {550, "1.1", "no"}, "451 4.3.0", false, 152},
        {"s@t.test", 152, {550, "1.1", "no"}, "550 5.1.1", false, 152},
        {"s@t.test", 100, LmtpReply::accepted("ok"), "552 5.3.4", false, 0},
    };
    for (const auto& row : rows) {
        Talk talk(row.cap);
        talk.delivery_reply = row.answer;
        talk.feed(kHello + "MAIL FROM:<" + row.sender + ">\r\nRCPT TO:<a@b.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n");
        talk.said.clear();
        talk.feed(body + ".\r\n", 10);
        BOOST_TEST(talk.said.starts_with(row.want_reply));
        BOOST_TEST(codes(talk.said).size() == 7);   // two replies
        BOOST_TEST(talk.delivered.size() == (row.want_kept > 0 ? 1u : 0u));
        if (talk.delivered.empty()) continue;
        BOOST_TEST(talk.delivered[0].message.truncated == row.want_truncated);
        BOOST_TEST(talk.delivered[0].message.octets.size() == row.want_kept);
    }
}

BOOST_AUTO_TEST_CASE(a_missing_answer_is_a_temporary_one) {
    LmtpSession session("mx", 100);
    session.take_output();
    std::string input = kStart + "x\r\n.\r\n";
    std::string_view octets = input;
    BOOST_REQUIRE(std::holds_alternative<LmtpSession::CheckRecipient>(session.feed(octets)));
    session.answer_recipient({250, "1.5", "ok"});
    BOOST_REQUIRE(std::holds_alternative<LmtpSession::Deliver>(session.feed(octets)));
    session.take_output();
    session.answer_delivery({});
    BOOST_TEST(session.take_output().starts_with("451 4.3.0"));
}

BOOST_AUTO_TEST_CASE(recipients_are_counted) {
    Talk talk;
    std::string input = kHello + "MAIL FROM:<>\r\n";
    for (std::size_t i = 0; i < kLmtpRecipientsCap + 1; ++i) input += "RCPT TO:<a@b.test>\r\n";
    talk.feed(input);
    BOOST_TEST(talk.asked.size() == kLmtpRecipientsCap);
    BOOST_TEST(codes(talk.said).ends_with("250 452"));
}

BOOST_AUTO_TEST_CASE(too_many_errors_close) {
    Talk talk;
    std::string input;
    for (int i = 0; i < kLmtpErrorsCap + 5; ++i) input += "FROB\r\n";
    talk.feed(input);
    BOOST_TEST(talk.closed);
    BOOST_TEST(codes(talk.said).ends_with("500 421"));
    std::string_view more = "NOOP\r\n";
    BOOST_TEST(std::holds_alternative<LmtpSession::Idle>(talk.session.feed(more)));
}

BOOST_AUTO_TEST_CASE(nothing_leaks_into_the_next_message) {
    Talk talk;
    const std::string first = "MAIL FROM:<s@t.test>\r\nRCPT TO:<a@b.test>\r\nDATA\r\nfirst\r\n.\r\n";
    const std::string second = "MAIL FROM:<>\r\nRCPT TO:<b@b.test>\r\nDATA\r\nsecond\r\n.\r\n";
    talk.feed(kHello + first + second);
    BOOST_REQUIRE(talk.delivered.size() == 2);
    BOOST_TEST(talk.delivered[1].envelope.sender == "");
    BOOST_TEST(talk.delivered[1].envelope.recipients == std::vector<std::string>{"b@b.test"}, boost::test_tools::per_element());
    BOOST_TEST(talk.delivered[1].message.octets == "second\r\n");
    talk.said.clear();
    talk.feed("DATA\r\n");
    BOOST_TEST(codes(talk.said) == "503");
}

BOOST_AUTO_TEST_CASE(replies_stay_on_their_line) {
    BOOST_TEST(LmtpReply::trouble("a\r\n250 b").line() == "451 4.3.0 a??250 b\r\n");
    BOOST_TEST((LmtpReply{552, "3.4", "big"}).line() == "552 5.3.4 big\r\n");
}

}  // namespace
}  // namespace crmrelay::bounce
