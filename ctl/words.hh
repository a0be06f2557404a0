// SPDX-License-Identifier: BSD-2-Clause
//
// What a check says, in the administrator's language: a text by its English words, its {named} fields filled in. It knows no check.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "base/translation.hh"

namespace crmrelay::ctl {

// "name"_a = value: a field of a text.
struct Field {
    const char* name;
    std::string value;
};
struct FieldName {
    const char* name;
    Field operator=(std::string_view value) const { return {name, std::string(value)}; }   // NOLINT: it assigns nothing
    Field operator=(std::integral auto value) const { return {name, std::to_string(value)}; }
};
inline FieldName operator""_a(const char* name, std::size_t) { return {name}; }

// Called `tr`, by which xgettext finds the texts.
class Words {
public:
    explicit Words(const std::string& language) : translation_(language) {}

    template <typename... Fields>
    std::string operator()(const char* text, Fields... fields) const {
        return filled(translation_(text), {std::move(fields)...});
    }
    // `count` is a field of both, too.
    template <typename... Fields>
    std::string plural(const char* one, const char* many, long count, Fields... fields) const {
        return filled(translation_.plural(one, many, count), {"count"_a = count, std::move(fields)...});
    }

private:
    static std::string filled(const std::string& text, const std::vector<Field>& fields);

    base::Translation translation_;
};

}  // namespace crmrelay::ctl
