// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of milter/key_lookup.cc: questions, answers, and servers that do not answer.
#include "milter/key_lookup.hh"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "base/fd.hh"

namespace {

using namespace crmrelay;
using namespace crmrelay::milter;
using namespace std::string_literals;

const std::string kName = "s1._domainkey.example.com";

std::string number(unsigned value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)}; }

std::string txt(const std::vector<std::string>& strings) {
    std::string data;
    for (const auto& text : strings) data += static_cast<char>(text.size()) + text;
    return "\xc0\x0c"s + number(16) + number(1) + number(0) + number(60) + number(static_cast<unsigned>(data.size())) + data;
}

std::string cname() { return "\xc0\x0c"s + number(5) + number(1) + number(0) + number(60) + number(2) + "\xc0\x0c"s; }

// An answer to the question of `query`, with these flags.
std::string answer(const std::string& query, unsigned flags, const std::vector<std::string>& records) {
    std::string question = query.substr(12, query.size() - 12 - 11);   // without EDNS
    std::string out = query.substr(0, 2) + number(flags) + number(1) + number(static_cast<unsigned>(records.size())) + number(0) + number(0) + question;
    for (const auto& record : records) out += record;
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(key_lookup)

BOOST_AUTO_TEST_CASE(questions) {
    const auto query = txt_query("s1._domainkey.example.com", 0x1234);
    BOOST_REQUIRE(query.ok());
    BOOST_TEST(query->substr(0, 4) == "\x12\x34\x01\x00"s);
    BOOST_TEST(query->find("\x02s1\x0a_domainkey\x07"s "example\x03" "com\0\0\x10\0\x01"s) == 12u);
    const std::string wrong[] = {"", "a..b", ".a", "a.", std::string(64, 'l') + ".test", std::string(300, 'n')};
    for (const auto& name : wrong) BOOST_TEST(!txt_query(name, 1).ok(), name);
}

BOOST_AUTO_TEST_CASE(answers) {
    using Kind = KeyAnswer::Kind;
    const auto query = *txt_query(kName, 7);
    const struct {
        const char* what;
        std::string octets;
        bool want_ok;
        Kind want_kind;
        std::string want_text;
    } cases[] = {
        {"a record", answer(query, 0x8180, {txt({"v=DKIM1; p=abc"})}), true, Kind::found, "v=DKIM1; p=abc"},
        {"in parts", answer(query, 0x8180, {txt({"v=DKIM1; ", "p=", "abc"})}), true, Kind::found, "v=DKIM1; p=abc"},
        {"behind a CNAME", answer(query, 0x8180, {cname(), txt({"v=DKIM1; p=abc"})}), true, Kind::found, "v=DKIM1; p=abc"},
        {"beside another", answer(query, 0x8180, {txt({"hello"}), txt({"v=DKIM1; p=abc"})}), true, Kind::found, "v=DKIM1; p=abc"},
        {"no such name", answer(query, 0x8183, {}), true, Kind::none, ""},
        {"no such record", answer(query, 0x8180, {}), true, Kind::none, ""},
        {"a failing server", answer(query, 0x8182, {}), true, Kind::trouble, "it answers with code 2"},
        {"a refusing server", answer(query, 0x8185, {}), true, Kind::trouble, "it answers with code 5"},
        {"another id", answer(*txt_query(kName, 8), 0x8180, {}), false, Kind::none, ""},
        {"another name", answer(*txt_query("s2._domainkey.example.com", 7), 0x8180, {}), false, Kind::none, ""},
        {"a question", query, false, Kind::none, ""},
        {"half of it", answer(query, 0x8180, {txt({"v=DKIM1; p=abc"})}).substr(0, 60), false, Kind::none, ""},
        {"nothing", "", false, Kind::none, ""},
    };
    for (const auto& c : cases) {
        const auto got = read_txt_answer(c.octets, kName, 7);
        BOOST_TEST(got.ok() == c.want_ok, c.what);
        if (!got) continue;
        BOOST_TEST((got->answer.kind == c.want_kind), c.what);
        BOOST_TEST(got->answer.text == c.want_text, c.what);
        BOOST_TEST(!got->truncated);
    }
    BOOST_TEST(read_txt_answer(answer(query, 0x8380, {}), kName, 7)->truncated);
}

BOOST_AUTO_TEST_CASE(resolv_conf) {
    const struct {
        std::string text;
        std::vector<std::string> want_servers;
    } cases[] = {
        {"", {"inet:53@127.0.0.1"}},
        {"search example.com\nnameserver 192.0.2.1\nnameserver\t2001:db8::1 # second\noptions edns0\n", {"inet:53@192.0.2.1", "inet:53@2001:db8::1"}},
        {"#nameserver 192.0.2.1\nnameserver\n", {"inet:53@127.0.0.1"}},
        {"nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4", {"inet:53@192.0.2.1", "inet:53@192.0.2.2", "inet:53@192.0.2.3"}},
    };
    for (const auto& c : cases) {
        std::vector<std::string> got;
        for (const auto& server : resolvers_in(c.text)) got.push_back(server.text());
        BOOST_TEST(got == c.want_servers, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(a_server_that_is_silent_costs_its_time_and_no_more) {
    const base::Fd silent(::socket(AF_INET, SOCK_DGRAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    BOOST_REQUIRE(::bind(silent.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    BOOST_REQUIRE(::getsockname(silent.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    const auto source = key_source({{false, {}, "127.0.0.1", ntohs(address.sin_port)}});
    const auto start = std::chrono::steady_clock::now();
    const auto got = source(kName, start + std::chrono::milliseconds(300));
    const auto took = std::chrono::steady_clock::now() - start;
    BOOST_TEST((got.kind == KeyAnswer::Kind::trouble));
    BOOST_TEST(got.text.find("no answer") != std::string::npos, got.text);
    BOOST_TEST((took >= std::chrono::milliseconds(290) && took < std::chrono::milliseconds(1000)));
    BOOST_TEST((source(kName, start).kind == KeyAnswer::Kind::trouble));   // no time left
}

BOOST_AUTO_TEST_SUITE_END()
