// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of milter/signed_names.cc: what a signature covers stays, what none covers may leave.
#include "milter/signed_names.hh"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace crmrelay::milter;

}  // namespace

BOOST_AUTO_TEST_SUITE(signed_names)

BOOST_AUTO_TEST_CASE(names_that_are_signed) {
    for (const auto name : oversigned_names()) BOOST_TEST(is_signed_name(name), name);
    for (const auto* name : {"from", "subject", "date", "message-id", "list-unsubscribe", "content-type"}) BOOST_TEST(is_signed_name(name), name);
    for (const auto* name : {"received", "return-path", "dkim-signature", "arc-seal", "x-sfdctls", "From", ""}) BOOST_TEST(!is_signed_name(name), name);
}

BOOST_AUTO_TEST_CASE(h_of_a_signature) {
    const struct {
        std::string value;
        Names want_names;
    } cases[] = {
        {" v=1; a=rsa-sha256; h=From:To:Subject; b=abc", {"from", "to", "subject"}},
        {"v=1;h=from : to\r\n\t: X-SFDCTLS;bh=h=no", {"from", "to", "x-sfdctls"}},
        {"v=1; H = From;", {"from"}},
        {"h=From", {"from"}},
        {"v=1; bh=From; b=To", {}},
        {"v=1; hh=From", {}},
        {"", {}},
        {";;=;h", {}},
    };
    for (const auto& c : cases) BOOST_TEST(covered_names(c.value) == c.want_names, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_may_leave) {
    const Names wanted = {"x-sfdctls", "x-sfdcrelayaddr"};
    using Fields = std::vector<std::pair<std::string, std::string>>;
    const struct {
        Fields fields;
        int want_tls, want_address;
    } cases[] = {
        {{{"X-SFDCTLS", "1"}, {"From", "a@b.test"}}, 1, 0},
        {{{"X-SFDCTLS", "1"}, {"x-sfdctls", "2"}, {"X-SFDCRelayAddr", "h"}}, 2, 1},
        {{{"DKIM-Signature", "v=1; h=From:X-SFDCTLS; b=x"}, {"X-SFDCTLS", "1"}, {"X-SFDCRelayAddr", "h"}}, 0, 1},
        {{{"X-SFDCTLS", "1"}, {"dkim-signature", "v=1; h=from:x-sfdctls"}}, 0, 0},             // wherever the signature stands
        {{{"ARC-Message-Signature", "i=1; h=x-sfdctls"}, {"X-SFDCTLS", "1"}}, 0, 0},
        {{{"DKIM-Signature", "v=1; h=From:To"}, {"X-SFDCTLS", "1"}}, 1, 0},
        {{{"X-Signature", "h=X-SFDCTLS"}, {"X-SFDCTLS", "1"}}, 1, 0},
        {{}, 0, 0},
    };
    for (const auto& c : cases) {
        LeavingFields leaving;
        for (const auto& [name, value] : c.fields) leaving.add(name, value, wanted);
        BOOST_TEST(leaving.count("X-SFDCTLS") == c.want_tls);
        BOOST_TEST(leaving.count("x-sfdcrelayaddr") == c.want_address);
        BOOST_TEST(leaving.count("From") == 0);   // nobody wants it removed
    }
}

BOOST_AUTO_TEST_SUITE_END()
