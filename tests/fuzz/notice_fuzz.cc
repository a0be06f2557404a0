// SPDX-License-Identifier: BSD-2-Clause
//
// Fuzzes what reads words: notices, HTML, encoded words, charsets, codes, SNS documents, the judgement of a text. The input's first octet
// chooses the charset.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bounce/charset.hh"
#include "bounce/explanation.hh"
#include "bounce/find_address.hh"
#include "bounce/judge.hh"
#include "bounce/notice.hh"
#include "bounce/readable.hh"
#include "bounce/sns.hh"
#include "bounce/statuses.hh"

namespace {

using namespace crmrelay::bounce;

constexpr std::array<std::string_view, 8> kCharsets{"", "utf-8", "iso-2022-jp", "shift_jis", "euc-jp", "iso-8859-1", "us-ascii", "no//such"};
constexpr std::size_t kCap = 10'000;

void want(bool condition) {
    if (!condition) std::abort();
}

void check_notice(std::string_view text) {
    const auto notice = read_notice(text);
    want(notice.explanation.end() <= text.size() && notice.original.end() <= text.size() && notice.status.end() <= text.size());
    want(notice.recipients.size() <= kMaxNoticeRecipients + 1);
    for (const auto& recipient : notice.recipients) want(address_length(recipient.address) == recipient.address.size() && recipient.diagnostic.size() <= kMaxDiagnostic);
}

}  // namespace

extern "C" {
unsigned long fuzz_subject_runs = 0;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.empty()) return 0;
    const auto charset = kCharsets[static_cast<unsigned char>(input[0]) % kCharsets.size()];
    const auto text = to_utf8(std::string(input.substr(1)), charset, kCap);
    want(text.size() <= kCap && is_utf8(text));
    want(decode_words(input, kCap).size() <= kCap);
    want(html_text(text).size() <= text.size());
    check_notice(text);
    check_notice(html_text(text));
    unquoted(text);
    stray_message_id(text);
    const auto found = find_address(text);
    want(found.empty() || address_length(found) >= found.size());
    const auto status = better_status("", text);
    want(status.empty() || status.size() >= 5);
    const auto judgement = judge({Action::failed, status, last_code_in(text), text});
    want((judgement.reason == Reason::undefined || judgement.reason == Reason::onhold) == judgement.rule.empty());
    want(read_sns(text).recipients.size() <= kMaxSnsRecipients);
    ++fuzz_subject_runs;
    return 0;
}
}
