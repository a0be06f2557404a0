// SPDX-License-Identifier: BSD-2-Clause
//
// Reads h= leniently: a signature that does not stand may as well be respected.
#include "milter/signed_names.hh"

#include <algorithm>

#include "base/text.hh"

namespace crmrelay::milter {

namespace {

constexpr std::string_view kOversigned[] = {"from", "to", "cc", "subject", "reply-to", "in-reply-to", "references", "mime-version", "content-type", "content-transfer-encoding"};

constexpr std::string_view kSigned[] = {"date", "message-id", "sender", "list-id", "list-help", "list-unsubscribe", "list-unsubscribe-post", "list-subscribe",
                                        "list-post", "list-owner", "list-archive", "content-id", "content-description", "content-disposition"};

bool is_signature(std::string_view name) { return name == "dkim-signature" || name == "arc-message-signature"; }

}  // namespace

std::span<const std::string_view> oversigned_names() { return kOversigned; }

bool is_signed_name(std::string_view name) { return std::ranges::find(kOversigned, name) != std::end(kOversigned) || std::ranges::find(kSigned, name) != std::end(kSigned); }

Names covered_names(std::string_view signature) {
    Names out;
    for (const auto tag : base::split(signature, ';')) {
        const auto equals = tag.find('=');
        if (equals == std::string_view::npos || !base::iequals(base::trim(tag.substr(0, equals)), "h")) continue;
        for (const auto name : base::split(tag.substr(equals + 1), ':')) out.insert(base::lower(base::trim(name)));
    }
    return out;
}

void LeavingFields::add(std::string_view name, std::string_view value, const Names& wanted) {
    if (wanted.empty()) return;
    const auto folded = base::lower(base::trim(name));
    if (wanted.contains(folded)) ++seen_[folded];
    if (!is_signature(folded)) return;
    for (const auto& covered : covered_names(value))
        if (wanted.contains(covered)) covered_.insert(covered);
}

int LeavingFields::count(std::string_view name) const {
    const auto folded = base::lower(name);
    const auto found = seen_.find(folded);
    return found == seen_.end() || covered_.contains(folded) ? 0 : found->second;
}

}  // namespace crmrelay::milter
