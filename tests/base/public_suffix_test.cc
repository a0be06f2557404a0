// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of base/public_suffix.cc: names that belong to one organisation, and what is no name.
#include "base/public_suffix.hh"

#include <boost/test/unit_test.hpp>

using crmrelay::base::organisational_domain;

BOOST_AUTO_TEST_SUITE(public_suffix)

BOOST_AUTO_TEST_CASE(organisational_domains) {
    static const struct {
        const char *name, *want;
    } kTable[] = {
        {"example.com", "example.com"},
        {"a.b.example.com", "example.com"},
        {"MAIL.Example.COM", "example.com"},
        {"example.co.jp", "example.co.jp"},
        {"mail.example.co.jp", "example.co.jp"},
        {"other.co.jp", "other.co.jp"},
        {"_dmarc.example.co.jp", "example.co.jp"},
        {"city.kobe.jp", "city.kobe.jp"},             // an exception of the list
        {"a.b.c.kobe.jp", "b.c.kobe.jp"},             // a wildcard of the list
        {"one.github.io", "one.github.io"},           // tenants of one host are apart
        {"deep.one.github.io", "one.github.io"},
        {"www.xn--bcher-kva.example", "xn--bcher-kva.example"},
        {"mail.crm.test", "crm.test"},                // an unlisted top level counts as a suffix
        {"com", ""}, {"co.jp", ""}, {"kobe.jp", ""}, {"github.io", ""}, {"test", ""},
        {"", ""}, {".", ""}, {"..", ""}, {".example.com", ""}, {"example.com.", ""}, {"a..example.com", ""},
        {"192.0.2.1", ""}, {"a b.example.com", ""}, {"b\xc3\xbc" "cher.example", ""}, {"user@example.com", ""},
    };
    for (const auto& row : kTable) BOOST_TEST_CONTEXT(row.name) BOOST_TEST(organisational_domain(row.name) == row.want);
}

BOOST_AUTO_TEST_CASE(an_octet_zero_ends_no_name) { BOOST_TEST(organisational_domain(std::string_view("example.com\0.evil.test", 22)) == ""); }

BOOST_AUTO_TEST_SUITE_END()
