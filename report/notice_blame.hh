// SPDX-License-Identifier: BSD-2-Clause
//
// The words of the notice about an event "blamed": a recipient's server says that the sending side is at fault.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "base/translation.hh"
#include "store/records.hh"

namespace crmrelay::report {

struct NoticeWords {
    std::string subject;
    std::vector<std::string> paragraphs;
};

// The error says what the event lacks.
base::Result<NoticeWords> words_about_blame(const store::Event& event, std::string_view domain, const base::Translation& tr);

}  // namespace crmrelay::report
