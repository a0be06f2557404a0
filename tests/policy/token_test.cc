// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/token.cc.
#include "policy/token.hh"

#include <boost/test/unit_test.hpp>

#include "base/text.hh"

using namespace crmrelay;
using policy::TokenKeys;
using Verdict = TokenKeys::Verdict;

namespace {

constexpr base::Seconds kNow = 1'795'000'000, kDay = 86400, kLife = 30 * kDay;
const std::string kIdentity = "\x01\x02\x03\x04\x05\x06\x07\x08";
const std::string kOld = "old key, old key, old key", kNew = "new key, new key, new key";

std::string upper(std::string text) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(token)

BOOST_AUTO_TEST_CASE(shape) {
    const auto text = TokenKeys({kNew}).make(kNow, kIdentity, "bounce.example.com");
    BOOST_TEST(text.size() == policy::kTokenLength);
    BOOST_TEST(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string::npos);
    BOOST_TEST(std::string("bounce+").size() + text.size() <= 64u);
}

BOOST_AUTO_TEST_CASE(checks) {
    const TokenKeys both({kNew, kOld}), only_old({kOld}), only_new({kNew});
    const auto by_new = both.make(kNow, kIdentity, "bounce.example.com");
    const auto by_old = only_old.make(kNow, kIdentity, "bounce.example.com");
    auto flipped = by_new;
    flipped.back() = flipped.back() == 'a' ? 'b' : 'a';
    auto other_time = by_new;
    other_time[4] = other_time[4] == 'a' ? 'b' : 'a';

    struct {
        const char* what;
        const TokenKeys& keys;
        std::string text;
        std::string domain;
        base::Seconds now;
        Verdict want;
    } const rows[] = {
        {"as made", both, by_new, "bounce.example.com", kNow, Verdict::genuine},
        {"in capitals", both, upper(by_new), "BOUNCE.example.com", kNow, Verdict::genuine},
        {"former key still verifies", both, by_old, "bounce.example.com", kNow, Verdict::genuine},
        {"a key that was taken away", only_new, by_old, "bounce.example.com", kNow, Verdict::forged},
        {"of another bounce domain", both, by_new, "bounce.example.org", kNow, Verdict::forged},
        {"a changed signature", both, flipped, "bounce.example.com", kNow, Verdict::forged},
        {"a changed time", both, other_time, "bounce.example.com", kNow, Verdict::forged},
        {"too short", both, by_new.substr(1), "bounce.example.com", kNow, Verdict::forged},
        {"too long", both, by_new + "a", "bounce.example.com", kNow, Verdict::forged},
        {"foreign letters", both, std::string(40, '!'), "bounce.example.com", kNow, Verdict::forged},
        {"nothing", both, "", "bounce.example.com", kNow, Verdict::forged},
        {"on its last second", both, by_new, "bounce.example.com", kNow + kLife, Verdict::genuine},
        {"after its life", both, by_new, "bounce.example.com", kNow + kLife + 1, Verdict::expired},
        {"from a clock two days ahead", both, by_new, "bounce.example.com", kNow - 2 * kDay, Verdict::forged},
        {"from a clock an hour ahead", both, by_new, "bounce.example.com", kNow - 3600, Verdict::genuine},
    };
    for (const auto& row : rows) {
        const auto check = row.keys.check(row.text, row.domain, row.now, kLife);
        BOOST_TEST_CONTEXT(row.what) {
            BOOST_TEST((check.verdict == row.want));
            if (row.want == Verdict::genuine) {
                BOOST_TEST(check.token == base::lower(row.text));
                BOOST_TEST(check.issued_at == kNow);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(every_octet_is_signed) {
    const TokenKeys keys({kNew});
    const auto text = keys.make(kNow, kIdentity, "b.test");
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto changed = text;
        changed[i] = changed[i] == 'a' ? 'b' : 'a';
        BOOST_TEST((keys.check(changed, "b.test", kNow, kLife).verdict == Verdict::forged), "letter " << i);
    }
}

BOOST_AUTO_TEST_SUITE_END()
