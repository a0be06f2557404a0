// SPDX-License-Identifier: BSD-2-Clause
//
// Canonicalizes by RFC 6376 section 3.4 and hashes by section 3.7. Fields are named in h= from the last to the first, which is the order in which
// a verifier takes those that occur more than once.
#include "milter/dkim_signer.hh"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <ranges>
#include <stdexcept>

#include "base/crypto.hh"
#include "base/text.hh"
#include "milter/signed_names.hh"

namespace crmrelay::milter {

namespace {

constexpr std::size_t kLine = 72;   // columns of a line of our field
constexpr std::string_view kCrLf = "\r\n";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Section 3.4.2: unfolded, white space as one space, none around the colon and at the end.
std::string relaxed(std::string_view name, std::string_view value) {
    std::string out = base::lower(base::trim(name)) + ":";
    bool space = false, begun = false;
    for (const char c : value) {
        if (is_blank(c)) {
            space = true;
            continue;
        }
        if (space && begun) out += ' ';
        out += c;
        space = false;
        begun = true;
    }
    return out;
}

bool has_bare_cr(std::string_view text) {
    for (auto at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1))
        if (at + 1 == text.size() || text[at + 1] != '\n') return true;
    return false;
}

// Text in lines of kLine octets, broken where a verifier ignores it: behind any octet of base64.
std::string folded(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += kLine) out.append(at ? "\n\t " : "").append(text.substr(at, kLine));
    return out;
}

}  // namespace

struct DkimSigner::Hash {
    EVP_MD_CTX* context = EVP_MD_CTX_new();

    Hash() {
        if (!context || EVP_DigestInit_ex(context, EVP_sha256(), nullptr) != 1) throw std::runtime_error("OpenSSL cannot begin a SHA-256");
    }
    Hash(const Hash&) = delete;
    ~Hash() { EVP_MD_CTX_free(context); }

    void add(std::string_view octets) {
        if (EVP_DigestUpdate(context, octets.data(), octets.size()) != 1) throw std::runtime_error("OpenSSL cannot go on with a SHA-256");
    }
    base::Digest finish() {
        base::Digest out;
        if (EVP_DigestFinal_ex(context, out.data(), nullptr) != 1) throw std::runtime_error("OpenSSL cannot finish a SHA-256");
        return out;
    }
};

DkimSigner::DkimSigner() : body_(std::make_unique<Hash>()) {}
DkimSigner::DkimSigner(DkimSigner&&) noexcept = default;
DkimSigner::~DkimSigner() = default;

void DkimSigner::header(std::string_view field) {
    const auto colon = field.find(':');
    if (colon == std::string_view::npos || !problem_.empty()) return;
    if (has_bare_cr(field)) problem_ = "the header holds a CR without LF (RFC 5322 section 2.2), which cannot be signed";
    names_.push_back(base::lower(base::trim(field.substr(0, colon))));
    fields_.push_back(relaxed(field.substr(0, colon), field.substr(colon + 1)));
}

// Section 3.4.3: line ends at the end of the body count as one.
void DkimSigner::body(std::string_view octets) {
    if (!problem_.empty() || octets.empty()) return;
    const auto mended = lines_.mended(octets);
    if (lines_.had_bare_cr()) {
        problem_ = "the body holds a CR without LF (RFC 5322 section 2.3), which cannot be signed";
        return;
    }
    const auto last = mended.find_last_not_of(kCrLf);
    if (last == std::string_view::npos) {
        line_ends_ += mended.size();
        return;
    }
    for (; line_ends_ >= kCrLf.size(); line_ends_ -= kCrLf.size()) body_->add(kCrLf);
    if (line_ends_ == 1) body_->add(kCrLf.substr(0, 1));   // its LF comes first in `mended`
    body_->add(mended.substr(0, last + 1));
    line_ends_ = mended.size() - last - 1;
}

const std::string& DkimSigner::body_hash() {
    if (body_hash_.empty()) {
        body_->add(kCrLf);
        body_hash_ = base::base64(base::as_text(body_->finish()));
    }
    return body_hash_;
}

// The value of h=, in lines.
std::string DkimSigner::signed_names() const {
    std::string out;
    std::size_t line = 0;
    const auto add = [&](std::string_view name) {
        if (!out.empty()) {
            out += ':';
            ++line;
        }
        if (line + name.size() > kLine) {
            out += "\n\t ";
            line = 0;
        }
        out += name;
        line += name.size();
    };
    for (const auto& name : names_ | std::views::reverse) add(name);
    for (const auto name : oversigned_names()) add(name);
    return out;
}

base::Result<std::string> DkimSigner::signature(const DkimKey& key, std::int64_t signed_at) {
    if (problem_.empty() && lines_.ends_in_cr()) problem_ = "the body ends in a CR without LF (RFC 5322 section 2.3), which cannot be signed";
    if (!problem_.empty()) return base::Error{problem_};
    if (std::ranges::find(names_, "from") == names_.end()) return base::Error{"a message without a From field cannot be signed"};
    auto value = fmt::format("v=1; a={}; c=relaxed/simple; d={};\n\ts={}; t={};\n\th={};\n\tbh={};\n\tb=", name_of(key.algorithm), key.domain, key.selector, signed_at,
                             signed_names(), body_hash());
    Hash hash;
    for (const auto& field : fields_ | std::views::reverse) {
        hash.add(field);
        hash.add(kCrLf);
    }
    hash.add(relaxed("dkim-signature", value));
    const auto signature = key.secret->sign(hash.finish());
    if (!signature) return base::Error{signature.error()};
    return value + folded(base::base64(*signature));
}

}  // namespace crmrelay::milter
