// SPDX-License-Identifier: BSD-2-Clause
//
// The unit tests of room store.
#define BOOST_TEST_MODULE crmrelay_store
#include <boost/test/unit_test.hpp>
