// SPDX-License-Identifier: BSD-2-Clause
//
// The unit tests of policy/: one test file a source file, tables of facts and wanted verdicts.
#define BOOST_TEST_MODULE crmrelay_policy
#include <boost/test/unit_test.hpp>
