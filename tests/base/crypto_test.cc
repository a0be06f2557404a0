// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of base/crypto.cc: vectors of FIPS 180-4, RFC 4231 section 4 and RFC 4648 section 10.
#include "base/crypto.hh"

#include <boost/test/unit_test.hpp>

#include "base/text.hh"

using namespace crmrelay::base;
using namespace std::string_literals;

namespace {

std::string times(std::size_t count, char octet) { return std::string(count, octet); }

std::string counting(char from, char to) {
    std::string out;
    for (char c = from; c <= to; ++c) out += c;
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(crypto)

BOOST_AUTO_TEST_CASE(sha256_of_known_texts) {
    static const struct {
        std::string text;
        const char* want;
    } kTable[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (const auto& row : kTable) BOOST_TEST(hex(as_text(sha256(row.text))) == row.want);
}

BOOST_AUTO_TEST_CASE(hmac_sha256_of_rfc_4231) {
    static const struct {
        std::string key, data;
        const char* want;
    } kTable[] = {
        {times(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {times(20, '\xaa'), times(50, '\xdd'), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {counting('\x01', '\x19'), times(50, '\xcd'), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {times(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {times(131, '\xaa'),
         "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC "
         "algorithm.",
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
        {"", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    for (const auto& row : kTable) BOOST_TEST(hex(as_text(hmac_sha256(row.key, row.data))) == row.want);
}

BOOST_AUTO_TEST_CASE(base32_of_rfc_4648) {
    static const struct {
        std::string octets;
        const char* want;  // lower case, without padding
    } kTable[] = {
        {"", ""}, {"f", "my"}, {"fo", "mzxq"}, {"foo", "mzxw6"}, {"foob", "mzxw6yq"}, {"fooba", "mzxw6ytb"}, {"foobar", "mzxw6ytboi"},
        {"\0\0\0\0\0"s, "aaaaaaaa"}, {"\xff\xff\xff\xff\xff", "77777777"},
    };
    for (const auto& row : kTable) {
        BOOST_TEST(base32(row.octets) == row.want);
        BOOST_TEST((from_base32(row.want) == row.octets));
        std::string upper(row.want);
        for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        BOOST_TEST((from_base32(upper) == row.octets));
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_base32_is_refused) {
    for (const char* text : {"a", "aaa", "aaaaaa", "m", "mzx", "mzxw6y", "mz", "mzxw61tb", "mzxw6ytb=", "my======", "m y", "mz0q", "mz8q", "\xc3\xa9"})
        BOOST_TEST_CONTEXT(text) BOOST_TEST(!from_base32(text));
}

BOOST_AUTO_TEST_CASE(every_octet_returns_from_base32) {
    std::string all;
    for (int octet = 0; octet < 256; ++octet) {
        all += static_cast<char>(octet);
        BOOST_TEST((from_base32(base32(all)) == all));
    }
}

BOOST_AUTO_TEST_CASE(hex_is_lower_case) { BOOST_TEST(hex("\x00\x9f\xff"s) == "009fff"); }

BOOST_AUTO_TEST_CASE(comparison_finds_every_difference) {
    static const struct {
        std::string a, b;
        bool want;
    } kTable[] = {{"", "", true}, {"abc", "abc", true}, {"abc", "abd", false}, {"xbc", "abc", false}, {"abc", "ab", false}, {"a\0b"s, "a\0c"s, false}};
    for (const auto& row : kTable) BOOST_TEST(constant_time_equal(row.a, row.b) == row.want);
}

BOOST_AUTO_TEST_CASE(random_octets_are_as_many_as_asked_and_never_the_same) {
    BOOST_TEST(random_octets(0).empty());
    BOOST_TEST(random_octets(33).size() == 33u);
    BOOST_TEST(random_octets(16) != random_octets(16));
}

BOOST_AUTO_TEST_CASE(base64_of_known_texts) {
    static const struct {
        std::string text;
        std::string want;
    } rows[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfb", "//77"}};
    for (const auto& row : rows) {
        BOOST_TEST(base64(row.text) == row.want);
        BOOST_TEST((from_base64(row.want) == row.text));
        BOOST_TEST((from_base64(row.want.substr(0, row.want.find('='))) == row.text));
    }
    for (const char* wrong : {"Z", "Zg=", "Zh==", "Z===", "Zm9v=", "Zm 9", "Zm-9", "===="}) BOOST_TEST(!from_base64(wrong), wrong);
}

BOOST_AUTO_TEST_SUITE_END()
