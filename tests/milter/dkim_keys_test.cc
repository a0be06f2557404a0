// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of milter/dkim_keys.cc: which key files serve, and what is said of the others.
#include "milter/dkim_keys.hh"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <string>

#include "tests/milter/dkim_fixture.hh"
#include "tests/milter/fake_policyd.hh"

namespace {

using namespace crmrelay;
using namespace crmrelay::milter;
using namespace crmrelay::milter::test;

}  // namespace

BOOST_AUTO_TEST_SUITE(dkim_keys)

BOOST_AUTO_TEST_CASE(what_a_file_holds) {
    const auto sound = pem_of(rsa());
    const struct {
        const char* what;
        std::string text, want_words;   // of the error; empty: it serves
    } cases[] = {
        {"RSA", sound, ""},
        {"RSA, 1024 bits", pem_of(rsa(1024)), ""},
        {"RSA, 768 bits", pem_of(rsa(768)), "768 bits"},
        {"Ed25519", pem_of(ed25519()), ""},
        {"words around it", "made by hand\n" + sound + "\nthe end\n", ""},
        {"an elliptic curve", pem_of(elliptic()), "RSA and Ed25519"},
        {"a password", pem_of(ed25519(), "word"), "password"},
        {"half of it", sound.substr(0, 200), "no private key"},
        {"nothing", "", "no private key"},
        {"a record", "v=DKIM1; k=rsa; p=MIIB", "no private key"},
    };
    for (const auto& c : cases) {
        const auto key = parse_dkim_key(c.text, "/etc/key.pem", "example.com", "s1");
        BOOST_TEST(key.ok() == c.want_words.empty(), c.what);
        if (!key) {
            BOOST_TEST(key.error().starts_with("/etc/key.pem: "), key.error());
            BOOST_TEST(key.error().find(c.want_words) != std::string::npos, key.error());
            BOOST_TEST(key.error().find("BEGIN") == std::string::npos);
        } else {
            BOOST_TEST(key->secret->sign({}).ok());
            BOOST_TEST(key->domain + " " + key->selector == "example.com s1");
            BOOST_TEST((key->algorithm == DkimAlgorithm::ed25519_sha256) == (std::string(c.what) == "Ed25519"));
        }
    }
}

BOOST_AUTO_TEST_CASE(files) {
    Folder folder;
    const auto path = folder.file("key.pem");
    BOOST_TEST(!load_dkim_key(path, "example.com", "s1").ok());
    std::ofstream(path) << pem_of(ed25519());
    const struct {
        mode_t mode;
        bool want_ok;
    } cases[] = {{0600, true}, {0640, true}, {0644, false}, {0604, false}};
    for (const auto& c : cases) {
        ::chmod(path.c_str(), c.mode);
        const auto key = load_dkim_key(path, "example.com", "s1");
        BOOST_TEST(key.ok() == c.want_ok, std::oct << c.mode);
        if (!key) BOOST_TEST(key.error().find(path) != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
