// SPDX-License-Identifier: BSD-2-Clause
//
// Moments as administrators write them.
#include "ctl/since.hh"

#include <boost/test/unit_test.hpp>
#include <optional>

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(since)

BOOST_AUTO_TEST_CASE(reads_moments) {
    constexpr base::Seconds kNow = 1'795'437'358;   // 2026-11-23T12:35:58Z
    const struct {
        const char* text;
        std::optional<base::Seconds> want;
    } cases[] = {
        {"2026-11-23", 1'795'392'000},
        {"2024-02-29", 1'709'164'800},
        {"1970-01-01", 0},
        {"2026-11-23T12:35:58Z", kNow},
        {"2026-11-23 12:35:58Z", kNow},
        {"2026-11-23T21:35:58+09:00", kNow},
        {"2026-11-23T05:05:58.250-07:30", kNow},
        {"24h", kNow - 86400},
        {"7d", kNow - 7 * 86400},
        {"90m", kNow - 5400},
        {"0d", kNow},
        {"", std::nullopt},
        {"d", std::nullopt},
        {"7", std::nullopt},
        {"7w", std::nullopt},
        {"-7d", std::nullopt},
        {"99999999999d", std::nullopt},
        {"2026-02-29", std::nullopt},
        {"2026-13-01", std::nullopt},
        {"2026-1-1", std::nullopt},
        {"2026-11-23T12:35:58", std::nullopt},
        {"2026-11-23T24:00:00Z", std::nullopt},
        {"2026-11-23T12:35:58.Z", std::nullopt},
        {"2026-11-23T12:35:58+0900", std::nullopt},
        {"2026-11-23x", std::nullopt},
    };
    for (const auto& c : cases) {
        const auto got = parse_since(c.text, kNow);
        BOOST_TEST_CONTEXT(c.text) {
            BOOST_TEST(got.ok() == c.want.has_value());
            if (got.ok() && c.want) BOOST_TEST(*got == *c.want);
            if (!got.ok()) BOOST_TEST(got.error().find("24h") != std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
