// SPDX-License-Identifier: BSD-2-Clause
//
// Fills the fields in.
#include "ctl/words.hh"

#include <fmt/args.h>
#include <fmt/format.h>

namespace crmrelay::ctl {

std::string Words::filled(const std::string& text, const std::vector<Field>& fields) {
    fmt::dynamic_format_arg_store<fmt::format_context> store;
    for (const auto& field : fields) store.push_back(fmt::arg(field.name, field.value));
    return fmt::vformat(text, store);
}

}  // namespace crmrelay::ctl
