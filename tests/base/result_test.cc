// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of base/result.hh.
#include "base/result.hh"

#include <boost/test/unit_test.hpp>
#include <memory>

using namespace crmrelay::base;

BOOST_AUTO_TEST_SUITE(result)

BOOST_AUTO_TEST_CASE(holds_a_value_or_an_error) {
    static const struct {
        Result<std::string> result;
        bool want_ok;
        const char* want;
    } kTable[] = {{std::string("value"), true, "value"}, {Error{"what is wrong"}, false, "what is wrong"}};
    for (const auto& row : kTable) {
        BOOST_TEST(row.result.ok() == row.want_ok);
        BOOST_TEST(static_cast<bool>(row.result) == row.want_ok);
        BOOST_TEST((row.want_ok ? *row.result : row.result.error()) == row.want);
    }
}

BOOST_AUTO_TEST_CASE(holds_what_can_only_be_moved) {
    Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
    const auto taken = std::move(*result);
    BOOST_TEST(*taken == 7);
}

BOOST_AUTO_TEST_CASE(a_value_that_looks_like_an_error_stays_a_value) {
    Result<std::string> result(std::string("error"));
    BOOST_TEST(result.ok());
    BOOST_TEST(result->size() == 5u);
}

BOOST_AUTO_TEST_SUITE_END()
