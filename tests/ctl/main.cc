// SPDX-License-Identifier: BSD-2-Clause
//
// The unit tests of ctl.
#define BOOST_TEST_MODULE crmrelay_ctl
#include <boost/test/unit_test.hpp>
