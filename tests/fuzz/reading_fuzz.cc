// SPDX-License-Identifier: BSD-2-Clause
//
// Fuzzes the reading of what comes back, every reader in its turn: what is told is one clean line, caps are kept, and a kind has results
// exactly where it is not none.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hh"
#include "bounce/address.hh"
#include "bounce/mbox.hh"
#include "bounce/reading.hh"

namespace {

using namespace crmrelay::bounce;

void want(bool condition) {
    if (!condition) std::abort();
}

bool clean(std::string_view value, std::size_t cap) { return value.size() <= cap && crmrelay::base::neuter(value, value.size() + 1) == value; }

void check(const Reading& reading) {
    want((reading.kind == ReadingKind::none) == reading.results.empty());
    want(clean(reading.message_id, kMaxReportValue) && clean(reading.feedback_type, 64) && clean(reading.reader, 64));
    want(reading.results.size() <= kMaxRecipients + 1);
    for (const auto& result : reading.results) {
        want(clean(result.recipient, kMaxAddress) && clean(result.diagnostic, kMaxDiagnostic) && clean(result.remote_mta, kMaxReportValue));
        want(clean(result.reporting_mta, kMaxReportValue) && clean(result.date, 128) && clean(result.judgement.rule, 256));
        want(result.status.empty() || (result.status.size() >= 5 && result.status.size() <= 9));
        want(result.code == 0 || (result.code >= 200 && result.code < 600));
        want(!result.judgement.verdict.empty() && !result.judgement.fault.empty());
    }
}

}  // namespace

extern "C" {
unsigned long fuzz_subject_runs = 0;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto message : split_mbox(text)) {
        check(read_bounce(message));
        ++fuzz_subject_runs;
    }
    return 0;
}
}
