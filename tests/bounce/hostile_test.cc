// SPDX-License-Identifier: BSD-2-Clause
//
// A megabyte of anything is read to its end and within the caps. That the work grows with the size alone is what hostile_work.sh counts.
#include <boost/test/unit_test.hpp>

#include "base/text.hh"
#include "bounce/reading.hh"
#include "tests/bounce/shapes.hh"

namespace crmrelay::bounce {
namespace {

BOOST_AUTO_TEST_CASE(a_megabyte_of_anything_is_read_within_the_caps) {
    for (const auto& shape : hostile_shapes()) {
        BOOST_TEST_CONTEXT(shape.name) {
            const auto reading = read_bounce(shape.of_size(1 << 20));
            BOOST_TEST((reading.kind == ReadingKind::none) == reading.results.empty());
            BOOST_TEST(reading.results.size() <= kMaxRecipients + 1);
            for (const auto& result : reading.results)
                if (result.diagnostic.size() > kMaxDiagnostic || base::neuter(result.diagnostic, kMaxDiagnostic) != result.diagnostic) BOOST_FAIL(result.diagnostic);
        }
    }
}

BOOST_AUTO_TEST_CASE(caps_are_kept_and_told) {
    const Shape shape{"", kHead + kQmail, [](std::size_t i) { return "<a" + std::to_string(i) + "@b.cc>:\nx\n\n"; }};
    const auto reading = read_bounce(shape.of_size(1 << 20));
    BOOST_TEST(reading.truncated);
    BOOST_TEST(reading.results.size() <= 10'001U);
    BOOST_TEST(reading.results.size() >= 10'000U);
}

}  // namespace
}  // namespace crmrelay::bounce
