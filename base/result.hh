// SPDX-License-Identifier: BSD-2-Clause
//
// Result<T>: a value, or an Error that says in words what was wrong with the input. Parsers return it; broken
// infrastructure (no memory, no socket, a dead store) throws instead.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace crmrelay::base {

struct Error {
    std::string text;  // one line, without a final period; names what it is about
};

template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    // Value access is undefined unless ok().
    T& operator*() { return *std::get_if<0>(&state_); }
    const T& operator*() const { return *std::get_if<0>(&state_); }
    T* operator->() { return std::get_if<0>(&state_); }
    const T* operator->() const { return std::get_if<0>(&state_); }

    // Undefined when ok().
    const std::string& error() const { return std::get_if<1>(&state_)->text; }

private:
    std::variant<T, Error> state_;
};

}  // namespace crmrelay::base
