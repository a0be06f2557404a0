// SPDX-License-Identifier: BSD-2-Clause
//
// The unit tests of conf: Boost.Test's main().
#define BOOST_TEST_MODULE crmrelay_conf
#include <boost/test/unit_test.hpp>
