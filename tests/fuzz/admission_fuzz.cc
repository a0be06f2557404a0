// SPDX-License-Identifier: BSD-2-Clause
//
// Fuzzes both directions of the admission protocol: what decodes, encodes to a frame that decodes to the same frame again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "policy/admission.hh"

extern "C" {
unsigned long fuzz_subject_runs = 0;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace crmrelay;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    ++fuzz_subject_runs;
    if (const auto question = policy::decode_question(input)) {
        const auto frame = policy::encode(*question);
        const auto length = policy::frame_length(frame);
        if (!length || *length + policy::kFrameHead != frame.size()) std::abort();
        const auto again = policy::decode_question(std::string_view(frame).substr(policy::kFrameHead));
        if (!again || policy::encode(*again) != frame) std::abort();
    }
    if (const auto answer = policy::decode_answer(input)) {
        const auto frame = policy::encode(*answer);
        const auto again = policy::decode_answer(std::string_view(frame).substr(policy::kFrameHead));
        if (!again || policy::encode(*again) != frame) std::abort();
    }
    return 0;
}
}
