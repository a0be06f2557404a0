// SPDX-License-Identifier: BSD-2-Clause
//
// Fuzzes the reader of Postfix's policy requests, whole and cut off at every place a read could end.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policy/policy_protocol.hh"

extern "C" {
unsigned long fuzz_subject_runs = 0;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace crmrelay;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    ++fuzz_subject_runs;
    const auto end = policy::request_end(input);
    if (end == std::string_view::npos) return 0;
    if (end == 0 || end > size || input[end - 1] != '\n') std::abort();
    const auto request = policy::parse_policy_request(input.substr(0, end));
    if (!request) return 0;
    if (request->sender.size() + request->recipient.size() + request->session.login.size() > size) std::abort();
    return 0;
}
}
