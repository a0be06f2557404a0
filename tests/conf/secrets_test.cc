// SPDX-License-Identifier: BSD-2-Clause
//
// Secret files: who may read them, and the keys in them.
#include "conf/secrets.hh"

#include <boost/test/unit_test.hpp>

#include "tests/base/folder.hh"

using namespace crmrelay::conf;
using crmrelay::base::tests::Folder;

namespace {

const std::string kKey = "0123456789abcdef";

bool has(std::string_view text, std::string_view piece) { return text.find(piece) != std::string_view::npos; }

}  // namespace

BOOST_AUTO_TEST_CASE(a_secret_is_refused_where_others_could_read_it) {
    const struct {
        mode_t mode;
        bool want_ok;
    } cases[] = {{0600, true}, {0400, true}, {0640, true}, {0660, true}, {0644, false}, {0604, false}, {0602, false}, {0601, false}, {0666, false}};
    const Folder folder;
    for (const auto& c : cases) {
        const auto path = folder.write("secret", "word\n", c.mode);
        const auto secret = read_secret(path);
        BOOST_TEST_CONTEXT("mode " << std::oct << c.mode) {
            BOOST_REQUIRE(secret.ok() == c.want_ok);
            if (secret) BOOST_TEST(*secret == "word\n");
            else BOOST_TEST(has(secret.error(), "chmod 0640 " + path));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_mending_command_survives_a_shell) {
    const Folder folder;
    const auto path = folder.write("it's a key", "word\n", 0644);
    BOOST_TEST(has(read_secret(path).error(), "chmod 0640 '" + folder.path() + "/it'\\''s a key'"));
}

BOOST_AUTO_TEST_CASE(what_is_no_secret_file_is_refused) {
    const Folder folder;
    const auto large = folder.write("large", std::string(kSecretFileCap + 1, 'x'));
    const auto most = folder.write("most", std::string(kSecretFileCap, 'x'));
    const std::string fifo = folder.path() + "/fifo";
    BOOST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    BOOST_TEST(read_secret(most).ok());
    const struct {
        std::string path;
        const char* want_text;
    } cases[] = {{large, "larger than 65536 octets"}, {folder.path(), "not a regular file"}, {fifo, "not a regular file"}, {folder.path() + "/none", "No such file"}};
    for (const auto& c : cases) {
        const auto secret = read_secret(c.path);
        BOOST_REQUIRE(!secret.ok());
        BOOST_TEST_CONTEXT(secret.error()) {
            BOOST_TEST(has(secret.error(), c.want_text));
            BOOST_TEST(secret.error().starts_with(c.path));
        }
    }
}

BOOST_AUTO_TEST_CASE(keys_are_read_line_by_line) {
    const struct {
        std::string text;
        std::vector<std::pair<std::string, std::string>> want_keys;
    } cases[] = {
        {kKey, {{kKey, ""}}},
        {kKey + "\n", {{kKey, ""}}},
        {"# head\n\n  " + kKey + "  # 2026-11-23 \r\n\tzzzzzzzzzzzzzzzzz\t#old\n", {{kKey, "2026-11-23"}, {"zzzzzzzzzzzzzzzzz", "old"}}},
        {kKey + " #", {{kKey, ""}}},
    };
    for (const auto& c : cases) {
        const auto keys = parse_keys(c.text, "/k");
        BOOST_REQUIRE(keys.ok());
        BOOST_REQUIRE(keys->size() == c.want_keys.size());
        for (std::size_t i = 0; i < keys->size(); ++i) {
            BOOST_TEST((*keys)[i].secret == c.want_keys[i].first);
            BOOST_TEST((*keys)[i].comment == c.want_keys[i].second);
        }
    }
}

BOOST_AUTO_TEST_CASE(bad_keys_are_refused_and_never_shown) {
    const struct {
        std::string text;
        const char* want_text;
    } cases[] = {
        {"", "/k: holds no return-path key"},
        {"# only a comment\n\n", "/k: holds no return-path key"},
        {kKey + "\n0123456789abcde\n", "/k:2: the key is shorter than 16 octets"},
        {kKey + " another-word-here\n", "/k:1: two words on a line"},
        {kKey + "#comment\n", "/k:1: a # stands inside the key"},
        {kKey + "\xc3\xa4\n", "/k:1: the key holds other characters"},
        {kKey + std::string(1, '\0') + "\n", "/k:1: the key holds other characters"},
    };
    for (const auto& c : cases) {
        const auto keys = parse_keys(c.text, "/k");
        BOOST_REQUIRE(!keys.ok());
        BOOST_TEST_CONTEXT(keys.error()) {
            BOOST_TEST(has(keys.error(), c.want_text));
            BOOST_TEST(!has(keys.error(), kKey.substr(0, 8)));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_key_file_is_loaded_as_a_secret) {
    const Folder folder;
    BOOST_TEST(load_keys(folder.write("keys", kKey + "\n", 0640)).ok());
    BOOST_TEST(!load_keys(folder.write("keys", kKey + "\n", 0644)).ok());
    BOOST_TEST(!load_keys(folder.path() + "/none").ok());
}
