// SPDX-License-Identifier: BSD-2-Clause
//
// Checks each entry by itself; nothing is looked up in DNS.
#include "conf/evidence_reader.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"
#include "conf/names.hh"

namespace crmrelay::conf {

namespace {

using base::Error;
using base::neuter;

constexpr std::string_view kSpf = "spf:";
constexpr std::string_view kFingerprint = "sha256:";
constexpr std::string_view kSubject = "subject:";
constexpr std::size_t kDigestOctets = 32;
constexpr std::size_t kTenantCap = 998;        // a line of RFC 5322
constexpr std::string_view kCertificateForms = R"(write "sha256:AB:CD:…" (32 octets in hexadecimal) or "subject:NAME")";

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); }

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

// "ab:cd:…" or "abcd…", as Postfix writes it: upper case, a colon between octets.
base::Result<std::string> parse_digest(std::string_view text) {
    std::string digits = upper(text);
    std::erase(digits, ':');
    std::string out;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        if (i) out += ':';
        out += digits.substr(i, 2);
    }
    const bool colons = text.find(':') == std::string_view::npos || out == upper(text);
    if (colons && digits.size() == 2 * kDigestOctets && std::ranges::all_of(digits, is_hex)) return out;
    return Error{fmt::format("\"{}\" is no SHA-256 digest; {}", neuter(text, 128), kCertificateForms)};
}

}  // namespace

base::Result<Certificate> parse_certificate(std::string_view text) {
    if (base::istarts_with(text, kFingerprint)) {
        auto digest = parse_digest(text.substr(kFingerprint.size()));
        if (!digest) return Error{digest.error()};
        return Certificate{Certificate::By::fingerprint, std::move(*digest)};
    }
    if (base::istarts_with(text, kSubject)) {
        const auto name = base::trim(text.substr(kSubject.size()));
        if (!name.empty() && name.size() <= kDomainCap) return Certificate{Certificate::By::subject, std::string(name)};
    }
    return Error{fmt::format("\"{}\": {}", neuter(text, 300), kCertificateForms)};
}

base::Result<bool> add_network(std::string_view text, Networks& into) {
    if (base::istarts_with(text, kSpf)) {
        auto name = parse_spf_name(text.substr(kSpf.size()));
        if (!name) return Error{fmt::format("\"{}\": {}; write \"spf:\" and the name of an SPF record, such as \"spf:zcsend.net\"", neuter(text, 300), name.error())};
        if (std::ranges::find(into.spf, *name) == into.spf.end()) into.spf.push_back(std::move(*name));
        return true;
    }
    auto prefix = base::Prefix::parse(text);
    if (!prefix) return Error{prefix.error() + "; write a network such as 192.0.2.0/24 or 2001:db8::/32, an address, or \"spf:NAME\""};
    into.prefixes.push_back(*prefix);
    return true;
}

Maybe<Networks> read_networks(Table& table) {
    const auto value = table.take("networks");
    if (!value) return std::nullopt;
    Given<Networks> out{{}, value->place(), true};
    const bool list = value->want_list("networks", "a list: [\"192.0.2.0/24\", \"spf:zcsend.net\"]", [&](const Value& element) {
        const auto text = element.want_text("an entry of networks", "a string in quotes");
        const auto added = text ? add_network(*text, out.value) : base::Result<bool>(false);
        if (!added) element.problem(fmt::format("networks: {}", added.error()));
        out.sound &= text && added;
    });
    out.sound &= list;
    return out;
}

Maybe<std::vector<Certificate>> read_certificates(Table& table) {
    return read_list<Certificate>(table, "certificates", "a list: [\"sha256:AB:CD:…\"]", parse_certificate);
}

Maybe<Tenant> read_tenant(Table& table) {
    constexpr std::string_view kWanted = R"({ header = "X-SFDC-LK", value = "00D000000000001" })";
    const auto value = table.take("tenant");
    if (!value) return std::nullopt;
    Given<Tenant> out{{}, value->place(), false};
    if (!value->is_table()) {
        value->wrong_type("tenant", kWanted);
        return out;
    }
    Table inner(*value, "tenant");
    const auto header = read_one<std::string>(inner, "header", "a header's name in quotes", parse_header_name);
    const auto wanted = read_one<std::string>(inner, "value", "a string in quotes", [](std::string_view text) -> base::Result<std::string> {
        const auto trimmed = base::trim(text);
        if (!trimmed.empty() && trimmed.size() <= kTenantCap) return std::string(trimmed);
        return Error{fmt::format("value has 1 to {} octets; write what the CRM puts into the header", kTenantCap)};
    });
    inner.finish();
    if (!wanted) value->problem(fmt::format("tenant: value is missing; write {}", kWanted));
    out.sound = wanted && wanted->sound && (!header || header->sound);
    if (header) out.value.header = header->value;
    if (wanted) out.value.value = wanted->value;
    return out;
}

Maybe<TlsVersion> read_tls_min(Table& table) {
    return read_one<TlsVersion>(table, "tls_min", "\"TLSv1.2\" or \"TLSv1.3\"", [](std::string_view text) -> base::Result<TlsVersion> {
        if (const auto version = tls_version(text)) return *version;
        return Error{fmt::format("tls_min is \"{}\"; write \"TLSv1\", \"TLSv1.1\", \"TLSv1.2\" or \"TLSv1.3\"", neuter(text, 64))};
    });
}

Maybe<Alignment> read_dkim_alignment(Table& table) {
    return read_one<Alignment>(table, "dkim_alignment", "\"relaxed\" or \"strict\"", [](std::string_view text) -> base::Result<Alignment> {
        if (text == "relaxed") return Alignment::relaxed;
        if (text == "strict") return Alignment::strict;
        return Error{fmt::format("dkim_alignment is \"{}\"; write \"relaxed\" (same organisation) or \"strict\" (same domain)", neuter(text, 64))};
    });
}

}  // namespace crmrelay::conf
