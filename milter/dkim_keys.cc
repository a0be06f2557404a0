// SPDX-License-Identifier: BSD-2-Clause
//
// libopendkim decodes a key at each signature, so it gets the form that it cannot misread: PKCS #8 without anything around.
#include "milter/dkim_keys.hh"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <stdexcept>
#include <utility>

#include "conf/secrets.hh"

namespace crmrelay::milter {

namespace {

using base::Error;
using base::Result;
using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free(bio); })>;
using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;

int no_password(char*, int, int, void*) { return -1; }   // never ask on the terminal

std::string pem_of(EVP_PKEY* key) {
    const Bio out(BIO_new(BIO_s_secmem()));
    if (!out || PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) throw std::runtime_error("OpenSSL cannot write a private key");
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace

Result<DkimKey> parse_dkim_key(std::string_view text, const std::string& path, std::string domain, std::string selector) {
    const Bio in(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (!in) throw std::runtime_error("OpenSSL: no memory");
    const Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr));
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
    out.pem = pem_of(key.get());
    return out;
}

Result<DkimKey> load_dkim_key(const std::string& path, std::string domain, std::string selector) {
    const auto text = conf::read_secret(path);
    if (!text) return Error{text.error()};
    return parse_dkim_key(*text, path, std::move(domain), std::move(selector));
}

}  // namespace crmrelay::milter
