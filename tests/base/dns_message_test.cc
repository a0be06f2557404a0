// SPDX-License-Identifier: BSD-2-Clause
//
// DNS messages: questions as octets, answers that are whole, cut, forged, looped and lying about their lengths.
#include "base/dns_message.hh"

#include <boost/test/unit_test.hpp>

using namespace crmrelay::base;
using Outcome = DnsAnswer::Outcome;

namespace {

using namespace std::string_literals;

std::string question(DnsType type, bool edns = false) { return *dns_question(0x1234, "crm.test", type, edns); }

// Header and question of an answer to question(type).
std::string head(DnsType type, const std::string& flags, char answers, char authorities = 0) {
    return "\x12\x34"s + flags + "\0\1\0"s + answers + "\0"s + authorities + "\0\0"s + question(type).substr(12);
}

const std::string kFine = "\x81\x80"s, kNoName = "\x81\x83"s, kCut = "\x83\x80"s, kServfail = "\x81\x82"s;
const std::string kOwner = "\xc0\x0c"s;   // the question's name

std::string record(char type, char ttl, const std::string& data) {
    return kOwner + "\0"s + type + "\0\1\0\0\0"s + ttl + "\0"s + static_cast<char>(data.size()) + data;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dns_message)

BOOST_AUTO_TEST_CASE(questions) {
    BOOST_TEST(question(DnsType::txt) == "\x12\x34\1\0\0\1\0\0\0\0\0\0\3crm\4test\0\0\x10\0\1"s);
    BOOST_TEST(question(DnsType::a, true) == "\x12\x34\1\0\0\1\0\0\0\0\0\1\3crm\4test\0\0\1\0\1\0\0\x29\4\xd0\0\0\0\0\0\0"s);
    for (const auto& name : {""s, "a..b"s, ".a"s, "a."s, std::string(64, 'a'), std::string(127, 'a') + "." + std::string(127, 'b')})
        BOOST_TEST(!dns_question(1, name, DnsType::a, false).ok(), name);
}

BOOST_AUTO_TEST_CASE(answers) {
    const struct {
        const char* what;
        std::string message;
        DnsType type;
        Outcome want;
        std::vector<std::string> want_records;
        Seconds want_ttl;
    } rows[] = {
        {"an address", head(DnsType::a, kFine, 1) + record(1, 60, "\xc0\0\2\1"s), DnsType::a, Outcome::found, {"\xc0\0\2\1"s}, 60},
        {"the shortest TTL", head(DnsType::a, kFine, 2) + record(1, 60, "\xc0\0\2\1"s) + record(1, 7, "\xc0\0\2\2"s), DnsType::a, Outcome::found,
         {"\xc0\0\2\1"s, "\xc0\0\2\2"s}, 7},
        {"an alias before it", head(DnsType::a, kFine, 2) + record(5, 5, "\1x\xc0\x10"s) + record(1, 60, "\xc0\0\2\1"s), DnsType::a, Outcome::found, {"\xc0\0\2\1"s}, 5},
        {"an address of wrong length", head(DnsType::a, kFine, 1) + record(1, 60, "\xc0\0\2"s), DnsType::a, Outcome::nothing, {}, 60},
        {"strings that are joined", head(DnsType::txt, kFine, 1) + record(16, 60, "\3v=s\0\3pf1"s), DnsType::txt, Outcome::found, {"v=spf1"}, 60},
        {"a string that says too much", head(DnsType::txt, kFine, 1) + record(16, 60, "\xffv=spf1"s), DnsType::txt, Outcome::found, {"v=spf1"}, 60},
        {"hosts by preference", head(DnsType::mx, kFine, 2) + record(15, 60, "\0\x14\1B\xc0\x0c"s) + record(15, 60, "\0\x0a\1a\xc0\x0c"s), DnsType::mx, Outcome::found,
         {"a.crm.test", "b.crm.test"}, 60},
        {"a host with a dot in a label", head(DnsType::ptr, kFine, 1) + record(12, 60, "\3a.b\xc0\x0c"s), DnsType::ptr, Outcome::found, {"a?b.crm.test"}, 60},
        {"no data, and for how long", head(DnsType::a, kFine, 0, 1) + record(6, 90, "\0\0"s + std::string(16, '\0') + "\0\0\0\x1e"s), DnsType::a, Outcome::nothing, {}, 30},
        {"no such name", head(DnsType::a, kNoName, 0), DnsType::a, Outcome::no_such_name, {}, 0},
    };
    for (const auto& row : rows) {
        const auto reply = read_dns_reply(row.message, question(row.type), row.type);
        BOOST_REQUIRE_MESSAGE(reply.ok() && reply->ours, row.what);
        BOOST_TEST((reply->answer.outcome == row.want), row.what);
        BOOST_TEST(reply->answer.records == row.want_records, boost::test_tools::per_element());
        BOOST_TEST(reply->answer.ttl == row.want_ttl, row.what);
    }
}

BOOST_AUTO_TEST_CASE(failures) {
    const auto asked = question(DnsType::a);
    const auto cut = read_dns_reply(head(DnsType::a, kCut, 1), asked, DnsType::a);
    BOOST_TEST((cut.ok() && cut->ours && cut->truncated));
    const auto failed = read_dns_reply(head(DnsType::a, kServfail, 0), asked, DnsType::a);
    BOOST_TEST((failed.ok() && failed->ours && failed->rcode == 2));

    auto other_id = head(DnsType::a, kFine, 0);
    other_id[0] = 0;
    auto other_name = head(DnsType::a, kFine, 0);
    other_name[13] = 'x';
    for (const auto& message : {other_id, other_name, head(DnsType::txt, kFine, 0), asked}) {
        const auto reply = read_dns_reply(message, asked, DnsType::a);
        BOOST_TEST((reply.ok() && !reply->ours));
    }
}

BOOST_AUTO_TEST_CASE(broken_ones) {
    const auto asked = question(DnsType::ptr);
    const auto whole = head(DnsType::ptr, kFine, 1) + record(12, 60, "\1a\xc0\x0c"s);
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const auto reply = read_dns_reply(whole.substr(0, length), asked, DnsType::ptr);
        BOOST_TEST((!reply.ok() || !reply->ours), length);
    }
    const auto place = static_cast<char>(head(DnsType::ptr, kFine, 1).size() + 12);
    for (const auto& name : {"\xc0"s + place, "\xff\xff"s, "\x80\0"s, "\1a\xc0"s + place}) {   // to itself, beyond the end, a type that is none, round and round
        const auto reply = read_dns_reply(head(DnsType::ptr, kFine, 1) + record(12, 60, name), asked, DnsType::ptr);
        BOOST_TEST(!reply.ok());
    }
}

BOOST_AUTO_TEST_CASE(bounds) {
    auto message = head(DnsType::txt, kFine, 0);
    message[7] = static_cast<char>(200);
    for (int i = 0; i < 200; ++i) message += record(16, 60, "\1x"s);
    const auto many = read_dns_reply(message, question(DnsType::txt), DnsType::txt);
    BOOST_REQUIRE(many.ok());
    BOOST_TEST(many->answer.records.size() == kMostDnsRecords);

    std::string data;
    for (int i = 0; i < 40; ++i) data += "\xff"s + std::string(255, 'x');
    auto one = head(DnsType::txt, kFine, 1) + kOwner + "\0\x10\0\1\0\0\0\x3c"s;
    one += static_cast<char>(data.size() >> 8);
    one += static_cast<char>(data.size() & 0xff);
    const auto big = read_dns_reply(one + data, question(DnsType::txt), DnsType::txt);
    BOOST_REQUIRE(big.ok());
    BOOST_TEST(big->answer.records.at(0).size() == kMostTxtOctets + 1);
}

BOOST_AUTO_TEST_SUITE_END()
