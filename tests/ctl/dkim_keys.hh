// SPDX-License-Identifier: BSD-2-Clause
//
// Private keys made for one test, as openssl(1) writes them.
#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <stdexcept>
#include <string>

namespace crmrelay::ctl::test {

inline std::string pem_of(EVP_PKEY* key, const char* passphrase = nullptr) {
    if (!key) throw std::runtime_error("no key was made");
    BIO* const bio = ::BIO_new(::BIO_s_mem());
    ::PEM_write_bio_PrivateKey(bio, key, passphrase ? ::EVP_aes_128_cbc() : nullptr, nullptr, 0, nullptr, const_cast<char*>(passphrase));
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    std::string out(data, static_cast<std::size_t>(size));
    ::BIO_free(bio);
    ::EVP_PKEY_free(key);
    return out;
}

inline std::string rsa_pem(unsigned bits) { return pem_of(::EVP_RSA_gen(bits)); }
inline std::string ed25519_pem() { return pem_of(::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }
inline std::string ec_pem() { return pem_of(::EVP_EC_gen("P-256")); }

}  // namespace crmrelay::ctl::test
