// SPDX-License-Identifier: BSD-2-Clause
//
// Keys made for one test run, and a source of their public halves instead of DNS.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "milter/dkim.hh"
#include "milter/dkim_keys.hh"

namespace crmrelay::milter::test {

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyPair = std::unique_ptr<EVP_PKEY, FreeKey>;

inline KeyPair rsa(unsigned bits = 2048) { return KeyPair(EVP_RSA_gen(bits)); }
inline KeyPair ed25519() { return KeyPair(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }
inline KeyPair elliptic() { return KeyPair(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")); }

inline std::string pem_of(const KeyPair& key, const char* password = nullptr) {
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(out, key.get(), password ? EVP_aes_128_cbc() : nullptr, password, password ? 4 : 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out, &text);
    std::string pem(text, static_cast<std::size_t>(size));
    BIO_free(out);
    return pem;
}

// The TXT record.
inline std::string record_of(const KeyPair& key) {
    std::string octets, type = "rsa";
    if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519) {
        type = "ed25519";
        std::size_t size = 32;
        octets.resize(size);
        EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(octets.data()), &size);
    } else {
        unsigned char* der = nullptr;
        const int size = i2d_PUBKEY(key.get(), &der);
        octets.assign(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
        OPENSSL_free(der);
    }
    std::string base64(4 * ((octets.size() + 2) / 3) + 1, '\0');
    base64.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()), reinterpret_cast<const unsigned char*>(octets.data()), static_cast<int>(octets.size()))));
    return "v=DKIM1; k=" + type + "; p=" + base64;
}

// Two keys, named as a domain would.
struct Keys {
    KeyPair first = rsa(), second = ed25519();
    DkimKey rsa_key = *parse_dkim_key(pem_of(first), "r1.pem", "example.com", "r1");
    DkimKey ed25519_key = *parse_dkim_key(pem_of(second), "e1.pem", "example.com", "e1");
    std::map<std::string, KeyAnswer> records{{"r1._domainkey.example.com", {KeyAnswer::Kind::found, record_of(first)}},
                                             {"e1._domainkey.example.com", {KeyAnswer::Kind::found, record_of(second)}}};
    std::vector<std::string> asked;

    KeySource source() {
        return [this](const std::string& name, KeyDeadline) {
            asked.push_back(name);
            const auto found = records.find(name);
            return found == records.end() ? KeyAnswer{} : found->second;
        };
    }
};

}  // namespace crmrelay::milter::test
