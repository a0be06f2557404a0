// SPDX-License-Identifier: BSD-2-Clause
//
// libopendkim's hash of a bare LF depends on how a body is cut, hence LineEnds. Signatures are processed at the end of the body (DKIM_LIBFLAGS_DELAYSIGPROC): one whose key cannot be had then does not keep the others from
// being judged.
#include "milter/dkim.hh"

#include <fmt/format.h>
#include <stdbool.h>   // dkim.h says _Bool

#include <opendkim/dkim.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "base/text.hh"
#include "milter/guard.hh"
#include "milter/line_ends.hh"

namespace crmrelay::milter {

namespace {

// libopendkim takes pointers to what it does not change.
unsigned char* octets_of(std::string_view text) { return reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())); }
std::string_view view(const unsigned char* text) { return text ? reinterpret_cast<const char*>(text) : std::string_view(); }

struct Free {
    void operator()(DKIM* dkim) const { dkim_free(dkim); }
};
using Dkim = std::unique_ptr<DKIM, Free>;

std::string words_of(DKIM* dkim, DKIM_STAT status) {
    const char* why = dkim_geterror(dkim);
    const char* what = dkim_getresultstr(status);
    return fmt::format("libopendkim: {}{}{}", what ? what : "an unknown status", why && *why ? ": " : "", why ? why : "");
}

[[noreturn]] void no_handle(DKIM_STAT status) {
    const char* what = dkim_getresultstr(status);
    throw std::runtime_error(fmt::format("libopendkim gives no handle: {}", what ? what : "an unknown status"));
}

// What the callbacks of one message work on.
struct Lookups {
    KeySource keys;
    DkimVerifier::Wanted wanted;
    KeyDeadline deadline{};
    std::string trouble;
};

std::string domain_of(DKIM_SIGINFO* signature) { return base::lower(view(dkim_sig_getdomain(signature))); }

// Ignores what nobody cares for before it costs a look-up.
DKIM_CBSTAT prescreen(DKIM* dkim, DKIM_SIGINFO** signatures, int count) {
    const auto* lookups = static_cast<const Lookups*>(dkim_get_user_context(dkim));
    return guarded([&]() -> DKIM_CBSTAT {
        std::size_t kept = 0;
        for (int i = 0; i < count; ++i)
            if (kept >= kSignaturesMost || !lookups->wanted(domain_of(signatures[i]))) dkim_sig_ignore(signatures[i]);
            else ++kept;
        return DKIM_CBSTAT_CONTINUE;
    }, [](const char*) { return DKIM_CBSTAT_ERROR; });
}

DKIM_CBSTAT look_up(DKIM* dkim, DKIM_SIGINFO* signature, unsigned char* buffer, std::size_t size) {
    auto* lookups = static_cast<Lookups*>(dkim_get_user_context(dkim));
    return guarded([&]() -> DKIM_CBSTAT {
        const auto name = fmt::format("{}.{}.{}", view(dkim_sig_getselector(signature)), DKIM_DNSKEYNAME, domain_of(signature));
        const auto answer = lookups->keys(name, lookups->deadline);
        if (answer.kind == KeyAnswer::Kind::trouble) {
            lookups->trouble = fmt::format("{}: {}", base::neuter(name, 256), answer.text);
            return DKIM_CBSTAT_TRYAGAIN;
        }
        if (answer.kind == KeyAnswer::Kind::none || answer.text.size() >= size) return DKIM_CBSTAT_NOTFOUND;
        std::memcpy(buffer, answer.text.c_str(), answer.text.size() + 1);
        return DKIM_CBSTAT_CONTINUE;
    }, [](const char*) { return DKIM_CBSTAT_ERROR; });
}

bool counts(DKIM_SIGINFO* signature) {
    dkim_alg_t algorithm = DKIM_SIGN_UNKNOWN;
    const auto flags = dkim_sig_getflags(signature);
    unsigned char length[] = "l";
    return (flags & DKIM_SIGFLAG_PASSED) && !(flags & (DKIM_SIGFLAG_IGNORE | DKIM_SIGFLAG_TESTKEY)) && dkim_sig_getbh(signature) == DKIM_SIGBH_MATCH &&
           dkim_sig_geterror(signature) == DKIM_SIGERROR_OK && dkim_sig_getsignalg(signature, &algorithm) == DKIM_STAT_OK &&
           algorithm != DKIM_SIGN_RSASHA1 && !dkim_sig_gettagvalue(signature, false, length);
}

}  // namespace

struct DkimLibrary::Handle {
    DKIM_LIB* lib = nullptr;
};

DkimLibrary::DkimLibrary() : handle_(std::make_unique<Handle>()) {
    handle_->lib = dkim_init(nullptr, nullptr);
    if (!handle_->lib) throw std::runtime_error("libopendkim does not start: no memory");
    unsigned int flags = DKIM_LIBFLAGS_DELAYSIGPROC;
    const bool set = dkim_options(handle_->lib, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof flags) == DKIM_STAT_OK &&
                     dkim_set_key_lookup(handle_->lib, look_up) == DKIM_STAT_OK && dkim_set_prescreen(handle_->lib, prescreen) == DKIM_STAT_OK;
    const bool able = dkim_libfeature(handle_->lib, DKIM_FEATURE_SHA256) && dkim_libfeature(handle_->lib, DKIM_FEATURE_ED25519);
    if (set && able) return;
    dkim_close(handle_->lib);
    throw std::runtime_error(set ? "libopendkim lacks SHA-256 or Ed25519: install Debian's" : "libopendkim does not take its options");
}

DkimLibrary::~DkimLibrary() { dkim_close(handle_->lib); }

struct DkimVerifier::State {
    Lookups lookups;
    Dkim dkim;
    LineEnds lines;
    bool signed_at_all = false;
};

DkimVerifier::DkimVerifier(const DkimLibrary& library, KeySource keys, Wanted wanted) : state_(std::make_unique<State>()) {
    state_->lookups.keys = std::move(keys);
    state_->lookups.wanted = std::move(wanted);
    DKIM_STAT status = DKIM_STAT_OK;
    state_->dkim.reset(dkim_verify(library.handle().lib, reinterpret_cast<const unsigned char*>(""), nullptr, &status));
    if (!state_->dkim) no_handle(status);
    dkim_set_user_context(state_->dkim.get(), &state_->lookups);
}

DkimVerifier::DkimVerifier(DkimVerifier&&) noexcept = default;
DkimVerifier::~DkimVerifier() = default;

void DkimVerifier::header(std::string_view field) {
    if (field.empty()) return;
    // A field that it does not take is missing where a signature covers it; a broken signature is none.
    const auto status = dkim_header(state_->dkim.get(), octets_of(field), field.size());
    if (status == DKIM_STAT_NORESOURCE) state_->lookups.trouble = words_of(state_->dkim.get(), status);
}

void DkimVerifier::end_of_header() {
    const auto status = dkim_eoh(state_->dkim.get());
    state_->signed_at_all = status == DKIM_STAT_OK;
    if (status == DKIM_STAT_NORESOURCE || status == DKIM_STAT_INTERNAL || status == DKIM_STAT_CBERROR)
        state_->lookups.trouble = words_of(state_->dkim.get(), status);
}

void DkimVerifier::body(std::string_view octets) {
    if (!state_->signed_at_all || octets.empty()) return;
    const auto mended = state_->lines.mended(octets);
    const auto status = dkim_body(state_->dkim.get(), octets_of(mended), mended.size());
    if (status == DKIM_STAT_OK) return;
    state_->lookups.trouble = words_of(state_->dkim.get(), status);
    state_->signed_at_all = false;
}

DkimVerifier::Verified DkimVerifier::finish() {
    Verified out;
    if (state_->signed_at_all) {
        auto* dkim = state_->dkim.get();
        state_->lookups.deadline = std::chrono::steady_clock::now() + kLookupLimit;
        static_cast<void>(dkim_eom(dkim, nullptr));   // a verdict on one of them; each has its own
        DKIM_SIGINFO** signatures = nullptr;
        int count = 0;
        if (dkim_getsiglist(dkim, &signatures, &count) != DKIM_STAT_OK) count = 0;
        for (int i = 0; i < count; ++i) {
            auto domain = domain_of(signatures[i]);
            if (counts(signatures[i]) && std::ranges::find(out.domains, domain) == out.domains.end()) out.domains.push_back(std::move(domain));
        }
    }
    out.trouble = std::move(state_->lookups.trouble);
    return out;
}

}  // namespace crmrelay::milter
