// SPDX-License-Identifier: BSD-2-Clause
//
// Which kind of event has which text; the texts stand in notice_*.cc.
#include "report/notice.hh"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "report/event.hh"
#include "report/mail.hh"
#include "report/notice_texts.hh"

namespace crmrelay::report {

namespace {

constexpr struct {
    std::string_view type;
    NoticeText (*text)(const Wording& w, const std::string& domain, std::string_view document);
} kTexts[] = {
    {"limit", limit_text},         {"strike", strike_text},           {"suspended", suspended_text},
    {"resumed", resumed_text},     {"auth-failed", password_text},    {"unconfigured", unconfigured_text},
    {"blamed", blame_text},
};

}  // namespace

base::Result<NoticeText> text_about(const Wording& w, const store::Event& event) {
    try {
        for (const auto& kind : kTexts)
            if (kind.type == event.type) return kind.text(w, event.domain, event.document);
    } catch (const nlohmann::json::exception& error) {
        return base::Error{fmt::format("event {} is damaged: {}", event.id, error.what())};
    }
    return base::Error{fmt::format("there is no notice about events of type {}", event.type)};
}

base::Result<std::string> notice_about(const store::Event& event, const store::Outgoing& row, const conf::Domain* domain, base::Seconds now) {
    auto text = text_about(wording_of(domain), event);
    if (!text) return base::Error{text.error()};
    const Notice notice{row.domain, row.recipient, std::move(text->subject), std::move(text->paragraphs), "", 0};
    return compose_notice(notice, now, fresh_name());
}

}  // namespace crmrelay::report
