// SPDX-License-Identifier: BSD-2-Clause
//
// Reads keys with OpenSSL, and tag lists (RFC 6376 section 3.2) by itself.
#include "ctl/dkim_record.hh"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <map>
#include <memory>
#include <optional>

#include "base/crypto.hh"
#include "base/text.hh"
#include "conf/secrets.hh"

namespace crmrelay::ctl {

namespace {

constexpr int kRsaLeast = 1024;            // RFC 8301 section 3.2: verifiers take no shorter one
constexpr std::size_t kStringCap = 255;
constexpr std::size_t kEd25519Octets = 32;

struct Free {
    void operator()(BIO* bio) const { ::BIO_free(bio); }
    void operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }
    void operator()(unsigned char* octets) const { OPENSSL_free(octets); }
};

// Without one, OpenSSL would ask the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

base::Error no_key(const std::string& path, std::string_view why) {
    return base::Error{fmt::format("{}: {}; write a private key in PEM form, RSA or Ed25519, such as openssl genrsa 2048 makes", base::neuter(path, 4096), why)};
}

std::string without_space(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') out += c;
    return out;
}

// The tags of a record; nothing where it is no tag list. Names keep their case, a tag that occurs twice spoils the list.
std::optional<std::map<std::string, std::string>> tags_of(std::string_view record) {
    std::map<std::string, std::string> out;
    for (const auto part : base::split(record, ';')) {
        const auto tag = base::trim(part);
        if (tag.empty()) continue;
        const auto equals = tag.find('=');
        if (equals == std::string_view::npos || equals == 0) return std::nullopt;
        if (!out.emplace(base::trim(tag.substr(0, equals)), base::trim(tag.substr(equals + 1))).second) return std::nullopt;
    }
    return out;
}

bool lists(std::string_view values, std::string_view wanted) {
    for (const auto value : base::split(values, ':'))
        if (base::trim(value) == wanted) return true;
    return false;
}

// Why a verifier would not take the key of one record; empty where it would.
std::string fault_of(const DkimPublicKey& key, std::string_view record, std::string& weakness) {
    const auto tags = tags_of(record);
    if (!tags) return "the record is no list of tags";
    const auto tag = [&](const char* name, std::string_view otherwise) {
        const auto found = tags->find(name);
        return found == tags->end() ? std::string(otherwise) : found->second;
    };
    if (const auto version = tag("v", "DKIM1"); version != "DKIM1") return fmt::format("v={} is not v=DKIM1", base::neuter(version, 32));
    if (!tags->contains("p")) return "the record has no p= tag";
    if (const auto type = tag("k", "rsa"); type != key.type) return fmt::format("the record has a key of type {}, the file one of type {}", base::neuter(type, 32), key.type);
    const auto octets = without_space(tag("p", ""));
    if (octets.empty()) return "p= is empty: the key is revoked";
    if (octets != key.base64) return "the record has another key";
    if (const auto hashes = tag("h", "sha256"); !lists(hashes, "sha256")) return fmt::format("h={} leaves out sha256", base::neuter(hashes, 64));
    if (const auto services = tag("s", "*"); !lists(services, "*") && !lists(services, "email")) return fmt::format("s={} leaves out email", base::neuter(services, 64));
    if (lists(tag("t", ""), "y")) weakness = "t=y says that it is a test: receivers may treat the mail as unsigned";
    return {};
}

}  // namespace

std::string DkimPublicKey::record() const { return fmt::format("v=DKIM1; k={}; p={}", type, base64); }

base::Result<DkimPublicKey> dkim_public_key(std::string_view pem, const std::string& path) {
    if (pem.size() > conf::kSecretFileCap) return no_key(path, "larger than any key");
    const std::unique_ptr<BIO, Free> bio(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const std::unique_ptr<EVP_PKEY, Free> key(bio ? ::PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
    if (!key) {
        ::ERR_clear_error();
        return no_key(path, pem.find("ENCRYPTED") != std::string_view::npos ? "the key has a passphrase" : "no private key is in it");
    }
    DkimPublicKey out;
    out.bits = ::EVP_PKEY_get_bits(key.get());
    if (::EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519) {
        std::array<unsigned char, kEd25519Octets> octets{};
        std::size_t size = octets.size();
        if (::EVP_PKEY_get_raw_public_key(key.get(), octets.data(), &size) != 1 || size != octets.size()) return no_key(path, "its public half cannot be had");
        out.type = "ed25519";
        out.base64 = base::base64({reinterpret_cast<const char*>(octets.data()), size});
        return out;
    }
    if (::EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return no_key(path, "the key is neither RSA nor Ed25519");
    if (out.bits < kRsaLeast) return no_key(path, fmt::format("an RSA key of {} bits is ignored by receivers", out.bits));
    unsigned char* der = nullptr;
    const int size = ::i2d_PUBKEY(key.get(), &der);
    const std::unique_ptr<unsigned char, Free> owned(der);
    if (size <= 0) return no_key(path, "its public half cannot be had");
    out.type = "rsa";
    out.base64 = base::base64({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
    return out;
}

base::Result<DkimPublicKey> read_dkim_key(const std::string& path) {
    const auto pem = conf::read_secret(path);
    if (!pem) return base::Error{pem.error()};
    return dkim_public_key(*pem, path);
}

std::vector<std::string> txt_strings(std::string_view record) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < record.size(); at += kStringCap) out.emplace_back(record.substr(at, kStringCap));
    if (out.empty()) out.emplace_back();
    return out;
}

DkimComparison compare_dkim(const DkimPublicKey& key, const std::vector<std::string>& texts) {
    using Outcome = DkimComparison::Outcome;
    if (texts.empty()) return {Outcome::missing, ""};
    std::string fault, weakness;
    bool matches = false;
    for (const auto& text : texts) {
        auto one = fault_of(key, text, weakness);
        if (one.empty()) matches = true;
        else if (fault.empty()) fault = std::move(one);
    }
    // RFC 6376 section 3.6.2.2: which one a verifier takes is not defined.
    if (matches && texts.size() > 1) return {Outcome::differs, fmt::format("{} TXT records stand there, and only one may", texts.size())};
    if (matches) return {Outcome::match, weakness};
    return {Outcome::differs, fault};
}

}  // namespace crmrelay::ctl
