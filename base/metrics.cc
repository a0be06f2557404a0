// SPDX-License-Identifier: BSD-2-Clause
//
// Counts, and writes the exposition format: https://prometheus.io/docs/instrumenting/exposition_formats/ describes it.
#include "base/metrics.hh"

#include <fmt/format.h>

#include <algorithm>

namespace crmrelay::base {

namespace {

constexpr std::size_t kShownWithZeros = 64;   // counters of one name
constexpr std::string_view kOther = "other";

std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    return fmt::format("{}", value);
}

void escaped(std::string& out, std::string_view text, bool quotes) {
    for (const char c : text) {
        if (c == '\n') out += "\\n";
        else if (c == '\\' || (quotes && c == '"')) (out += '\\') += c;
        else out += c;
    }
}

void line(std::string& out, std::string_view name, std::string_view suffix, const Labels& labels, std::string_view value) {
    out.append(name).append(suffix);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        out.append(i == 0 ? "{" : ",").append(labels[i].first).append("=\"");
        escaped(out, labels[i].second, true);
        out += '"';
    }
    if (!labels.empty()) out += '}';
    out.append(" ").append(value).append("\n");
}

void write_histogram(std::string& out, std::string_view name, const Histogram& histogram) {
    std::uint64_t count = 0;
    const auto& bounds = histogram.bounds();
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
        count += histogram.in_bucket(i);
        line(out, name, "_bucket", {{"le", i < bounds.size() ? number(bounds[i]) : "+Inf"}}, fmt::format("{}", count));
    }
    line(out, name, "_sum", {}, number(histogram.sum()));
    line(out, name, "_count", {}, fmt::format("{}", count));
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), buckets_(new std::atomic<std::uint64_t>[bounds_.size() + 1]()) {}

void Histogram::observe(double value) noexcept {
    const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    buckets_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<double> latency_bounds() { return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}; }

struct CounterTable::Row {
    Row(std::string_view called, std::size_t count) : name(called), cells(new std::atomic<std::uint64_t>[count]()) {}
    const std::string name;
    const std::unique_ptr<std::atomic<std::uint64_t>[]> cells;
};

CounterTable::CounterTable(std::string by, std::vector<FixedLabel> rest) : by_(std::move(by)), rest_(std::move(rest)) {
    for (const auto& label : rest_) cells_ *= label.values.size();
    kept_.push_back(std::make_unique<const Rows>(Rows{std::make_shared<Row>(kOther, cells_)}));
    rows_ = kept_.back().get();
}

CounterTable::~CounterTable() = default;

void CounterTable::serve(const std::vector<std::string>& names) {
    Rows rows = *rows_.load();
    const auto former = rows.size();
    for (const auto& name : names)
        if (rows.size() < most_names && std::ranges::none_of(rows, [&](const auto& row) { return row->name == name; })) rows.push_back(std::make_shared<Row>(name, cells_));
    if (rows.size() == former) return;
    std::ranges::sort(rows, {}, [](const auto& row) -> std::string_view { return row->name; });
    kept_.push_back(std::make_unique<const Rows>(std::move(rows)));
    rows_.store(kept_.back().get(), std::memory_order_release);
}

void CounterTable::add(std::string_view name, std::initializer_list<std::string_view> values) noexcept {
    const auto& rows = *rows_.load(std::memory_order_acquire);
    const auto by_name = [](const auto& row) -> std::string_view { return row->name; };
    auto row = std::ranges::lower_bound(rows, name, {}, by_name);
    if (row == rows.end() || (*row)->name != name) row = std::ranges::lower_bound(rows, kOther, {}, by_name);
    std::size_t cell = 0;
    auto value = values.begin();
    for (const auto& label : rest_) {
        const auto found = value == values.end() ? label.values.end() : std::ranges::find(label.values, *value++);
        const auto index = found == label.values.end() ? label.values.size() - 1 : static_cast<std::size_t>(found - label.values.begin());
        cell = cell * label.values.size() + index;
    }
    (*row)->cells[cell].fetch_add(1, std::memory_order_relaxed);
}

void CounterTable::each(const Visit& visit) const {
    for (const auto& row : *rows_.load(std::memory_order_acquire))
        for (std::size_t cell = 0; cell < cells_; ++cell) {
            const auto value = row->cells[cell].load(std::memory_order_relaxed);
            if (value == 0 && (cells_ > kShownWithZeros || row->name == kOther)) continue;
            Labels labels(rest_.size() + 1);
            labels.front() = {by_, row->name};
            auto rest = cell;
            for (std::size_t i = rest_.size(); i > 0; --i) {
                const auto& [name, values] = rest_[i - 1];
                labels[i] = {name, values[rest % values.size()]};
                rest /= values.size();
            }
            visit(labels, value);
        }
}

Metrics::Family& Metrics::family(std::string name, std::string help, const char* type) {
    const auto found = std::ranges::find(families_, name, &Family::name);
    if (found != families_.end()) return *found;
    const auto write = [](std::string& out, const Family& own) {
        for (const auto& [labels, value] : own.values) line(out, own.name, "", labels, number(value()));
    };
    return families_.emplace_back(Family{std::move(name), std::move(help), type, write, {}});
}

Counter& Metrics::counter(std::string name, std::string help, Labels labels) {
    auto& out = counters_.emplace_back();
    family(std::move(name), std::move(help), "counter").values.emplace_back(std::move(labels), [&out] { return static_cast<double>(out.value()); });
    return out;
}

Gauge& Metrics::gauge(std::string name, std::string help, Labels labels) {
    auto& out = gauges_.emplace_back();
    family(std::move(name), std::move(help), "gauge").values.emplace_back(std::move(labels), [&out] { return static_cast<double>(out.value()); });
    return out;
}

Histogram& Metrics::histogram(std::string name, std::string help, std::vector<double> bounds) {
    auto& out = histograms_.emplace_back(std::move(bounds));
    family(std::move(name), std::move(help), "histogram").write = [&out](std::string& text, const Family& own) { write_histogram(text, own.name, out); };
    return out;
}

CounterTable& Metrics::table(std::string name, std::string help, std::string by, std::vector<FixedLabel> rest) {
    auto& out = tables_.emplace_back(std::move(by), std::move(rest));
    family(std::move(name), std::move(help), "counter").write = [&out](std::string& text, const Family& own) {
        out.each([&](const Labels& labels, std::uint64_t value) { line(text, own.name, "", labels, fmt::format("{}", value)); });
    };
    return out;
}

void Metrics::reading(std::string name, std::string help, std::function<std::vector<Sample>()> read) {
    family(std::move(name), std::move(help), "gauge").write = [read = std::move(read)](std::string& text, const Family& own) {
        for (const auto& sample : read()) line(text, own.name, "", sample.labels, number(sample.value));
    };
}

std::string Metrics::text() const {
    std::string out;
    for (const auto& each : families_) {
        out.append("# HELP ").append(each.name).append(" ");
        escaped(out, each.help, false);
        out.append("\n# TYPE ").append(each.name).append(" ").append(each.type).append("\n");
        const auto before = out.size();
        try {
            each.write(out, each);
        } catch (const std::exception&) {   // a store that is away: what can be told is told
            out.resize(before);
        }
    }
    return out;
}

}  // namespace crmrelay::base
