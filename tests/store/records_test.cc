// SPDX-License-Identifier: BSD-2-Clause
//
// The names of kinds and states, as listings show them.
#include "store/records.hh"

#include <boost/test/unit_test.hpp>

using namespace crmrelay::store;

BOOST_AUTO_TEST_SUITE(records)

BOOST_AUTO_TEST_CASE(names) {
    BOOST_TEST(name_of(Outgoing::Kind::handback) == "handback");
    BOOST_TEST(name_of(Outgoing::Kind::forward) == "forward");
    BOOST_TEST(name_of(Outgoing::Kind::notice) == "notice");
    BOOST_TEST(name_of(Outgoing::State::pending) == "pending");
    BOOST_TEST(name_of(Outgoing::State::queued) == "queued");
    BOOST_TEST(name_of(Outgoing::State::failed) == "failed");
    BOOST_TEST(name_of(Outgoing::State::dropped) == "dropped");
}

BOOST_AUTO_TEST_SUITE_END()
