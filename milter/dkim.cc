// SPDX-License-Identifier: BSD-2-Clause
//
// Signatures are processed at the end of the body (DKIM_LIBFLAGS_DELAYSIGPROC): one whose key cannot be had then does not keep the others from
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
#include "milter/signed_names.hh"

namespace crmrelay::milter {

namespace {

// libopendkim takes pointers to what it does not change.
unsigned char* octets_of(std::string_view text) { return reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())); }
const unsigned char* text_of(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.c_str()); }
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

// Bodies with CR LF only, which is how the MTA sends every line on. libopendkim's hash of a bare LF depends on how a body is cut.
class LineEnds {
public:
    // The same octets, or a copy that is good until the next call.
    std::string_view mended(std::string_view octets) {
        const bool sound = is_sound(octets);
        look_for_bare_cr(octets);
        const char before = std::exchange(last_, octets.back());
        if (sound) return octets;
        copy_.clear();
        for (char last = before; const char c : octets) {
            if (c == '\n' && last != '\r') copy_ += '\r';
            copy_ += c;
            last = c;
        }
        return copy_;
    }
    bool had_bare_cr() const { return bare_cr_; }   // but for the last octet, of which nothing is known yet

private:
    void look_for_bare_cr(std::string_view octets) {
        bare_cr_ = bare_cr_ || (last_ == '\r' && octets.front() != '\n');
        for (auto at = octets.find('\r'); !bare_cr_ && at < octets.size() - 1; at = octets.find('\r', at + 1)) bare_cr_ = octets[at + 1] != '\n';
    }

    bool is_sound(std::string_view octets) const {
        for (auto at = octets.find('\n'); at != std::string_view::npos; at = octets.find('\n', at + 1))
            if ((at == 0 ? last_ : octets[at - 1]) != '\r') return false;
        return true;
    }

    char last_ = '\0';
    bool bare_cr_ = false;
    std::string copy_;
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
    std::vector<const char*> oversigned;
    for (const auto name : oversigned_names()) oversigned.push_back(name.data());   // literals
    oversigned.push_back(nullptr);
    const bool set = dkim_options(handle_->lib, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof flags) == DKIM_STAT_OK &&
                     dkim_options(handle_->lib, DKIM_OP_SETOPT, DKIM_OPTS_OVERSIGNHDRS, oversigned.data(), sizeof(const char**)) == DKIM_STAT_OK &&
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

struct DkimSigner::State {
    Dkim dkim;
    LineEnds lines;
    std::string problem;

    void note(DKIM_STAT status) {
        if (status != DKIM_STAT_OK && problem.empty()) problem = words_of(dkim.get(), status);
    }
};

DkimSigner::DkimSigner(const DkimLibrary& library, const DkimKey& key) : state_(std::make_unique<State>()) {
    DKIM_STAT status = DKIM_STAT_OK;
    const auto algorithm = key.algorithm == DkimAlgorithm::rsa_sha256 ? DKIM_SIGN_RSASHA256 : DKIM_SIGN_ED25519SHA256;
    state_->dkim.reset(dkim_sign(library.handle().lib, reinterpret_cast<const unsigned char*>(""), nullptr, octets_of(key.pem), text_of(key.selector),
                                 text_of(key.domain), DKIM_CANON_RELAXED, DKIM_CANON_SIMPLE, algorithm, -1, &status));
    if (!state_->dkim) no_handle(status);
}

DkimSigner::DkimSigner(DkimSigner&&) noexcept = default;
DkimSigner::~DkimSigner() = default;

void DkimSigner::header(std::string_view field) {
    if (state_->problem.empty() && !field.empty()) state_->note(dkim_header(state_->dkim.get(), octets_of(field), field.size()));
}

void DkimSigner::end_of_header() {
    if (state_->problem.empty()) state_->note(dkim_eoh(state_->dkim.get()));
}

void DkimSigner::body(std::string_view octets) {
    if (!state_->problem.empty() || octets.empty()) return;
    const auto mended = state_->lines.mended(octets);
    state_->note(dkim_body(state_->dkim.get(), octets_of(mended), mended.size()));
    // libopendkim's hash of it depends on how a body is cut, and no other verifier comes to the same one.
    if (state_->problem.empty() && state_->lines.had_bare_cr()) state_->problem = "the body holds a CR without LF (RFC 5322 section 2.3), which cannot be signed";
}

base::Result<std::string> DkimSigner::finish() {
    auto* dkim = state_->dkim.get();
    unsigned char* text = nullptr;
    std::size_t size = 0;
    if (state_->problem.empty()) state_->note(dkim_eom(dkim, nullptr));
    if (state_->problem.empty()) state_->note(dkim_getsighdr_d(dkim, sizeof DKIM_SIGNHEADER + 1, &text, &size));
    if (!state_->problem.empty()) return base::Error{state_->problem};
    std::string value(reinterpret_cast<const char*>(text), size);
    std::erase(value, '\r');
    return value;
}

}  // namespace crmrelay::milter
