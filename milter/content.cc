// SPDX-License-Identifier: BSD-2-Clause
//
// Feeds verifier and signer. An 8-bit body that we sign breaks where a next hop lacks 8BITMIME, as Postfix then encodes it anew (RFC 6376
// section 5.3): nothing here can prevent that, and a CRM that announces 8BITMIME is told so in the manual.
#include "milter/content.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.hh"
#include "base/text.hh"
#include "policy/from.hh"

namespace crmrelay::milter {

namespace {

// An MTA gives folded values with bare LF.
void append_with_crlf(std::string& out, std::string_view value) {
    for (char last = '\0'; const char c : value) {
        if (c == '\n' && last != '\r') out += '\r';
        out += c;
        last = c;
    }
}

}  // namespace

const conf::Domain* entry_of(const conf::Config& config, const std::vector<std::string>& from) {
    if (from.size() != 1) return nullptr;
    const auto mailboxes = policy::parse_from(from.front());
    if (!mailboxes) return nullptr;
    const conf::Domain* out = nullptr;
    for (const auto& mailbox : *mailboxes) {
        const auto* entry = config.domain_of(mailbox.domain);
        if (!entry || (out && out != entry)) return nullptr;
        out = entry;
    }
    return out;
}

Content::Content(std::shared_ptr<const DkimSettings> settings, bool verbatim) : settings_(std::move(settings)), verbatim_(verbatim) {}

Content::~Content() = default;

void Content::header(std::string_view name, std::string_view value) {
    if (!problem_.empty()) return;
    octets_ += name.size() + value.size() + 2;
    if (octets_ > kHeaderCap || fields_.size() >= kHeaderFields) {
        problem_ = fmt::format("the header has more than {} fields or {} octets", kHeaderFields, kHeaderCap);
        fields_.clear();
        return;
    }
    std::string field(name);
    field += verbatim_ ? ":" : ": ";
    append_with_crlf(field, value);
    fields_.emplace_back(base::lower(base::trim(name)), std::move(field));
}

void Content::end_of_header(const std::vector<std::string>& from, const LeavingFields& leaving) {
    if (!problem_.empty()) return;
    const auto is_signature = [](const auto& field) { return field.first == "dkim-signature"; };
    if (settings_->verifies && std::ranges::any_of(fields_, is_signature)) {
        verifier_.emplace(settings_->library, settings_->keys, [this](std::string_view domain) { return settings_->may_align(domain); });
        for (const auto& field : fields_) verifier_->header(field.second);
        verifier_->end_of_header();
    }
    if (const auto* entry = entry_of(settings_->config, from)) prepare(*entry, leaving);
    fields_.clear();
}

void Content::prepare(const conf::Domain& entry, const LeavingFields& leaving) {
    const auto keys = settings_->signing.find(entry.name);
    if (keys == settings_->signing.end()) return;
    entry_ = entry.name;
    for (const auto& name : entry.remove_headers)
        if (leaving.count(name) > 0) left_out_.insert(base::lower(name));
    const auto is_left_out = [&](const auto& field) { return !is_signed_name(field.first) || left_out_.contains(field.first); };
    std::erase_if(fields_, is_left_out);
    std::size_t names = 0;
    for (const auto& field : fields_) names += field.first.size() + 1;
    if (names > kSignedNamesCap) {
        problem_ = fmt::format("the names of the fields to sign exceed {} octets", kSignedNamesCap);
        return;
    }
    keys_ = &keys->second;
    signer_.emplace();
    for (const auto& field : fields_) signer_->header(field.second);
}

void Content::body(std::string_view octets) {
    if (verifier_) verifier_->body(octets);
    if (signer_) signer_->body(octets);
}

DkimVerifier::Verified Content::verify() {
    if (!problem_.empty() && !verifier_ && settings_->verifies) return {{}, problem_};
    return verifier_ ? verifier_->finish() : DkimVerifier::Verified{};
}

base::Result<std::vector<Signature>> Content::sign(std::string_view entry) {
    if (!problem_.empty()) return base::Error{problem_};
    if (!signer_ || entry_ != entry) return base::Error{"the milter has no DKIM keys of this entry: was its configuration reloaded, too?"};
    std::vector<Signature> out;
    for (const auto& key : *keys_) {
        auto value = signer_->signature(key, base::now());
        if (!value) return base::Error{value.error()};
        out.push_back({key.domain, key.selector, std::move(*value)});
    }
    return out;
}

bool Content::covers(std::string_view name) const { return signer_ && is_signed_name(name) && !left_out_.contains(name); }

}  // namespace crmrelay::milter
