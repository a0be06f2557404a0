// SPDX-License-Identifier: BSD-2-Clause
//
// Wraps toml++, the only file that knows it. Columns count characters, as toml++ does.
#include "conf/table.hh"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/text.hh"

namespace crmrelay::conf {

namespace {

const toml::node& node_at(const void* node) { return *static_cast<const toml::node*>(node); }

Place place_of(const std::string& file, const toml::source_region& region) {
    return {file, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
}

// A line by its number, and where it begins.
std::pair<std::string_view, std::size_t> line_of(std::string_view text, std::uint32_t number) {
    std::size_t begin = 0;
    for (std::uint32_t line = 1; line < number; ++line) {
        begin = text.find('\n', begin);
        if (begin == std::string_view::npos) return {{}, text.size()};
        ++begin;
    }
    const auto rest = text.substr(begin);
    return {base::trim(rest.substr(0, rest.find('\n'))), begin};
}

// toml++ garbles the name of a table whose header stands twice: the header is read again, and what stands before it. Empty where the error is another one.
std::string of_second_table(std::string_view text, const toml::parse_error& error, const std::string& file) try {
    if (error.description().find("redefine existing table") == std::string_view::npos) return {};
    const auto [line, begin] = line_of(text, error.source().begin.line);
    if (!line.starts_with('[')) return {};
    const toml::table header = toml::parse(line), before = toml::parse(text.substr(0, begin));
    const toml::table *named = &header, *first = &before;
    std::vector<std::string> path;
    while (!named->empty()) {
        path.emplace_back(named->begin()->first.str());
        named = named->begin()->second.as_table();
        const auto* const node = first->get(path.back());
        first = node ? node->as_table() : nullptr;
        if (!named || !first) return {};
    }
    const auto place = place_of(file, first->source()).text();
    if (path.size() == 2 && path.front() == "domain")
        return fmt::format("duplicate domain \"{}\": it stands at {} already; take one of the two out", base::neuter(path.back(), 300), place);
    std::string name;
    for (const auto& part : path) name += (name.empty() ? "" : ".") + part;
    return fmt::format("[{}] stands at {} already; put its keys together", base::neuter(name, 300), place);
} catch (const toml::parse_error&) {
    return {};
}

// Edits (insert, drop, change, swap of neighbours) from one word to the other.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

}  // namespace

std::string Place::text() const { return line == 0 ? file : fmt::format("{}:{}:{}", file, line, column); }

void add_problem(Problems& problems, const Place& place, std::string text) {
    problems.push_back({place.file, place.line, place.column, std::move(text)});
}

Place Value::place() const { return place_of(source_->file, node_at(node_).source()); }

std::string_view Value::kind() const {
    switch (node_at(node_).type()) {
        case toml::node_type::table: return "a table";
        case toml::node_type::array: return "a list";
        case toml::node_type::string: return "a string";
        case toml::node_type::integer: return "a whole number";
        case toml::node_type::floating_point: return "a number with a fraction";
        case toml::node_type::boolean: return "true or false";
        default: return "a date or time";
    }
}

bool Value::is_table() const { return node_at(node_).is_table(); }
bool Value::is_list() const { return node_at(node_).is_array(); }

std::optional<std::string_view> Value::text() const {
    if (const auto* string = node_at(node_).as_string()) return string->get();
    return std::nullopt;
}

std::optional<bool> Value::truth() const {
    if (const auto* boolean = node_at(node_).as_boolean()) return boolean->get();
    return std::nullopt;
}

std::optional<std::int64_t> Value::number() const {
    if (const auto* integer = node_at(node_).as_integer()) return integer->get();
    return std::nullopt;
}

void Value::problem(std::string text) const { add_problem(source_->problems, place(), std::move(text)); }

void Value::wrong_type(std::string_view name, std::string_view wanted) const { problem(fmt::format("{} is {}; write {}", name, kind(), wanted)); }

std::optional<std::string_view> Value::want_text(std::string_view name, std::string_view wanted) const {
    const auto string = text();
    if (!string) {
        wrong_type(name, wanted);
        return std::nullopt;
    }
    if (std::ranges::any_of(*string, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; })) {
        problem(fmt::format("{} holds a control character; write {}", name, wanted));
        return std::nullopt;
    }
    return string;
}

std::optional<std::int64_t> Value::want_number(std::string_view name, std::int64_t least, std::int64_t most) const {
    const auto value = number();
    if (!value) wrong_type(name, fmt::format("a whole number from {} to {}, without quotes", least, most));
    else if (*value < least || *value > most) problem(fmt::format("{} is {}; write a whole number from {} to {}", name, *value, least, most));
    else return value;
    return std::nullopt;
}

bool Value::want_list(std::string_view name, std::string_view wanted, const std::function<void(const Value&)>& visit) const {
    const auto* array = node_at(node_).as_array();
    if (!array) wrong_type(name, wanted);
    else for (const toml::node& element : *array) visit(Value(&element, *source_));
    return array != nullptr;
}

Table::Table(const Value& value, std::string title) : value_(value), title_(std::move(title)) {}

std::optional<Value> Table::take(std::string_view key) {
    if (std::ranges::find(known_, key) == known_.end()) known_.push_back(key);
    if (const auto* node = node_at(value_.node_).as_table()->get(key)) return Value(node, *value_.source_);
    return std::nullopt;
}

void Table::each(const std::function<void(std::string_view, const Place&, const Value&)>& visit) const {
    for (const auto& [key, node] : *node_at(value_.node_).as_table())
        visit(key.str(), place_of(value_.source_->file, key.source()), Value(&node, *value_.source_));
}

void Table::finish(const std::vector<std::string_view>& unavailable) const {
    each([&](std::string_view key, const Place& place, const Value&) {
        if (std::ranges::find(known_, key) != known_.end()) return;
        const auto shown = base::neuter(key, 64);
        auto& problems = value_.source_->problems;
        if (std::ranges::find(unavailable, key) != unavailable.end())
            return add_problem(problems, place, fmt::format("key \"{}\" of {} is not available in this version; take it out", shown, title_));
        if (const auto near = nearest(key, known_); !near.empty())
            return add_problem(problems, place, fmt::format("unknown key \"{}\" in {}; did you mean \"{}\"?", shown, title_, near));
        add_problem(problems, place, fmt::format("unknown key \"{}\" in {}; known here: {}", shown, title_, fmt::join(known_, ", ")));
    });
}

struct Document::Tree {
    toml::table table;
};

Document::Document(std::string_view text, Source& source) {
    try {
        tree_ = std::make_unique<Tree>(Tree{toml::parse(text)});
    } catch (const toml::parse_error& error) {
        const auto twice = of_second_table(text, error, source.file);
        add_problem(source.problems, place_of(source.file, error.source()),
                    fmt::format("{}; nothing after this place is read", twice.empty() ? base::neuter(error.description(), 300) : twice));
        return;
    }
    root_.emplace(static_cast<const toml::node*>(&tree_->table), source);
}

Document::~Document() = default;

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
    std::string_view best;
    // A third of the letters may differ. Long words are cut off before the comparison, which costs their product.
    std::size_t least = std::min<std::size_t>(word.size() / 3, 3) + 1;
    if (word.size() > 64) return best;
    const std::string low = base::lower(word);
    for (const auto candidate : known) {
        if (const auto edits = distance(low, candidate); edits < least) {
            least = edits;
            best = candidate;
        }
    }
    return best;
}

}  // namespace crmrelay::conf
