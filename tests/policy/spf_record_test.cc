// SPDX-License-Identifier: BSD-2-Clause
//
// SPF records as terms: what is read, expanded, compared, left out and refused.
#include "policy/spf_record.hh"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace crmrelay;
using namespace crmrelay::policy;

namespace {

std::string shown(const base::Result<std::vector<SpfTerm>>& terms) {
    if (!terms) return "error: " + terms.error();
    constexpr const char* names[] = {"all", "address", "include", "exists", "a", "mx", "ptr", "redirect"};
    std::string out;
    for (const auto& term : *terms) {
        out += fmt::format("{}{}{}{}", out.empty() ? "" : " ", term.qualifier, names[static_cast<int>(term.kind)], term.name.empty() ? "" : ":" + term.name);
        if (term.v4_length != 32) out += fmt::format("/{}", term.v4_length);
        if (term.v6_length != 128) out += fmt::format("//{}", term.v6_length);
    }
    return out;
}

SpfScope scope_of(const char* client) { return {*base::IpAddress::parse(client), "_spf.crm.test", "crm.test", "helo.invalid"}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(spf_record)

BOOST_AUTO_TEST_CASE(is_one) {
    const struct {
        const char* text;
        bool want;
    } rows[] = {{"v=spf1", true}, {"v=spf1 -all", true}, {"V=SPF1 -all", true}, {"v=spf10 -all", false}, {"v=spf1-all", false}, {" v=spf1", false}, {"", false}, {"v=spf", false}};
    for (const auto& row : rows) BOOST_TEST(is_spf_record(row.text) == row.want, row.text);
}

BOOST_AUTO_TEST_CASE(terms) {
    const struct {
        const char* record;
        const char* client;
        const char* want;
    } rows[] = {
        {"v=spf1", "192.0.2.1", ""},
        {"v=spf1 -all", "192.0.2.1", "-all"},
        {"v=spf1  ip4:192.0.2.0/24   ~all ", "192.0.2.1", "+address"},
        {"v=spf1 ip4:192.0.2.0/24 ~all", "192.0.3.1", "~all"},
        {"v=spf1 ?IP4:192.0.2.77/24 -ALL", "192.0.2.1", "?address"},
        {"v=spf1 ip4:0.0.0.0/0 -all", "192.0.2.1", "+address"},
        {"v=spf1 ip4:0.0.0.0/0 -all", "2001:db8::1", "-all"},
        {"v=spf1 ip6:2001:db8::/32 -all", "2001:db8:ffff::1", "+address"},
        {"v=spf1 ip6:2001:db8::1 -all", "2001:db8::2", "-all"},
        {"v=spf1 ip6:::ffff:192.0.2.0/120 -all", "192.0.2.1", "-all"},
        {"v=spf1 a mx ptr -all", "192.0.2.1", "+a:_spf.crm.test +mx:_spf.crm.test +ptr:_spf.crm.test -all"},
        {"v=spf1 a:Web.Test/24 mx//64 a:w.test/8//48 -all", "192.0.2.1", "+a:web.test/24 +mx:_spf.crm.test//64 +a:w.test/8//48 -all"},
        {"v=spf1 redirect=r.test include:i.test", "192.0.2.1", "+include:i.test +redirect:r.test"},
        {"v=spf1 redirect=r.test include:i.test -all", "192.0.2.1", "+include:i.test -all"},
        {"v=spf1 -all include:i.test", "192.0.2.1", "-all"},
        {"v=spf1 exp=%{p}.x.test unknown-thing=%{ -all", "192.0.2.1", "-all"},
        {"v=spf1 exists:%{i}._spf.mta.test", "192.0.2.1", "+exists:192.0.2.1._spf.mta.test"},
        {"v=spf1 exists:%{ir}.%{v}.x.test", "192.0.2.1", "+exists:1.2.0.192.in-addr.x.test"},
        {"v=spf1 exists:%{i2}.%{i1r}.x.test", "192.0.2.1", "+exists:2.1.192.x.test"},
        {"v=spf1 exists:%{v}.%{i9}.x.test", "2001:db8::cb01", "+exists:ip6.0.0.0.0.0.c.b.0.1.x.test"},
        {"v=spf1 exists:%{d}.%{d1}.%{o}.%{l}.%{h}.test", "192.0.2.1", "+exists:_spf.crm.test.test.crm.test.postmaster.helo.invalid.test"},
        {"v=spf1 exists:%{s}.x.test", "192.0.2.1", "+exists:postmaster@crm.test.x.test"},
        {"v=spf1 exists:%{d1_}.x.test", "192.0.2.1", "+exists:spf.crm.test.x.test"},
        {"v=spf1 exists:a%%b.test", "192.0.2.1", "+exists:a%b.test"},
        {"v=spf1 include:end.test.", "192.0.2.1", "+include:end.test"},
    };
    for (const auto& row : rows)
        BOOST_TEST(shown(read_spf_record(row.record, scope_of(row.client))) == row.want, row.record);
}

BOOST_AUTO_TEST_CASE(long_names_lose_their_left) {
    std::string record = "v=spf1 exists:";
    for (int i = 0; i < 12; ++i) record += "%{i}.";
    const auto terms = read_spf_record(record + "x.test", scope_of("2001:db8::1"));
    BOOST_REQUIRE(terms.ok());
    BOOST_TEST(terms->at(0).name.size() <= 253u);
    BOOST_TEST(terms->at(0).name.ends_with(".1.x.test"));
}

BOOST_AUTO_TEST_CASE(refused) {
    const std::string label(64, 'a');
    const struct {
        std::string record;
        const char* want_error;
    } rows[] = {
        {"v=spf2 -all", "no SPF record"},
        {"v=spf1 ip4:192.0.2.0/33", "no network"},
        {"v=spf1 ip4:192.0.2.0/024", "no network"},
        {"v=spf1 ip4:2001:db8::1", "no network"},
        {"v=spf1 ip6:192.0.2.1", "no network"},
        {"v=spf1 ip6:IPv6:2001:db8::1", "no network"},
        {"v=spf1 ip4:192.0.2.0/", "no network"},
        {"v=spf1 ip4", "names no network"},
        {"v=spf1 a/0", "passes every address"},
        {"v=spf1 mx//0", "passes every address"},
        {"v=spf1 a/33", "wrong prefix length"},
        {"v=spf1 a/24//129", "wrong prefix length"},
        {"v=spf1 all:x", "is wrong"},
        {"v=spf1 include", "names no domain"},
        {"v=spf1 include:", "no domain name"},
        {"v=spf1 include:a..b", "no domain name"},
        {"v=spf1 include:" + label, "no domain name"},
        {"v=spf1 include:a\\b.test", "no domain name"},
        {"v=spf1 include:a%_b.test", "no domain name"},
        {"v=spf1 foo", "unknown mechanism"},
        {"v=spf1 -all foo", "unknown mechanism"},
        {"v=spf1 ++all", "unknown mechanism"},
        {"v=spf1 exists:%{p}.test", "%{p} is not supported"},
        {"v=spf1 exists:%{c}.test", "%{c} is not supported"},
        {"v=spf1 exists:%{I}.test", "%{I} is not supported"},
        {"v=spf1 exists:%{}.test", "empty macro"},
        {"v=spf1 exists:%{d0}.test", "1 to 128 parts"},
        {"v=spf1 exists:%{d129}.test", "1 to 128 parts"},
        {"v=spf1 exists:%{d99999999999999999999}.test", "1 to 128 parts"},
        {"v=spf1 exists:%{dx}.test", "unknown delimiter"},
        {"v=spf1 exists:%{d........}.test", "unknown delimiter"},
        {"v=spf1 exists:%{d", "unfinished macro"},
        {"v=spf1 exists:%d.test", "begins no macro"},
        {"v=spf1 exists:x.test%", "begins no macro"},
        {"v=spf1 redirect=a.test redirect=b.test", "redirect= twice"},
        {"v=spf1 \xc3\xbc", "not ASCII"},
        {std::string("v=spf1 a\0b", 10), "not ASCII"},
        {"v=spf1 " + std::string(4096, ' '), "longer than 4096"},
    };
    for (const auto& row : rows) {
        const auto terms = read_spf_record(row.record, scope_of("192.0.2.1"));
        BOOST_TEST(!terms.ok(), row.record);
        if (!terms.ok()) BOOST_TEST(terms.error().find(row.want_error) != std::string::npos, row.record << ": " << terms.error());
    }
    std::string macros = "v=spf1 exists:";
    for (int i = 0; i < 17; ++i) macros += "%{v}.";
    BOOST_TEST(!read_spf_record(macros + "test", scope_of("192.0.2.1")).ok());
    std::string many = "v=spf1";
    for (int i = 0; i < 513; ++i) many += " a:b";
    BOOST_TEST(!read_spf_record(many, scope_of("192.0.2.1")).ok());
}

BOOST_AUTO_TEST_SUITE_END()
