// SPDX-License-Identifier: BSD-2-Clause
//
// The unit tests of room bounce.
#define BOOST_TEST_MODULE crmrelay_bounce
#include <boost/test/unit_test.hpp>
