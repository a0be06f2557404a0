// SPDX-License-Identifier: BSD-2-Clause
//
// Thin calls of OpenSSL 3, and base32 after RFC 4648.
#include "base/crypto.hh"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <stdexcept>

#include "base/text.hh"

namespace crmrelay::base {

Digest sha256(std::string_view data) {
    Digest digest;
    unsigned length = 0;
    if (EVP_Digest(data.data(), data.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) throw std::runtime_error("SHA-256 failed");
    return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view data) {
    Digest digest;
    unsigned length = 0;
    if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest.data(),
              &length))
        throw std::runtime_error("HMAC-SHA256 failed");
    return digest;
}

std::string random_octets(std::size_t count) {
    std::string octets(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(octets.data()), static_cast<int>(count)) != 1) throw std::runtime_error("no random octets to be had");
    return octets;
}

bool constant_time_equal(std::string_view a, std::string_view b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

std::string hex(std::string_view octets) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(octets.size() * 2);
    for (const char c : octets) {
        const auto octet = static_cast<unsigned char>(c);
        out += kDigits[octet >> 4];
        out += kDigits[octet & 15];
    }
    return out;
}

std::string base32(std::string_view octets) {
    static constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyz234567";
    std::string out;
    unsigned bits = 0, held = 0;
    for (const char c : octets) {
        bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xfff;
        for (held += 8; held >= 5; held -= 5) out += kLetters[bits >> (held - 5) & 31];
    }
    if (held > 0) out += kLetters[bits << (5 - held) & 31];
    return out;
}

std::optional<std::string> from_base32(std::string_view text) {
    std::string out;
    unsigned bits = 0, held = 0;
    for (char c : text) {
        c = ascii_lower(c);
        unsigned value;
        if (c >= 'a' && c <= 'z')
            value = static_cast<unsigned>(c - 'a');
        else if (c >= '2' && c <= '7')
            value = static_cast<unsigned>(c - '2' + 26);
        else
            return std::nullopt;
        bits = (bits << 5 | value) & 0xfff;
        held += 5;
        if (held >= 8) {
            held -= 8;
            out += static_cast<char>(bits >> held & 0xff);
        }
    }
    if (held >= 5 || (bits & ((1u << held) - 1)) != 0) return std::nullopt;
    return out;
}

namespace {

constexpr std::string_view kLetters64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string base64(std::string_view octets) {
    std::string out;
    out.reserve((octets.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < octets.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j) group = group << 8 | (i + j < octets.size() ? static_cast<unsigned char>(octets[i + j]) : 0u);
        for (std::size_t j = 0; j < 4; ++j) out += i + j <= octets.size() ? kLetters64[group >> (18 - 6 * j) & 63] : '=';
    }
    return out;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 == 0)
        for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    if (text.size() % 4 == 1) return std::nullopt;
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const auto value = kLetters64.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xffff;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out += static_cast<char>(bits >> count & 0xff);
    }
    if ((bits & ((1u << count) - 1)) != 0) return std::nullopt;
    return out;
}

}  // namespace crmrelay::base
