// SPDX-License-Identifier: BSD-2-Clause
//
// Tries an identifier's meanings, the surest first.
#include "ctl/trace_id.hh"

#include <algorithm>

#include "base/text.hh"
#include "policy/token.hh"

namespace crmrelay::ctl {

namespace {

constexpr int kMostMessages = 50;   // of one Message-ID or queue id

std::string_view bare(std::string_view id) {
    id = base::trim(id);
    if (id.starts_with('<') && id.ends_with('>') && id.size() >= 2) id = id.substr(1, id.size() - 2);
    return id;
}

bool is_token_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); }

}  // namespace

std::optional<std::string> token_in(std::string_view id) {
    id = bare(id);
    const auto local = id.substr(0, id.rfind('@'));
    if (local.size() < policy::kTokenLength) return std::nullopt;
    auto token = base::lower(local.substr(local.size() - policy::kTokenLength));
    if (!std::ranges::all_of(token, is_token_letter)) return std::nullopt;
    return token;
}

std::optional<std::string> message_id_in(std::string_view id) {
    id = bare(id);
    if (id.find('@') == std::string_view::npos) return std::nullopt;
    return "<" + std::string(id) + ">";
}

std::vector<store::Message> find_messages(store::Store& store, std::string_view id) {
    if (const auto token = token_in(id))
        if (auto message = store.find_message(*token)) return {std::move(*message)};
    if (const auto message_id = message_id_in(id))
        if (auto found = store.find_by_message_id(*message_id, kMostMessages); !found.empty()) return found;
    const std::string queue_id(bare(id));
    if (auto found = store.find_by_queue_id(queue_id, kMostMessages); !found.empty()) return found;
    if (const auto report = store.find_outgoing_by_queue_id(queue_id); report && !report->token.empty())
        if (auto message = store.find_message(report->token)) return {std::move(*message)};
    return {};
}

}  // namespace crmrelay::ctl
