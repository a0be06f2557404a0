// SPDX-License-Identifier: BSD-2-Clause
//
// The milter room's unit tests.
#define BOOST_TEST_MODULE crmrelay_milter
#include <boost/test/unit_test.hpp>
