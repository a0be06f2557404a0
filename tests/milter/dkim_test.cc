// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of milter/dkim.cc and dkim_signer.cc: what is signed verifies, whatever its body looks like and however it is cut; what is changed does not.
#include "milter/dkim.hh"

#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>
#include <vector>

#include "milter/dkim_signer.hh"
#include "tests/milter/dkim_fixture.hh"

namespace {

using namespace crmrelay;
using namespace crmrelay::milter;
using namespace crmrelay::milter::test;
using Fields = std::vector<std::string>;
using Verified = DkimVerifier::Verified;

constexpr std::int64_t kSignedAt = 1'795'000'000;
const Fields kHeader = {"From: Sales <sales@example.com>", "To: <a@dest.test>,\r\n <b@dest.test>", "Subject:  Your   quotation ", "Date: Mon, 23 Nov 2026 12:00:00 +0900", "Message-ID: <1@crm.test>"};

template <typename Part>
void feed(Part& part, const Fields& header, const std::string& body, std::size_t chunk) {
    for (const auto& field : header) part.header(field);
    if constexpr (requires { part.end_of_header(); }) part.end_of_header();
    for (std::size_t at = 0; at < body.size(); at += chunk) part.body(std::string_view(body).substr(at, chunk));
}

// One key pair for all cases: making one takes longer than using it.
struct Setting {
    DkimLibrary library;
    Keys keys;

    std::string sign(const DkimKey& key, const Fields& header, const std::string& body, std::size_t chunk = 65535) {
        DkimSigner signer;
        feed(signer, header, body, chunk);
        auto value = signer.signature(key, kSignedAt);
        BOOST_REQUIRE_MESSAGE(value.ok(), (value ? "" : value.error()));
        return *value;
    }
    Verified verify(const Fields& header, const std::string& body, std::size_t chunk = 65535, DkimVerifier::Wanted wanted = [](std::string_view) { return true; }) {
        DkimVerifier verifier(library, keys.source(), std::move(wanted));
        feed(verifier, header, body, chunk);
        return verifier.finish();
    }
};

std::string with_crlf(const std::string& text) {
    std::string out;
    for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return out;
}

Fields signed_header(const std::string& value, Fields header = kHeader) {
    header.insert(header.begin(), "DKIM-Signature: " + with_crlf(value));
    return header;
}

const Fields kOurs = {"example.com"};

}  // namespace

BOOST_AUTO_TEST_SUITE(dkim)

BOOST_FIXTURE_TEST_CASE(what_is_signed_verifies, Setting) {
    const std::string bodies[] = {
        "", "\r\n", "\r\n\r\n\r\n", "text", "text\r\n", "text\r\n\r\n\r\n", "\r\n\r\ntext\r\n", "  leading and trailing  \r\n\t\r\n", ".\r\n..\r\n",
        std::string(5000, 'x') + "\r\n", std::string(70'000, 'y') + "\r\n", "caf\xc3\xa9 \xe2\x82\xac\r\n", "a bare\nline feed\r\n", "\n\n",
    };
    for (const auto* key : {&keys.rsa_key, &keys.ed25519_key})
        for (const auto& body : bodies)
            for (const std::size_t chunk : {1u, 2u, 7u, 65535u}) {
                const auto verified = verify(signed_header(sign(*key, kHeader, body, chunk)), body, chunk == 1 ? 65535 : 1);
                BOOST_TEST(verified.domains == kOurs, key->selector << " chunk " << chunk << " body " << body.substr(0, 30));
                BOOST_TEST(verified.trouble == "");
            }
}

BOOST_FIXTURE_TEST_CASE(the_form_of_a_signature, Setting) {
    const auto value = sign(keys.rsa_key, kHeader, "text\r\n");
    for (const auto* part : {"v=1;", "a=rsa-sha256;", "c=relaxed/simple;", "d=example.com;", "s=r1;"}) BOOST_TEST(value.find(part) != std::string::npos, value);
    BOOST_TEST(value.find("l=") == std::string::npos);
    BOOST_TEST(value.find('\r') == std::string::npos);   // libmilter's newline is LF
    BOOST_TEST(value.front() == 'v');
    BOOST_TEST(sign(keys.ed25519_key, kHeader, "text\r\n").find("a=ed25519-sha256;") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(what_changes_and_what_may, Setting) {
    const auto signed_one = signed_header(sign(keys.rsa_key, kHeader, "text\r\n"));
    const auto with = [&](auto change) {
        Fields header = signed_one;
        change(header);
        return header;
    };
    const struct {
        const char* what;
        Fields header;
        std::string body;
        bool want_verified;
    } cases[] = {
        {"nothing", signed_one, "text\r\n", true},
        {"another body", signed_one, "texT\r\n", false},
        {"a longer body", signed_one, "text\r\nmore\r\n", false},
        {"empty lines at its end", signed_one, "text\r\n\r\n", true},
        {"white space in a line", signed_one, "text \r\n", false},      // simple body
        {"white space in a field", with([](Fields& h) { h[3] = "subject:Your quotation"; }), "text\r\n", true},   // relaxed header
        {"a subject", with([](Fields& h) { h[3] = "Subject: No quotation"; }), "text\r\n", false},
        {"a field in front", with([](Fields& h) { h.insert(h.begin(), "Received: from somewhere"); }), "text\r\n", true},
        {"a field that nobody signs", with([](Fields& h) { h.push_back("X-Other: 1"); }), "text\r\n", true},
        {"a second From", with([](Fields& h) { h.insert(h.begin(), "From: <else@other.test>"); }), "text\r\n", false},
        {"a second Subject", with([](Fields& h) { h.push_back("Subject: another"); }), "text\r\n", false},
        {"a Reply-To where there was none", with([](Fields& h) { h.push_back("Reply-To: <else@other.test>"); }), "text\r\n", false},
        {"a Date that a next hop adds", with([](Fields& h) { h.push_back("Resent-Date: Mon, 23 Nov 2026 12:00:00 +0900"); }), "text\r\n", true},
    };
    for (const auto& c : cases) BOOST_TEST(verify(c.header, c.body).domains == (c.want_verified ? kOurs : Fields{}), c.what);
}

BOOST_FIXTURE_TEST_CASE(fields_that_occur_twice_and_long_ones, Setting) {
    const Fields headers[] = {
        {"From: a@example.com", "From: b@example.com"},                       // policyd refuses it; the signature is sound all the same
        {"From: a@example.com", "List-Unsubscribe: <https://x.test/1>", "Received: from y", "List-Unsubscribe: <mailto:u@x.test>"},
        {"From: a@example.com", "To: " + std::string(100'000, 't')},
        {"From: a@example.com", "Subject:"},
        {"From : a@example.com", "Subject: =?utf-8?q?x?=\r\n\t=?utf-8?q?y?="},
        {"From: \"Sales, Europe\" <a@example.com>, b@example.com"},
    };
    for (const auto& header : headers)
        for (const auto* key : {&keys.rsa_key, &keys.ed25519_key}) {
            // RFC 6376 section 3.5: what a signer covers is what it was given; Received is not given here.
            Fields given = header;
            std::erase_if(given, [](const auto& field) { return field.starts_with("Received"); });
            BOOST_TEST(verify(signed_header(sign(*key, given, "text\r\n"), header), "text\r\n").domains == kOurs, header[0]);
        }
}

BOOST_FIXTURE_TEST_CASE(signatures_that_do_not_count, Setting) {
    const auto record = keys.records["r1._domainkey.example.com"].text;
    const auto value = sign(keys.rsa_key, kHeader, "text\r\n");
    const auto header = signed_header(value);
    const struct {
        const char* what;
        KeyAnswer answer;
        bool want_verified, want_trouble;
    } cases[] = {
        {"its key", {KeyAnswer::Kind::found, record}, true, false},
        {"no key", {}, false, false},
        {"DNS trouble", {KeyAnswer::Kind::trouble, "no answer"}, false, true},
        {"a revoked key", {KeyAnswer::Kind::found, "v=DKIM1; k=rsa; p="}, false, false},
        {"another key", {KeyAnswer::Kind::found, record_of(rsa())}, false, false},
        {"a key of 1024 bits that is another", {KeyAnswer::Kind::found, record_of(rsa(1024))}, false, false},
        {"a testing key", {KeyAnswer::Kind::found, record + "; t=y"}, false, false},
        {"nonsense", {KeyAnswer::Kind::found, "hello"}, false, false},
        {"nothing", {KeyAnswer::Kind::found, ""}, false, false},
        {"far too much", {KeyAnswer::Kind::found, std::string(5000, 'v')}, false, false},
        {"a key for other hashes", {KeyAnswer::Kind::found, record + "; h=sha1"}, false, false},
    };
    for (const auto& c : cases) {
        keys.records["r1._domainkey.example.com"] = c.answer;
        const auto verified = verify(header, "text\r\n");
        BOOST_TEST(verified.domains == (c.want_verified ? kOurs : Fields{}), c.what);
        BOOST_TEST(!verified.trouble.empty() == c.want_trouble, c.what << verified.trouble);
    }
    keys.records["r1._domainkey.example.com"] = {KeyAnswer::Kind::found, record};
    BOOST_TEST(verify(header, "text\r\n", 65535, [](std::string_view domain) { return domain == "other.test"; }).domains.empty());
    for (const auto* broken : {"", "v=1", "v=1; a=rsa-sha256; d=; s=; h=; bh=; b=", "v=1; a=rsa-sha256; d=example.com; s=r1; h=From; bh=x; b=y; x=1", ";;;;", "a=b=c"})
        BOOST_TEST(verify(signed_header(broken), "text\r\n").domains.empty(), broken);
    BOOST_TEST(verify(kHeader, "text\r\n").domains.empty());
    BOOST_TEST(verify({"Subject: no From"}, "text\r\n").domains.empty());
    BOOST_TEST(verify({}, "").domains.empty());
}

BOOST_FIXTURE_TEST_CASE(several_signatures, Setting) {
    auto header = signed_header(sign(keys.rsa_key, kHeader, "text\r\n"));
    header = signed_header(sign(keys.ed25519_key, kHeader, "text\r\n"), header);
    BOOST_TEST(verify(header, "text\r\n").domains == kOurs);   // once
    keys.records["r1._domainkey.example.com"] = {KeyAnswer::Kind::trouble, "no answer"};
    const auto verified = verify(header, "text\r\n");
    BOOST_TEST(verified.domains == kOurs);                      // the other one stands
    BOOST_TEST(verified.trouble.find("r1._domainkey.example.com") != std::string::npos);
    for (int i = 0; i < 100; ++i) header.insert(header.begin(), header.front());
    keys.asked.clear();
    verify(header, "text\r\n");
    BOOST_TEST(keys.asked.size() <= kSignaturesMost);
}

BOOST_FIXTURE_TEST_CASE(a_signer_that_cannot_says_why, Setting) {
    DkimSigner without_from, odd_header;
    feed(without_from, {"Subject: x"}, "text\r\n", 9);
    BOOST_TEST(without_from.signature(keys.rsa_key, kSignedAt).error().find("From") != std::string::npos);
    feed(odd_header, {"From: a@example.com", "Subject: x\ry"}, "text\r\n", 9);
    BOOST_TEST(odd_header.signature(keys.rsa_key, kSignedAt).error().find("CR without LF") != std::string::npos);
    for (const auto* body : {"a bare\rcarriage return\r\n", "a\r\r\n", "\r\r\n", "text\r\n\r", "\r"})
        for (const std::size_t chunk : {1u, 2u, 65535u}) {
            DkimSigner signer;
            feed(signer, kHeader, body, chunk);
            const auto value = signer.signature(keys.rsa_key, kSignedAt);
            BOOST_REQUIRE(!value.ok());
            BOOST_TEST(value.error().find("CR without LF") != std::string::npos, value.error());
        }
}

BOOST_FIXTURE_TEST_CASE(threads_share_the_library_and_the_keys, Setting) {
    std::vector<std::thread> threads;
    std::atomic<int> sound{0};
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 25; ++i) {
                DkimSigner signer;
                feed(signer, kHeader, "text\r\n", 3);
                const auto value = signer.signature(i % 2 ? keys.rsa_key : keys.ed25519_key, kSignedAt);
                const auto& records = keys.records;
                DkimVerifier verifier(library, [&](const std::string& name, KeyDeadline) { return records.at(name); }, [](std::string_view) { return true; });
                if (value) feed(verifier, signed_header(*value), "text\r\n", 65535);
                sound += verifier.finish().domains == kOurs;
            }
        });
    for (auto& thread : threads) thread.join();
    BOOST_TEST(sound == 100);
}

BOOST_AUTO_TEST_SUITE_END()
