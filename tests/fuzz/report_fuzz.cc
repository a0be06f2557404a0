// SPDX-License-Identifier: BSD-2-Clause
//
// Fuzzes the report reader and the rewriter: views stay inside their texts and in order, caps are kept, and the rewritten form of a report
// that was accepted is read again with the same recipients, holds no envelope id of ours and no header that was not asked for.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.hh"
#include "bounce/header.hh"
#include "bounce/kind.hh"
#include "bounce/mime.hh"
#include "bounce/rewrite.hh"

namespace {

using namespace crmrelay::bounce;

constexpr std::string_view kOurs = "bounce+tok1@example.com";

void want(bool condition) {
    if (!condition) std::abort();
}

bool within(View view, std::string_view text) { return view.offset <= text.size() && view.end() <= text.size(); }

bool one_line(std::string_view text) { return text.find_first_of("\r\n") == std::string_view::npos; }

void check_recipient(const RecipientReport& recipient) {
    want(recipient.final_recipient.size() <= kMaxAddress && recipient.original_recipient.size() <= kMaxAddress);
    want(recipient.diagnostic.size() <= kMaxDiagnostic && one_line(recipient.diagnostic) && one_line(recipient.final_recipient));
    want(recipient.remote_mta.size() <= kMaxReportValue && recipient.last_attempt.size() <= kMaxReportValue);
    want(recipient.code == 0 || (recipient.code >= 200 && recipient.code < 560));
    want(recipient.status.empty() || (recipient.status.size() >= 5 && recipient.status.size() <= 9));
}

void check_report(std::string_view raw, const Report& report) {
    const auto text = report.status_text(raw);
    want(within(report.status, raw) && within(report.status_header, raw) && within(report.returned, raw));
    want(within(report.message_block, text) && within(report.unread, text));
    want(report.recipients.size() <= kMaxRecipients);
    want(report.reporting_mta.size() <= kMaxReportValue && report.original.subject.size() <= kMaxReportValue && one_line(report.original.message_id));
    std::size_t end = report.message_block.end();
    for (const auto& recipient : report.recipients) {
        want(within(recipient.block, text) && recipient.block.offset == end);
        end = recipient.block.end();
        check_recipient(recipient);
    }
}

// An address within a boundary or its Content-Type changes too, and may push the boundary beyond what the scanner reads of a field or takes for a delimiter.
bool address_in_boundary(std::string_view raw) {
    const auto message = scan(raw);
    for (const auto& part : message.parts) {
        if (part.boundary.find('@') != std::string::npos) return true;
        FieldReader fields(raw, part.header, message.line_end);
        for (Field field; fields.next(field);)
            if (crmrelay::base::iequals(field.name.of(raw), "Content-Type") && field.value.of(raw).find('@') != std::string_view::npos) return true;
    }
    return false;
}

void check_rewrite(std::string_view raw, const Report& report, bool truncated) {
    Rewrite rewrite;
    rewrite.our_address = kOurs;
    rewrite.original_address = "crm=1@" + std::string(120, 'd') + ".test";
    rewrite.token = "tok1";
    rewrite.original_envid = "e+3D1";
    rewrite.added_headers = {"X-Added: 1"};
    rewrite.truncated = truncated;
    const auto all = rewrite_report(raw, report, rewrite);
    want(all.ok() && all->starts_with("X-Added: 1"));
    if (address_in_boundary(raw)) return;
    const auto again = read_report(*all);
    want(again.ok());
    if (report.truncated) return;
    want(again->recipients.size() == report.recipients.size());
    for (std::size_t i = 0; i < report.recipients.size(); ++i) want(again->recipients[i].action == report.recipients[i].action);

    if (report.recipients.size() < 2) return;
    for (std::size_t i = 0; i < report.recipients.size(); ++i) rewrite.keep_recipient.push_back(i % 2 == 0);
    const auto half = rewrite_report(raw, report, rewrite);
    if (!half) return want(half.error().find("further recipients") != std::string::npos);
    const auto fewer = read_report(*half);   // what stands instead of a name may be longer than the name
    want(fewer.ok());
    for (const auto& recipient : fewer->recipients)
        want(std::any_of(report.recipients.begin(), report.recipients.end(), [&](const RecipientReport& known) {
            return crmrelay::base::iequals(recipient.final_recipient, known.final_recipient) || crmrelay::base::iequals(recipient.final_recipient, rewrite.original_address);
        }));
}

}  // namespace

extern "C" {
unsigned long fuzz_subject_runs = 0;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view raw(reinterpret_cast<const char*>(data), size);
    kind_of(raw);
    const auto report = read_report(raw);
    ++fuzz_subject_runs;
    if (!report) return 0;
    check_report(raw, *report);
    check_rewrite(raw, *report, false);
    check_rewrite(raw, *report, true);
    return 0;
}
}
