// SPDX-License-Identifier: BSD-2-Clause
//
// The unit tests of base: Boost.Test's main().
#define BOOST_TEST_MODULE crmrelay_base
#include <boost/test/unit_test.hpp>
