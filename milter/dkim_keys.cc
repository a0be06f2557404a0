// SPDX-License-Identifier: BSD-2-Clause
//
// Keys are decoded once, when the configuration is read.
#include "milter/dkim_keys.hh"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <stdexcept>
#include <utility>

#include "conf/secrets.hh"

namespace crmrelay::milter {

namespace {

using base::Error;
using base::Result;
using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free(bio); })>;
using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;
using Signing = std::unique_ptr<EVP_PKEY_CTX, decltype([](EVP_PKEY_CTX* context) { EVP_PKEY_CTX_free(context); })>;
using Message = std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); })>;

int no_password(char*, int, int, void*) { return -1; }   // never ask on the terminal

bool sign_rsa(EVP_PKEY* key, const base::Digest& digest, unsigned char* into, std::size_t& size) {
    const Signing context(EVP_PKEY_CTX_new(key, nullptr));
    return context && EVP_PKEY_sign_init(context.get()) == 1 && EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1 && EVP_PKEY_sign(context.get(), into, &size, digest.data(), digest.size()) == 1;
}

bool sign_ed25519(EVP_PKEY* key, const base::Digest& digest, unsigned char* into, std::size_t& size) {
    const Message context(EVP_MD_CTX_new());
    return context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
           EVP_DigestSign(context.get(), into, &size, digest.data(), digest.size()) == 1;
}

}  // namespace

struct PrivateKey::Held {
    Key key;
};

PrivateKey::PrivateKey(std::unique_ptr<const Held> held) : held_(std::move(held)) {}
PrivateKey::~PrivateKey() = default;

Result<std::string> PrivateKey::sign(const base::Digest& digest) const {
    auto* key = held_->key.get();
    std::string out(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
    std::size_t size = out.size();
    auto* into = reinterpret_cast<unsigned char*>(out.data());
    const bool is_ed25519 = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
    if (!(is_ed25519 ? sign_ed25519(key, digest, into, size) : sign_rsa(key, digest, into, size))) {
        ERR_clear_error();
        return Error{"OpenSSL cannot sign with this key"};
    }
    out.resize(size);
    return out;
}

std::string_view name_of(DkimAlgorithm algorithm) { return algorithm == DkimAlgorithm::rsa_sha256 ? "rsa-sha256" : "ed25519-sha256"; }

Result<DkimKey> parse_dkim_key(std::string_view text, const std::string& path, std::string domain, std::string selector) {
    const Bio in(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (!in) throw std::runtime_error("OpenSSL: no memory");
    Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr));
    ERR_clear_error();
    if (!key) {
        const bool locked = text.find("ENCRYPTED") != std::string_view::npos;
        return Error{fmt::format("{}: {}", path, locked ? "the key has a password; write it without one: openssl pkey -in FILE -out FILE.plain"
                                                        : "holds no private key in PEM; openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048 makes one")};
    }
    DkimKey out{std::move(domain), std::move(selector), DkimAlgorithm::rsa_sha256, {}};
    if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519) {
        out.algorithm = DkimAlgorithm::ed25519_sha256;
    } else if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
        return Error{fmt::format("{}: a key of another kind than RSA and Ed25519; DKIM has no other (RFC 8463)", path)};
    } else if (const int bits = EVP_PKEY_get_bits(key.get()); bits < kRsaLeastBits || bits > kRsaMostBits) {
        return Error{fmt::format("{}: an RSA key of {} bits; make one of {} to {} (2048 are a good choice)", path, bits, kRsaLeastBits, kRsaMostBits)};
    }
    out.secret = std::make_shared<const PrivateKey>(std::make_unique<const PrivateKey::Held>(std::move(key)));
    return out;
}

Result<DkimKey> load_dkim_key(const std::string& path, std::string domain, std::string selector) {
    const auto text = conf::read_secret(path);
    if (!text) return Error{text.error()};
    return parse_dkim_key(*text, path, std::move(domain), std::move(selector));
}

}  // namespace crmrelay::milter
