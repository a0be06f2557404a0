// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of ctl/dmarc.cc.
#include <boost/test/unit_test.hpp>

#include "ctl/dmarc.hh"

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(dmarc)

BOOST_AUTO_TEST_CASE(records) {
    const struct {
        std::vector<std::string> texts;
        bool want;
        std::string want_policy;
        bool want_strict_spf, want_strict_dkim;
    } cases[] = {
        {{}, false, "", false, false},
        {{"v=spf1 -all"}, false, "", false, false},
        {{"v=DMARC1; p=reject"}, true, "reject", false, false},
        {{"v=spf1 -all", "v=DMARC1;p=Quarantine;aspf=s"}, true, "quarantine", true, false},
        {{"v=DMARC1; p=none; adkim=S; aspf=r; rua=mailto:a@b.test"}, true, "none", false, true},
        {{"v=DMARC1; p=nonsense"}, true, "none", false, false},
        {{"v=DMARC1"}, true, "none", false, false},
        {{"p=reject; v=DMARC1"}, false, "", false, false},
        {{"v=DMARC10; p=reject"}, false, "", false, false},
        {{"v=DMARC1; p=none", "v=DMARC1; p=reject"}, false, "", false, false},
    };
    for (const auto& c : cases) {
        BOOST_TEST_CONTEXT(c.texts.size() << " " << (c.texts.empty() ? "" : c.texts.front())) {
            const auto record = dmarc_record(c.texts);
            BOOST_TEST(record.has_value() == c.want);
            if (!record) continue;
            BOOST_TEST(record->policy == c.want_policy);
            BOOST_TEST(record->strict_spf == c.want_strict_spf);
            BOOST_TEST(record->strict_dkim == c.want_strict_dkim);
        }
    }
}

BOOST_AUTO_TEST_CASE(alignment) {
    const struct {
        const char *domain, *from;
        bool want_relaxed, want_strict;
    } cases[] = {
        {"example.com", "example.com", true, true},
        {"Bounce.Example.com", "example.com", true, false},
        {"bounce.example.com", "mail.example.com", true, false},
        {"example.net", "example.com", false, false},
        {"a.co.jp", "b.co.jp", false, false},
        {"x.a.co.jp", "a.co.jp", true, false},
        {"com", "example.com", false, false},
        {"", "example.com", false, false},
    };
    for (const auto& c : cases) {
        BOOST_TEST_CONTEXT(c.domain << " " << c.from) {
            BOOST_TEST(aligned(c.domain, c.from, false) == c.want_relaxed);
            BOOST_TEST(aligned(c.domain, c.from, true) == c.want_strict);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
