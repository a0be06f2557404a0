// SPDX-License-Identifier: BSD-2-Clause
//
// A function a kind of event; the event's document holds all that the words need.
#include "report/notice.hh"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "report/event.hh"
#include "report/mail.hh"

namespace crmrelay::report {

namespace {

using Json = nlohmann::json;

void say_limit(const Json& limit, Notice& into) {
    const auto window = limit.at("window").get<std::string>();
    const auto most = limit.at("most").get<std::int64_t>();
    const auto used = limit.at("used").get<std::int64_t>();
    const auto login = limit.value("login", std::string());
    const auto who = login.empty() ? into.domain : fmt::format("The login {} of {}", login, into.domain);
    const auto of_login = login.empty() ? std::string() : fmt::format(", login {}", login);
    const std::string key = window == "hour" ? "per_hour" : "per_day";
    const std::string tail = fmt::format("Is this more than the CRM should send? Then a password may be stolen: see the log (relayed, login=, client=) and make a new one with `crmrelayctl login add`. "
                                         "Is it right? Then raise {} in limits of this domain.", key);
    if (limit.at("reached").get<bool>()) {
        into.subject = fmt::format("{}: the limit of {} messages within one {} is reached{}", into.domain, most, window, of_login);
        into.paragraphs = {fmt::format("{} has had {} messages relayed within one {}, which is the limit ({} = {}). Further ones get a temporary refusal, 451 4.7.1 [crmrelay:limit], so that the CRM "
                                       "tries them again; there is room again at {}.", who, used, window, key, most, limit.at("free_at").get<std::string>()), tail};
    } else {
        into.subject = fmt::format("{}: 80 % of the limit of {} messages within one {}{}", into.domain, most, window, of_login);
        into.paragraphs = {fmt::format("{} has had {} messages relayed within one {}; the limit is {} ({}). Beyond it messages get a temporary refusal, 451 4.7.1 [crmrelay:limit].", who, used,
                                       window, most, key), tail};
    }
}

}  // namespace

base::Result<std::string> notice_about(const store::Event& event, const store::Outgoing& row, base::Seconds now) {
    Notice notice;
    notice.domain = row.domain;
    notice.to = row.recipient;
    try {
        const auto document = Json::parse(event.document);
        if (event.type != "limit") return base::Error{fmt::format("there is no notice about events of type {}", event.type)};
        say_limit(document.at("limit"), notice);
    } catch (const Json::exception& error) {
        return base::Error{fmt::format("event {} is damaged: {}", event.id, error.what())};
    }
    return compose_notice(notice, now, fresh_name());
}

}  // namespace crmrelay::report
