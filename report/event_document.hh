// SPDX-License-Identifier: BSD-2-Clause
//
// Reads from an event's document what notices need of it. Private to notice_*.cc; it throws where the document is damaged.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/records.hh"

namespace crmrelay::report {

class EventDocument {
public:
    explicit EventDocument(std::string_view document);
    ~EventDocument();
    EventDocument(const EventDocument&) = delete;

    // By JSON pointer, "/suspension/until". A text is "" where it is absent or null.
    std::string text(const char* pointer) const;
    std::int64_t number(const char* pointer) const;
    bool flag(const char* pointer) const;
    store::Failure failure(const char* pointer) const;
    std::vector<store::Failure> failures(const char* pointer) const;

private:
    struct Parsed;
    const std::unique_ptr<const Parsed> parsed_;
};

}  // namespace crmrelay::report
