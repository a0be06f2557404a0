// SPDX-License-Identifier: BSD-2-Clause
//
// The unit tests of room report.
#define BOOST_TEST_MODULE crmrelay_report
#include <boost/test/unit_test.hpp>
