// SPDX-License-Identifier: BSD-2-Clause
//
// A function a kind of event; the event's document holds all that the words need.
#include "report/notice.hh"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "report/event.hh"
#include "report/mail.hh"
#include "report/notice_blame.hh"

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

std::string said(const Json& value, const char* key) {
    const auto at = value.find(key);
    return at != value.end() && at->is_string() ? at->get<std::string>() : std::string();
}

// A line each: when, what, who.
std::string list_of(const Json& failures) {
    std::string out;
    for (const auto& failure : failures) {
        const auto login = said(failure, "login"), queue_id = said(failure, "queue_id");
        out += fmt::format("{}{}  client {}{}{}{}{}\n    {}", out.empty() ? "" : "\n", said(failure, "time"), said(failure, "client"), login.empty() ? "" : ", login ", login,
                           queue_id.empty() ? "" : ", ", queue_id, said(failure, "text"));
    }
    return out;
}

// What usually mends a failure of this kind.
std::string remedy_of(std::string_view reason) {
    if (reason == "network") return "The CRM came from an address that is not in this domain's networks: whitelist the CRM's addresses (`crmrelayctl crm` shows what its vendor names), or see who else uses this login.";
    if (reason == "tls") return "The CRM did not encrypt: switch TLS (STARTTLS) on in the CRM's relay settings.";
    if (reason == "certificate") return "The CRM showed another client certificate, or none: list the new one in certificates, or set it in the CRM again.";
    if (reason == "tenant") return "The message names another customer of the CRM than this domain's: compare tenant with what the CRM sends.";
    if (reason == "dkim") return "The message has no valid signature aligned with its From domain: switch DKIM signing on in the CRM, and see that its key is published.";
    if (reason == "password") return "Check the password that the CRM has; with two-factor authentication it needs an app password. `crmrelayctl login add` makes a new one.";
    return "The text above says what is wrong.";
}

std::string where_mail_goes(const Json& policy) {
    if (policy.at("falls_back").get<bool>())
        return "As its vendor says, the CRM now sends directly from its own servers: this mail does not pass your server, is not signed by it, and no copy of it reaches the archive.";
    return "No page of the vendor says that the CRM sends by itself meanwhile: it may keep its mail and try again, or drop it.";
}

void say_strike(const Json& document, Notice& into) {
    const auto& strike = document.at("strike");
    const auto& policy = document.at("policy");
    const auto in_a_row = strike.at("in_a_row").get<int>(), after = policy.at("after").get<int>();
    const auto reason = said(strike.at("last"), "reason");
    into.subject = fmt::format("{}: sending has failed {} times in a row today ({})", into.domain, in_a_row, reason);
    into.paragraphs = {fmt::format("Your CRM's mail for {} was refused {} times in a row today:", into.domain, in_a_row), list_of(strike.at("failures")), remedy_of(reason),
                       after > 0 ? fmt::format("After {} failures in a row in one day this domain is suspended until the next day ({}).", after, said(policy, "timezone"))
                                 : std::string("Nothing is suspended (suspend.after is 0): each message is refused until this is mended, and may be lost.")};
}

void say_suspended(const Json& document, Notice& into) {
    const auto& suspension = document.at("suspension");
    const auto& failures = document.at("failures");
    const auto reason = failures.empty() ? std::string() : said(failures.back(), "reason");
    into.subject = fmt::format("{}: relaying is suspended until {}", into.domain, said(suspension, "until"));
    into.paragraphs = {fmt::format("Relaying for {} is suspended until {}: {}. Until then messages of this domain get a temporary refusal with [crmrelay:suspended]; other domains are not concerned.",
                                   into.domain, said(suspension, "until"), said(suspension, "why")),
                       "The failures:\n" + list_of(failures), remedy_of(reason), where_mail_goes(document.at("policy")),
                       fmt::format("It resumes by itself then. When the cause is mended, resume it at once: crmrelayctl resume {}", into.domain)};
}

void say_password(const Json& document, Notice& into) {
    const auto& auth = document.at("auth");
    into.subject = fmt::format("{}: the CRM's login {} is refused", into.domain, said(auth, "login"));
    into.paragraphs = {fmt::format("A client in the networks of {} tried the login {} and was refused:", into.domain, said(auth, "login")), list_of(Json::array({auth})), remedy_of("password"),
                       document.at("counts").get<bool>() ? "Each such attempt counts as a failure of this domain (suspend.count has \"password\")."
                                                         : "It does not count as a failure: other customers of the same CRM have the same addresses, and any of them can send a wrong password. This is told once a day.",
                       "If your CRM sends as it should, somebody else is guessing: nothing needs to be done."};
}

void say_unconfigured(const Json& document, Notice& into) {
    const auto name = said(document, "from_domain");
    into.subject = fmt::format("{}: a user of the CRM writes as {}, which is not configured", into.domain, name);
    into.paragraphs = {fmt::format("A session with a login of {} sent a message whose From domain is {}. It was refused, since no domain of that name is configured:", into.domain, name),
                       list_of(Json::array({document.at("refusal")})),
                       fmt::format("If this is one of your domains, add this domain: a [domain.\"{}\"] of its own, or its name in `also` of {}. Every domain needs its own settings.", name, into.domain)};
}

}  // namespace

base::Result<std::string> notice_about(const store::Event& event, const store::Outgoing& row, base::Seconds now) {
    Notice notice;
    notice.domain = row.domain;
    notice.to = row.recipient;
    try {
        const auto document = Json::parse(event.document);
        if (event.type == "blamed") {
            const auto words = words_about_blame(event, row.domain, base::Translation("en"));
            if (!words) return base::Error{words.error()};
            notice.subject = words->subject;
            notice.paragraphs = words->paragraphs;
        } else if (event.type == "limit") say_limit(document.at("limit"), notice);
        else if (event.type == "strike") say_strike(document, notice);
        else if (event.type == "suspended") say_suspended(document, notice);
        else if (event.type == "auth-failed") say_password(document, notice);
        else if (event.type == "unconfigured") say_unconfigured(document, notice);
        else return base::Error{fmt::format("there is no notice about events of type {}", event.type)};
    } catch (const Json::exception& error) {
        return base::Error{fmt::format("event {} is damaged: {}", event.id, error.what())};
    }
    return compose_notice(notice, now, fresh_name());
}

}  // namespace crmrelay::report
