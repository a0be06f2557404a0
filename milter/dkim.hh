// SPDX-License-Identifier: BSD-2-Clause
//
// libopendkim, wrapped: one handle of the library, and a verifier that a message streams through (RFC 6376, 8301, 8463). It looks nothing up
// itself: keys come from a source that its user gives.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace crmrelay::milter {

// What stands under SELECTOR._domainkey.DOMAIN.
struct KeyAnswer {
    enum class Kind { found, none, trouble };
    Kind kind = Kind::none;
    std::string text;   // the record, or what went wrong
};

using KeyDeadline = std::chrono::steady_clock::time_point;
using KeySource = std::function<KeyAnswer(const std::string& name, KeyDeadline deadline)>;

constexpr std::size_t kSignaturesMost = 8;                // of a message that are looked at, in the order of its header
constexpr std::chrono::seconds kLookupLimit{10};          // all key look-ups of one message together

// One of them serves any number of threads. A verifier must not outlive it.
class DkimLibrary {
public:
    DkimLibrary();   // throws std::runtime_error
    DkimLibrary(const DkimLibrary&) = delete;
    ~DkimLibrary();

    struct Handle;
    const Handle& handle() const { return *handle_; }

private:
    std::unique_ptr<Handle> handle_;
};

class DkimVerifier {
public:
    using Wanted = std::function<bool(std::string_view domain)>;   // whether anybody cares for a signature of this d= (lower case)

    DkimVerifier(const DkimLibrary& library, KeySource keys, Wanted wanted);   // throws std::runtime_error
    DkimVerifier(DkimVerifier&&) noexcept;
    ~DkimVerifier();

    // "Name: value", lines within it ending in CR LF, none at its end. What libopendkim cannot take is as good as unsigned.
    void header(std::string_view field);
    void end_of_header();
    void body(std::string_view octets);

    struct Verified {
        std::vector<std::string> domains;   // d= of what verified, lower case, each once
        std::string trouble;                // why one of the others could not be judged for now
    };
    // Looks the keys up. Signatures by SHA-1, those of a part of the body (l=) and those of a testing key (t=y) do not count.
    Verified finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace crmrelay::milter
