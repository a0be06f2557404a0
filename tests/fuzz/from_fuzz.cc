// SPDX-License-Identifier: BSD-2-Clause
//
// Fuzzes the From reader: whatever it accepts is host names in lower case, and reads the same when written plainly again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/text.hh"
#include "policy/from.hh"

extern "C" {
unsigned long fuzz_subject_runs = 0;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace crmrelay;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    ++fuzz_subject_runs;
    const auto mailboxes = policy::parse_from(input);
    if (!mailboxes) return 0;
    if (mailboxes->empty() || mailboxes->size() > policy::kFromMailboxes) std::abort();
    std::string again;
    for (const auto& mailbox : *mailboxes) {
        if (mailbox.local.empty() || mailbox.domain != base::lower(mailbox.domain)) std::abort();
        if (mailbox.domain.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") != std::string::npos) std::abort();
        if (input.find(mailbox.local) == std::string_view::npos) std::abort();
        again += (again.empty() ? "<" : ", <") + mailbox.text() + ">";
    }
    if (again.size() > policy::kFromCap) return 0;
    const auto reread = policy::parse_from(again);
    if (!reread || reread->size() != mailboxes->size()) std::abort();
    for (std::size_t i = 0; i < reread->size(); ++i)
        if ((*reread)[i].text() != (*mailboxes)[i].text()) std::abort();
    return 0;
}
}
