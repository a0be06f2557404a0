// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of conf/notice_reader.cc: the language of notices, and digests.
#include "conf/notice_reader.hh"

#include "tests/conf/check.hh"

using namespace crmrelay::conf;
using tests::check;
using tests::domain;
using tests::load_text;

BOOST_AUTO_TEST_CASE(language_and_digest) {
    const struct {
        std::string text;
        const char* want_language;
        Digest want_digest;
    } rows[] = {
        {domain(""), "en", Digest::none},
        {domain("language = \"ja\"\ndigest = \"daily\""), "ja", Digest::daily},
        {domain("language = \"en\"\ndigest = \"weekly\""), "en", Digest::weekly},
        {domain("") + "[defaults]\nlanguage = \"ja\"\ndigest = \"weekly\"\n", "ja", Digest::weekly},
        {domain("language = \"en\"\ndigest = \"none\"") + "[defaults]\nlanguage = \"ja\"\ndigest = \"weekly\"\n", "en", Digest::none},
    };
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.text) {
            const auto config = load_text(row.text);
            BOOST_TEST(config.domains.at(0).language == row.want_language);
            BOOST_TEST((config.domains.at(0).digest == row.want_digest));
        }
    }
}

BOOST_AUTO_TEST_CASE(wrong_words) {
    check({
        {domain("language = \"jp\""), {{2, 12, "language is \"jp\"; write \"en\" or \"ja\""}}},
        {domain("language = 1"), {{2, 12, "language is a whole number; write \"en\" or \"ja\""}}},
        {domain("digest = \"monthly\""), {{2, 10, "digest is \"monthly\"; write \"daily\", \"weekly\" or \"none\""}}},
        {domain("digest = true"), {{2, 10, "digest is true or false"}}},
    });
}
