// SPDX-License-Identifier: BSD-2-Clause
//
// Flattens nested prefixes into disjoint intervals, each with its set of values, and finds an address's interval in a static
// search tree whose nodes are cache lines. IPv4 has a tree of its own with 32-bit keys. Nothing changes after construction.
#include "base/prefix_table.hh"

#include <algorithm>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <utility>

#include "base/prefix_order.hh"
#include "base/search_tree.hh"

namespace crmrelay::base {

namespace {

// A slot says which values an interval has: kNone, one value itself below kShared, or kShared + where its set stands in the pool.
// A lone value is read right out of the slot: most tables need no pool at all.
using Slot = std::uint32_t;
constexpr Slot kShared = 0x80000000;
constexpr Slot kNone = std::numeric_limits<Slot>::max();

// 64 MiB of sets. Only prefixes that lie deep in each other and have nearly all a value of their own come near it.
constexpr std::size_t kPoolCap = std::size_t{16} << 20;

Wide last_of(const Prefix& prefix) { return wide(prefix.network) | (prefix.length == 0 ? ~Wide{0} : (Wide{1} << (128 - prefix.length)) - 1); }

// Sets of values, ascending, each stored once in the pool as its size and then its values.
class Sets {
public:
    Slot intern(std::span<const std::uint32_t> values) {
        if (values.empty()) return kNone;
        if (values.size() == 1 && values[0] < kShared) return values[0];
        if (2 * (used_ + 1) > places_.size()) grow();
        for (std::size_t at = hash(values) & (places_.size() - 1);; at = (at + 1) & (places_.size() - 1)) {
            if (places_[at] == kNone) {
                ++used_;
                return places_[at] = add(values);
            }
            if (std::ranges::equal(stored(places_[at]), values)) return places_[at];
        }
    }

    // The set of all that `outer` and `inner` hold.
    Slot unite(Slot outer, Slot inner) {
        if (outer == kNone) return inner;
        auto& known = recent_[(outer * 0x9e3779b1u ^ inner * 0x85ebca6bu) >> 16];
        if (known.outer != outer || known.inner != inner) {
            scratch_.clear();
            std::ranges::set_union(values(outer), values(inner), std::back_inserter(scratch_));
            known = {outer, inner, intern(scratch_)};
        }
        return known.both;
    }

    std::vector<std::uint32_t> take_pool() { return {pool_.begin(), pool_.end()}; }  // without spare capacity

private:
    struct Union {
        Slot outer = kNone, inner = kNone, both = kNone;
    };

    static std::uint64_t hash(std::span<const std::uint32_t> values) {
        std::uint64_t h = values.size();
        for (const auto value : values) h = (h ^ value) * 0x9e3779b97f4a7c15u, h ^= h >> 29;
        return h;
    }

    std::span<const std::uint32_t> stored(Slot slot) const {
        const std::uint32_t* const set = pool_.data() + (slot - kShared);
        return {set + 1, *set};
    }

    std::span<const std::uint32_t> values(const Slot& slot) const { return slot < kShared ? std::span(&slot, 1) : stored(slot); }

    Slot add(std::span<const std::uint32_t> values) {
        if (pool_.size() + values.size() + 1 > kPoolCap)
            throw std::length_error("the network prefixes lie too deep in each other with too many different values: merge or drop nested ones");
        const Slot slot = kShared + static_cast<Slot>(pool_.size());
        pool_.push_back(static_cast<std::uint32_t>(values.size()));
        pool_.insert(pool_.end(), values.begin(), values.end());
        return slot;
    }

    void grow() {
        std::vector<Slot> former(std::max<std::size_t>(1024, places_.size() * 2), kNone);
        former.swap(places_);
        for (const Slot slot : former) {
            if (slot == kNone) continue;
            std::size_t at = hash(stored(slot)) & (places_.size() - 1);
            while (places_[at] != kNone) at = (at + 1) & (places_.size() - 1);
            places_[at] = slot;
        }
    }

    std::vector<std::uint32_t> pool_, scratch_;
    std::vector<Slot> places_;  // open hash of the sets in the pool; its size is a power of two
    std::size_t used_ = 0;
    std::vector<Union> recent_ = std::vector<Union>(65536);
};

// From `first` on, up to the next cut's `first`, addresses have the values of `slot`.
struct Cut {
    Wide first;
    Slot slot;
};

// Walks the address space once: prefixes nest, so the ones that contain the present address form a stack (129 lengths at most).
std::vector<Cut> flatten(const std::vector<PrefixTable::Entry>& entries, Sets& sets) {
    struct Open {
        Wide last;
        Slot slot;
    };
    std::vector<Cut> cuts{{0, kNone}};
    std::vector<Open> open;
    const auto cut = [&](Wide first, Slot slot) {
        if (cuts.back().first == first)
            cuts.back().slot = slot;
        else
            cuts.push_back({first, slot});
    };
    const auto outer = [&] { return open.empty() ? kNone : open.back().slot; };
    const auto close = [&] {
        const Wide last = open.back().last;
        open.pop_back();
        if (last != ~Wide{0}) cut(last + 1, outer());
    };
    std::vector<std::uint32_t> values;
    for (std::size_t i = 0; i < entries.size();) {
        const Prefix& prefix = entries[i].prefix;
        values.clear();
        for (; i < entries.size() && entries[i].prefix == prefix; ++i) values.push_back(entries[i].value);
        const Wide first = wide(prefix.network);
        while (!open.empty() && open.back().last < first) close();
        open.push_back({last_of(prefix), sets.unite(outer(), sets.intern(values))});
        cut(first, open.back().slot);
    }
    while (!open.empty()) close();
    return cuts;
}

// The cuts from `first` to `last` as intervals; neighbours of the same values become one.
template <typename Tree>
void add_intervals(std::vector<typename Tree::Interval>& to, const std::vector<Cut>& cuts, Wide first, Wide last) {
    for (const Cut& cut : cuts) {
        if (cut.first < first || cut.first > last || cut.slot == to.back().number) continue;
        to.back().last = static_cast<typename Tree::Key>(cut.first - 1);
        to.push_back({Tree::kGreatest, cut.slot});
    }
}

SearchTree32 plant_v4(const std::vector<Cut>& cuts) {
    const auto later = std::upper_bound(cuts.begin(), cuts.end(), kFirstV4, [](Wide key, const Cut& cut) { return key < cut.first; });
    std::vector<SearchTree32::Interval> intervals{{SearchTree32::kGreatest, std::prev(later)->slot}};
    add_intervals<SearchTree32>(intervals, cuts, kFirstV4 + 1, kLastV4);
    return SearchTree32(intervals);
}

SearchTree128 plant_v6(const std::vector<Cut>& cuts) {
    std::vector<SearchTree128::Interval> intervals{{SearchTree128::kGreatest, cuts.front().slot}};
    add_intervals<SearchTree128>(intervals, cuts, 1, kFirstV4 - 1);
    add_intervals<SearchTree128>(intervals, cuts, kLastV4 + 1, ~Wide{0});
    return SearchTree128(intervals);
}

}  // namespace

struct PrefixTable::Index {
    SearchTree32 v4;
    SearchTree128 v6;
    std::vector<std::uint32_t> pool;
};

PrefixTable::PrefixTable() = default;
PrefixTable::PrefixTable(PrefixTable&&) noexcept = default;
PrefixTable& PrefixTable::operator=(PrefixTable&&) noexcept = default;
PrefixTable::~PrefixTable() = default;

PrefixTable::PrefixTable(std::vector<Entry> entries) {
    sort_and_unify(entries);
    Sets sets;
    const std::vector<Cut> cuts = flatten(entries, sets);
    index_ = std::make_unique<const Index>(Index{plant_v4(cuts), plant_v6(cuts), sets.take_pool()});
}

std::span<const std::uint32_t> PrefixTable::find(const IpAddress& address) const {
    if (!index_) return {};
    const Wide key = wide(address);
    const bool v4 = key >> 32 == kFirstV4 >> 32;
    const Slot& slot = v4 ? index_->v4.find(static_cast<std::uint32_t>(key)) : index_->v6.find(key);
    if (slot < kShared) return {&slot, 1};
    if (slot == kNone) return {};
    const std::uint32_t* const set = index_->pool.data() + (slot - kShared);
    return {set + 1, *set};
}

std::size_t PrefixTable::memory() const {
    if (!index_) return 0;
    return sizeof(Index) + index_->v4.memory() + index_->v6.memory() + index_->pool.capacity() * sizeof(std::uint32_t);
}

}  // namespace crmrelay::base
