// SPDX-License-Identifier: BSD-2-Clause
//
// Looks addresses up by their comparable form, so that 10,000 reported recipients against 1,000 recorded ones stay cheap.
#include "bounce/correlate.hh"

#include <optional>
#include <unordered_map>

namespace crmrelay::bounce {

namespace {

// The mailbox in an ORCPT: the type stays as it is, the address is xtext (RFC 3461 section 4.2).
std::string mailbox_of_orcpt(std::string_view orcpt) {
    const auto semicolon = orcpt.find(';');
    const auto type = orcpt.substr(0, semicolon == std::string_view::npos ? 0 : semicolon + 1);
    const auto address = orcpt.substr(type.size());
    return parse_typed_address(std::string(type) + decode_xtext(address).value_or(std::string(address))).address;
}

class Index {
public:
    explicit Index(const Sent& sent) {
        for (std::size_t i = 0; i < sent.size(); ++i) add(sent[i].mailbox, i);
        for (std::size_t i = 0; i < sent.size(); ++i)
            if (!sent[i].orcpt.empty()) add(mailbox_of_orcpt(sent[i].orcpt), i);
    }

    std::optional<std::size_t> find(std::string_view reported) const {
        if (reported.empty()) return std::nullopt;
        if (const auto found = by_mailbox_.find(comparable(reported)); found != by_mailbox_.end()) return found->second;
        const auto decoded = decode_xtext(reported);   // some reports give the ORCPT undecoded
        if (!decoded || *decoded == reported) return std::nullopt;
        const auto found = by_mailbox_.find(comparable(*decoded));
        return found == by_mailbox_.end() ? std::nullopt : std::optional(found->second);
    }

private:
    void add(std::string_view mailbox, std::size_t index) {
        if (!mailbox.empty()) by_mailbox_.emplace(comparable(mailbox), index);
    }

    std::unordered_map<std::string, std::size_t> by_mailbox_;
};

}  // namespace

std::string_view name_of(Via via) {
    switch (via) {
        case Via::return_path: return "return-path";
        case Via::envelope_id: return "envelope-id";
        case Via::message_id: break;
    }
    return "message-id";
}

std::vector<Match> correlate(const Report& report, const std::vector<Sent>& candidates) {
    const std::vector<Index> indexes(candidates.begin(), candidates.end());
    std::vector<Match> matches;
    for (std::size_t r = 0; r < report.recipients.size(); ++r)
        for (std::size_t c = 0; c < indexes.size(); ++c) {
            auto found = indexes[c].find(report.recipients[r].original_recipient);
            if (!found) found = indexes[c].find(report.recipients[r].final_recipient);
            if (!found) continue;
            matches.push_back({r, c, *found});
            break;
        }
    return matches;
}

}  // namespace crmrelay::bounce
