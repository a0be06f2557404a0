// SPDX-License-Identifier: BSD-2-Clause
//
// Takes ours out of a value that may have changed since it was applied.
#include <algorithm>

#include "base/text.hh"
#include "ctl/postfix_plan.hh"
#include "ctl/postfix_value.hh"

namespace crmrelay::ctl {

namespace {

using Kind = Change::Kind;

// The value of an -o option in a master.cf line; nothing where it has none.
std::optional<std::string> option_of(std::string_view line, std::string_view name) {
    const auto words = words_of(line);
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        auto option = words[i + 1];
        if (words[i] != "-o") continue;
        if (option.starts_with('{') && option.ends_with('}')) option = option.substr(1, option.size() - 2);
        const auto equals = option.find('=');
        if (equals != std::string_view::npos && base::trim(option.substr(0, equals)) == name) return std::string(base::trim(option.substr(equals + 1)));
    }
    return std::nullopt;
}

std::string without_ours(const Change& change, const std::string& present) {
    switch (change.kind) {
        case Kind::items: {
            auto out = present;
            for (const auto& item : change.ours)
                if (!change.former || !has_item(*change.former, item)) out = without_item(out, item);
            return out;
        }
        case Kind::milter: return without_service(present, change.ours.at(0));
        case Kind::policy: return without_policy(present, change.ours.at(0));
        case Kind::service_policy: {
            auto out = present;
            for (const char* const name : {"smtpd_relay_restrictions", "smtpd_recipient_restrictions"})
                if (const auto option = option_of(out, name))
                    if (const auto bare = without_policy(*option, change.ours.at(0)); bare != *option) out = with_option(out, name, bare);
            return out;
        }
        case Kind::service:
        case Kind::service_milter: {
            const auto option = option_of(present, "smtpd_milters");
            auto out = option ? with_option(present, "smtpd_milters", without_service(*option, change.ours.at(0))) : present;
            // A line that is ours keeps its port, and so its way to speak TLS.
            const char* const wrapper = "smtpd_tls_wrappermode";
            if (change.former && !option_of(*change.former, wrapper) && option_of(change.value, wrapper)) out = without_option(out, wrapper);
            return out;
        }
        case Kind::value: break;   // it is somebody else's now
    }
    return present;
}

}  // namespace

std::optional<std::string> reverted(const Change& change, const std::string& present) {
    if (change.in_master() ? words_of(present) == words_of(change.value) : present == change.value) return change.former;
    return without_ours(change, present);
}

}  // namespace crmrelay::ctl
