// SPDX-License-Identifier: BSD-2-Clause
//
// A parsed TOML file as its readers see it: values that know where they stand, tables that notice which keys nobody asked for, and
// problems that collect. It knows TOML's types and no key of crmrelay's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/loader.hh"

namespace crmrelay::conf {

struct Place {
    std::string file;
    int line = 0;
    int column = 0;

    std::string text() const;   // "FILE:LINE:COLUMN"
};

// Collects what is wrong with one file. It must outlive all that reads the file.
struct Source {
    std::string file;
    Problems& problems;
};

void add_problem(Problems& problems, const Place& place, std::string text);

// One value of a file. It must not outlive its Document.
class Value {
public:
    Value(const void* node, Source& source) : node_(node), source_(&source) {}

    Place place() const;
    std::string_view kind() const;   // "a string", "a list"
    bool is_table() const;
    bool is_list() const;
    std::optional<std::string_view> text() const;
    std::optional<std::int64_t> number() const;
    std::optional<bool> truth() const;

    void problem(std::string text) const;                          // at the value's place
    void wrong_type(std::string_view name, std::string_view wanted) const;

    // A string without control characters; else a problem, and nothing.
    std::optional<std::string_view> want_text(std::string_view name, std::string_view wanted) const;
    // A whole number in the range; else a problem, and nothing.
    std::optional<std::int64_t> want_number(std::string_view name, std::int64_t least, std::int64_t most) const;
    // Visits the elements of a list; false and a problem where the value is none.
    bool want_list(std::string_view name, std::string_view wanted, const std::function<void(const Value&)>& visit) const;

private:
    friend class Table;
    const void* node_;   // a toml::node
    Source* source_;
};

// One table. Each take() makes its key a known one; finish() reports the others.
class Table {
public:
    // `title` is what messages call it: "[service]". `value` must be a table.
    Table(const Value& value, std::string title);

    std::optional<Value> take(std::string_view key);

    // Keys that nobody took: those in `unavailable` belong to another version, others get the nearest known key as a suggestion.
    void finish(const std::vector<std::string_view>& unavailable = {}) const;

    // Visits all keys in the order of their names, with the place of the key.
    void each(const std::function<void(std::string_view key, const Place& place, const Value& value)>& visit) const;

private:
    Value value_;
    std::string title_;
    std::vector<std::string_view> known_;
};

// A file's text, parsed. A syntax error becomes a problem, and there is no root.
class Document {
public:
    Document(std::string_view text, Source& source);
    ~Document();

    const std::optional<Value>& root() const { return root_; }

private:
    struct Tree;
    std::unique_ptr<Tree> tree_;
    std::optional<Value> root_;
};

// Of `known`, the one that a typing error could have turned into `word`; empty where none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace crmrelay::conf
