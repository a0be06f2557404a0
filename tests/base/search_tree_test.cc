// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of base/search_tree.hh against std::lower_bound.
#include "base/search_tree.hh"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>

using namespace crmrelay::base;

namespace {

using Random = std::mt19937_64;

template <typename Tree>
void check(std::vector<typename Tree::Key> ends, Random& random) {
    using Key = typename Tree::Key;
    ends.push_back(Tree::kGreatest);
    std::sort(ends.begin(), ends.end());
    ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
    std::vector<typename Tree::Interval> intervals;
    for (const Key end : ends) intervals.push_back({end, static_cast<std::uint32_t>(intervals.size())});
    const Tree tree(intervals);
    std::size_t wrong = 0;
    const auto look_up = [&](Key key) {
        wrong += tree.find(key) != static_cast<std::uint32_t>(std::lower_bound(ends.begin(), ends.end(), key) - ends.begin());
    };
    for (const Key end : ends) {
        look_up(end - 1);
        look_up(end);
        look_up(end + 1);
    }
    for (int i = 0; i < 1000; ++i) look_up(static_cast<Key>(random()) << (sizeof(Key) > 8 ? 64 : 0) | static_cast<Key>(random()));
    BOOST_TEST(wrong == 0u);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(search_tree)

BOOST_AUTO_TEST_CASE(finds_what_a_plain_search_finds_at_every_size) {
    Random random(1);
    for (const std::size_t size : {0, 1, 14, 15, 16, 17, 31, 32, 271, 272, 287, 288, 289, 4623, 4624, 4625, 90000}) {
        BOOST_TEST_CONTEXT(size << " keys") {
            std::vector<std::uint32_t> narrow;
            std::vector<Wide> wide;
            for (std::size_t i = 0; i < size; ++i) {
                narrow.push_back(static_cast<std::uint32_t>(random()));
                wide.push_back(static_cast<Wide>(random()) << 64 | random());
            }
            check<SearchTree32>(narrow, random);
            check<SearchTree128>(wide, random);
        }
    }
}

BOOST_AUTO_TEST_CASE(keys_that_begin_alike_are_told_apart) {
    Random random(2);
    for (const int common : {0, 20, 32, 50, 64, 90, 96, 110}) BOOST_TEST_CONTEXT(common << " bits") {
            const Wide start = static_cast<Wide>(0x20010db81234) << 80;
            std::vector<Wide> keys;
            for (int i = 0; i < 3000; ++i) keys.push_back(start | (static_cast<Wide>(random()) << 64 | random()) >> common);
            check<SearchTree128>(keys, random);
        }
}

BOOST_AUTO_TEST_CASE(few_strangers_among_keys_that_begin_alike_are_found) {
    static const struct {
        const char* about;
        int common;  // bits of the cluster
        std::size_t alike, before, after;
    } kTable[] = {
        {"none", 64, 1000, 0, 0},         {"before", 64, 1000, 5, 0},     {"after", 64, 1000, 0, 5},          {"on both sides", 64, 1000, 40, 40},
        {"more than few", 32, 300, 300, 300}, {"all alike but two bits", 126, 3, 1, 1}, {"adjacent keys", 120, 255, 30, 30}, {"two clusters", 96, 500, 0, 500},
    };
    Random random(4);
    for (const auto& row : kTable) BOOST_TEST_CONTEXT(row.about) {
            const auto any = [&] { return static_cast<Wide>(random()) << 64 | random(); };
            const Wide start = static_cast<Wide>(0x20010db812345678) << 64;
            std::vector<Wide> keys;
            for (std::size_t i = 0; i < row.alike; ++i) keys.push_back(start | any() >> row.common);
            for (std::size_t i = 0; i < row.before; ++i) keys.push_back(any() >> 3);
            for (std::size_t i = 0; i < row.after; ++i) keys.push_back(any() | Wide{1} << 127);
            check<SearchTree128>(keys, random);
        }
}

BOOST_AUTO_TEST_SUITE_END()
