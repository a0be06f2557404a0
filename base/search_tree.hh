// SPDX-License-Identifier: BSD-2-Clause
//
// A static search tree over intervals that carry a number each. Inner nodes are few enough to stay in the processor's cache, a
// look-up waits once for memory, for its leaf, and is short and free of guesses, so that several overlap. It knows no addresses
// and no prefixes, and never changes.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace crmrelay::base {

__extension__ using Wide = unsigned __int128;

// Sixteen numbers in one cache line, compared with another one all at once.
struct alignas(64) Sixteen {
    std::array<std::uint32_t, 16> at{};

    // Bit i tells of at[i].
#ifdef __SSE2__
    unsigned less_than(std::uint32_t key) const {
        const __m128i flip = _mm_set1_epi32(static_cast<int>(0x80000000));  // SSE2 compares signed numbers only
        const __m128i flipped = _mm_xor_si128(_mm_set1_epi32(static_cast<int>(key)), flip);
        return mask([&](__m128i four) { return _mm_cmpgt_epi32(flipped, _mm_xor_si128(four, flip)); });
    }
    unsigned equal_to(std::uint32_t key) const {
        const __m128i wanted = _mm_set1_epi32(static_cast<int>(key));
        return mask([&](__m128i four) { return _mm_cmpeq_epi32(four, wanted); });
    }

private:
    template <typename Compare>
    unsigned mask(Compare compare) const {
        const auto four = [&](int i) { return compare(_mm_load_si128(reinterpret_cast<const __m128i*>(at.data()) + i)); };
        const __m128i lower = _mm_packs_epi32(four(0), four(1)), upper = _mm_packs_epi32(four(2), four(3));
        return static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(lower, upper)));
    }
#else
    unsigned less_than(std::uint32_t key) const {
        unsigned bits = 0;
        for (unsigned i = 0; i < at.size(); ++i) bits |= static_cast<unsigned>(at[i] < key) << i;
        return bits;
    }
    unsigned equal_to(std::uint32_t key) const {
        unsigned bits = 0;
        for (unsigned i = 0; i < at.size(); ++i) bits |= static_cast<unsigned>(at[i] == key) << i;
        return bits;
    }
#endif
};

// Sixteen ascending keys a leaf; below() tells how many are less than `key`. Unused places hold the greatest key, below none.
struct Keys32 {
    using Key = std::uint32_t;
    static constexpr Key kGreatest = ~Key{0};

    Keys32() { keys.at.fill(kGreatest); }
    void set(std::size_t i, Key key) { keys.at[i] = key; }
    std::size_t below(Key key) const { return static_cast<std::size_t>(__builtin_ctz(~keys.less_than(key))); }

    Sixteen keys;
};

// The keys of all inner nodes.
class Inner32 {
public:
    void resize(std::size_t nodes) { nodes_.resize(nodes); }
    void set(std::size_t node, std::size_t i, std::uint32_t key) { nodes_[node].set(i, key); }
    std::size_t below(std::size_t node, std::uint32_t key) const { return nodes_[node].below(key); }
    std::size_t memory() const { return nodes_.capacity() * sizeof(Keys32); }

private:
    std::vector<Keys32> nodes_;
};

// The same for keys of 128 bits: a cache line holds the same 32 bits of a node's keys. Mostly the first line that differs decides,
// so the lines of one significance lie together, and those that are not needed stay out of the cache.
class Inner128 {
public:
    void resize(std::size_t nodes) {
        Sixteen unused;
        unused.at.fill(~std::uint32_t{0});
        for (auto& lines : lines_) lines.resize(nodes, unused);
    }
    void set(std::size_t node, std::size_t i, Wide key) {
        for (unsigned line = 0; line < 4; ++line) lines_[line][node].at[i] = word(key, line);
    }
    std::size_t below(std::size_t node, Wide key) const {
        const Sixteen& first = lines_[0][node];
        const auto count = static_cast<std::size_t>(__builtin_ctz(~first.less_than(word(key, 0))));
        return first.at[count % 16] == word(key, 0) ? below_among_equals(node, key) : count;
    }
    std::size_t memory() const { return 4 * lines_[0].capacity() * sizeof(Sixteen); }

private:
    static std::uint32_t word(Wide key, unsigned line) { return static_cast<std::uint32_t>(key >> (96 - 32 * line)); }

    std::size_t below_among_equals(std::size_t node, Wide key) const {
        unsigned less = 0, equal = 0xffff;
        for (unsigned line = 0; line < 4 && equal != 0; ++line) {
            less |= equal & lines_[line][node].less_than(word(key, line));
            equal &= lines_[line][node].equal_to(word(key, line));
        }
        return static_cast<std::size_t>(__builtin_ctz(~less));
    }

    std::array<std::vector<Sixteen>, 4> lines_;
};

// Keys of 128 bits for leaves, of which the last one is never below. They are halved four times without a branch: a wrong guess
// would cost more than reading all lines.
struct alignas(64) Keys128 {
    using Key = Wide;
    static constexpr Key kGreatest = ~Key{0};

    Keys128() { keys.fill(kGreatest); }
    void set(std::size_t i, Key key) { keys[i] = key; }
    std::size_t below(Key key) const {
        std::size_t at = 0;
#pragma GCC unroll 4
        for (const std::size_t half : kHalves) at += half & -static_cast<std::size_t>(keys[at + half - 1] < key);
        return at;
    }

private:
    static constexpr std::size_t kHalves[] = {8, 4, 2, 1};

    std::array<Key, 16> keys;
};

// Intervals by their last keys, ascending and without gaps; the last one ends with the greatest key. An inner node has seventeen
// children, and a key is the greatest one below its child. Levels lie one after the other, the root first.
template <typename Inner, typename LeafKeys>
class SearchTree {
public:
    using Key = typename LeafKeys::Key;
    static constexpr Key kGreatest = LeafKeys::kGreatest;

    struct Interval {
        Key last;
        std::uint32_t number;
    };

    explicit SearchTree(const std::vector<Interval>& intervals) : leaves_((intervals.size() + kKeys - 1) / kKeys) {
        for (std::size_t i = 0; i < intervals.size(); ++i) {
            leaves_[i / kKeys].keys.set(i % kKeys, intervals[i].last);
            leaves_[i / kKeys].numbers.at[i % kKeys] = intervals[i].number;
        }
        std::vector<std::size_t> counts{leaves_.size()};  // of nodes a level, from the leaves up
        while (counts.back() > 1) counts.push_back((counts.back() + kKeys) / (kKeys + 1));
        std::size_t total = 0;
        for (std::size_t height = counts.size(); --height > 0; total += counts[height]) levels_.push_back(total);
        inner_.resize(total);
        std::size_t reach = kKeys;  // intervals below one child
        for (std::size_t height = 1; height < counts.size(); ++height, reach *= kKeys + 1) {
            const std::size_t level = levels_[levels_.size() - height];
            for (std::size_t child = 0; child < counts[height - 1]; ++child)
                if (child % (kKeys + 1) < kKeys)
                    inner_.set(level + child / (kKeys + 1), child % (kKeys + 1), intervals[std::min((child + 1) * reach, intervals.size()) - 1].last);
        }
    }

    // The number of the interval that holds `key`; the reference lives as long as the tree.
    const std::uint32_t& find(Key key) const {
        std::size_t node = 0;
        for (const std::size_t level : levels_) node = node * (kKeys + 1) + inner_.below(level + node, key);
        const Leaf& leaf = leaves_[node];
        for (std::size_t line = 0; line < sizeof leaf; line += 64) __builtin_prefetch(reinterpret_cast<const char*>(&leaf) + line);
        return leaf.numbers.at[leaf.keys.below(key)];
    }

    std::size_t memory() const {
        return inner_.memory() + leaves_.capacity() * sizeof(Leaf) + levels_.capacity() * sizeof(std::size_t);
    }

private:
    static constexpr std::size_t kKeys = 16;

    struct Leaf {
        LeafKeys keys;
        Sixteen numbers;
    };

    Inner inner_;
    std::vector<Leaf> leaves_;
    std::vector<std::size_t> levels_;  // where each level of inner nodes begins
};

using SearchTree32 = SearchTree<Inner32, Keys32>;
// The same for 128 bits. Keys are seldom spread evenly: where nearly all begin alike (an operator's one /32, say), those have a
// tree of their own without the common bits, so that the first 32 bits tell them apart, and few strangers do not spoil that.
class SearchTree128 {
public:
    using Tree = SearchTree<Inner128, Keys128>;
    using Key = Tree::Key;
    using Interval = Tree::Interval;
    static constexpr Key kGreatest = Tree::kGreatest;

    explicit SearchTree128(const std::vector<Interval>& intervals) {
        if (intervals.size() < 3) {
            strangers_ = Tree(intervals);
            return;
        }
        const std::size_t odd = intervals.size() / 20;  // this many may be strangers on either side
        const Key some = intervals[odd].last;
        common_ = common_bits(some, intervals[intervals.size() - 2 - odd].last);
        const auto less = [this](const Interval& interval, Key key) { return (interval.last >> (127 - common_) >> 1) < (key >> (127 - common_) >> 1); };
        const auto more = [this](Key key, const Interval& interval) { return (key >> (127 - common_) >> 1) < (interval.last >> (127 - common_) >> 1); };
        const auto begin = std::lower_bound(intervals.begin(), intervals.end(), some, less);
        const auto end = std::upper_bound(begin, intervals.end() - 1, some, more);
        first_ = begin->last;
        last_ = std::prev(end)->last;
        std::vector<Interval> alike(begin, end), others(intervals.begin(), begin + 1);
        for (auto& interval : alike) interval.last <<= common_;
        alike.back().last = kGreatest;
        others.insert(others.end(), end, intervals.end());
        alike_ = Tree(alike);
        strangers_ = Tree(others);
    }

    const std::uint32_t& find(Key key) const { return key > first_ && key <= last_ ? alike_.find(key << common_) : strangers_.find(key); }

    std::size_t memory() const { return alike_.memory() + strangers_.memory(); }

private:
    // At most 127.
    static int common_bits(Key a, Key b) {
        const auto high = static_cast<std::uint64_t>((a ^ b) >> 64), low = static_cast<std::uint64_t>(a ^ b);
        return high != 0 ? std::countl_zero(high) : 64 + std::countl_zero(low | 1);
    }

    Tree alike_{std::vector<Interval>{{kGreatest, 0}}}, strangers_{std::vector<Interval>{{kGreatest, 0}}};
    Key first_ = 0, last_ = 0;  // keys beyond first_ up to last_ are in alike_
    int common_ = 0;
};

}  // namespace crmrelay::base
