// SPDX-License-Identifier: BSD-2-Clause
//
// Charsets and encoded words.
#include <boost/test/unit_test.hpp>

#include "bounce/charset.hh"

namespace crmrelay::bounce {
namespace {

BOOST_AUTO_TEST_CASE(text_of_any_charset_becomes_utf8) {
    const struct {
        std::string text, charset, want;
    } rows[] = {
        {"plain", "us-ascii", "plain"},
        {"\x1b$B08@h\x1b(B", "ISO-2022-JP", "宛先"},
        {"\x1b$B08@h\x1b(B", "", "宛先"},
        {"\x88\xb6\x90\xe6", "Shift_JIS", "宛先"},
        {"\xb0\xb8\xc0\xe8", "EUC-JP", "宛先"},
        {"caf\xe9", "ISO-8859-1", "café"},
        {"caf\xe9", "", "café"},
        {"caf\xc3\xa9", "nonsense", "café"},
        {"caf\xe9", "utf-8//IGNORE", "café"},
        {"a\xff" "b", "utf-8", "a?b"},
        {"\xc0\xaf", "utf-8", "??"},
    };
    for (const auto& row : rows) BOOST_TEST(to_utf8(row.text, row.charset, 1000) == row.want, row.charset << " " << to_utf8(row.text, row.charset, 1000));
    BOOST_TEST(to_utf8("caf\xc3\xa9", "utf-8", 4) == "caf");
    BOOST_TEST(!is_utf8("\xed\xa0\x80"));
    BOOST_TEST(!is_utf8("\xc0\x80"));
    BOOST_TEST(is_utf8("\xf0\x9f\x90\x88"));
}

BOOST_AUTO_TEST_CASE(encoded_words_are_decoded) {
    const struct {
        std::string value, want;
    } rows[] = {
        {"plain", "plain"},
        {"=?utf-8?Q?caf=C3=A9?=", "café"},
        {"=?ISO-8859-1*fr?q?caf=E9_noir?= x", "café noir x"},
        {"=?utf-8?B?5a6b?= =?utf-8?B?5YWI?=", "宛先"},
        {"=?utf-8?B?5a6b5Q==?= =?utf-8?B?hYg=?=", "宛先"},
        {"=?ISO-2022-JP?B?GyRCMDhAaBsoQg==?=", "宛先"},
        {"a =?utf-8?x?b?= c", "a =?utf-8?x?b?= c"},
        {"=?utf-8?Q?open", "=?utf-8?Q?open"},
        {"=?=?=?", "=?=?=?"},
    };
    for (const auto& row : rows) BOOST_TEST(decode_words(row.value, 1000) == row.want, row.value << " -> " << decode_words(row.value, 1000));
}

}  // namespace
}  // namespace crmrelay::bounce
