// SPDX-License-Identifier: BSD-2-Clause
//
// Numbers about a running program, and their text in Prometheus' exposition format (version 0.0.4). Everything is registered before traffic comes; counting
// is an atomic addition: no lock, no allocation. Labels have bounded values: names of the configuration, and fixed lists.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crmrelay::base {

class Counter {
public:
    void add(std::uint64_t more = 1) noexcept { value_.fetch_add(more, std::memory_order_relaxed); }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

class Gauge {
public:
    void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
    void add(std::int64_t more) noexcept { value_.fetch_add(more, std::memory_order_relaxed); }
    std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_{0};
};

class Histogram {
public:
    explicit Histogram(std::vector<double> bounds);   // upper ones, rising; above the last is +Inf
    void observe(double value) noexcept;

    const std::vector<double>& bounds() const { return bounds_; }
    std::uint64_t in_bucket(std::size_t index) const noexcept { return buckets_[index].load(std::memory_order_relaxed); }   // not cumulated
    double sum() const noexcept { return sum_.load(std::memory_order_relaxed); }

private:
    const std::vector<double> bounds_;
    const std::unique_ptr<std::atomic<std::uint64_t>[]> buckets_;   // one more than bounds
    std::atomic<double> sum_{0};
};

// For what takes 0.1 ms to 30 s.
std::vector<double> latency_bounds();

// Seconds since it was made; what is measured may end on another thread.
class Stopwatch {
public:
    double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count(); }

private:
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

// A label with its possible values; the last one also stands for whatever is none of them.
struct FixedLabel {
    std::string name;
    std::vector<std::string> values;
};

// Counters by a name of the configuration (a domain) and by fixed labels. What is counted for a name that was never served goes to the name "other".
class CounterTable {
public:
    static constexpr std::size_t most_names = 4096;

    CounterTable(std::string by, std::vector<FixedLabel> rest);
    ~CounterTable();

    // From now on these names have counters; former ones keep theirs. One thread at a time.
    void serve(const std::vector<std::string>& names);
    void add(std::string_view name, std::initializer_list<std::string_view> values = {}) noexcept;   // a value for each fixed label, in their order

    using Visit = std::function<void(const std::vector<std::pair<std::string, std::string>>& labels, std::uint64_t value)>;
    void each(const Visit& visit) const;   // zeros too, but where a name has more than some dozens of counters

private:
    struct Row;
    using Rows = std::vector<std::shared_ptr<Row>>;   // by name

    const std::string by_;
    const std::vector<FixedLabel> rest_;
    std::size_t cells_ = 1;                           // of a name
    std::atomic<const Rows*> rows_;
    std::vector<std::unique_ptr<const Rows>> kept_;   // who counts may still read a former one
};

using Labels = std::vector<std::pair<std::string, std::string>>;
struct Sample {
    Labels labels;
    double value = 0;
};

// All of a program's. References stay good as long as it lives. Registering is main's, before any thread counts.
class Metrics {
public:
    Counter& counter(std::string name, std::string help, Labels labels = {});   // one more call for each value of a label
    Gauge& gauge(std::string name, std::string help, Labels labels = {});
    Histogram& histogram(std::string name, std::string help, std::vector<double> bounds);
    CounterTable& table(std::string name, std::string help, std::string by, std::vector<FixedLabel> rest = {});
    void reading(std::string name, std::string help, std::function<std::vector<Sample>()> read);   // a gauge, read when somebody asks; what throws is left out

    std::string text() const;

private:
    struct Family {
        std::string name, help, type;
        std::function<void(std::string& out, const Family& family)> write;
        std::vector<std::pair<Labels, std::function<double()>>> values;   // of plain counters and gauges
    };
    Family& family(std::string name, std::string help, const char* type);

    std::deque<Family> families_;
    std::deque<Counter> counters_;
    std::deque<Gauge> gauges_;
    std::deque<Histogram> histograms_;
    std::deque<CounterTable> tables_;
};

// What every program tells of itself: build info, when it started, memory, descriptors.
void describe_process(Metrics& metrics, std::string_view program, std::string_view version);

}  // namespace crmrelay::base
