// SPDX-License-Identifier: BSD-2-Clause
//
// Gathers facts: envelope parameters (RFC 1870, RFC 3461) and a few header fields (RFC 5322). Nothing is judged here.
#include "milter/message.hh"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hh"

namespace crmrelay::milter {

namespace {

// Transports of Postfix's master.cf, and names that are customary for delivery agents, that end at this server: a recipient of theirs
// is no relaying. Any other name (smtp, relay, one of the administrator's own) counts as relaying, and so does a missing one: it only
// matters while policyd is away, and then a CRM's message waits rather than leaves with its bounces lost.
constexpr std::array<std::string_view, 9> kLocalMailers = {"cyrus", "discard", "dovecot", "error", "lmtp", "local", "maildrop", "procmail", "virtual"};
static_assert(std::ranges::is_sorted(kLocalMailers));

constexpr std::size_t kAttributeOverhead = 16;   // an attribute's name and two NULs, none is longer

std::string_view without_angles(std::string_view address) {
    if (address.size() >= 2 && address.front() == '<' && address.back() == '>') return address.substr(1, address.size() - 2);
    return address;
}

// The value of the parameter "NAME=…" behind the address; empty where it is not given.
std::string_view parameter(Message::Arguments arguments, std::string_view name_and_equals) {
    for (const auto argument : arguments.subspan(std::min<std::size_t>(1, arguments.size())))
        if (base::istarts_with(argument, name_and_equals)) return argument.substr(name_and_equals.size());
    return {};
}

std::string_view address_of(Message::Arguments arguments) { return arguments.empty() ? std::string_view() : without_angles(arguments.front()); }

}  // namespace

bool is_local_mailer(std::string_view mailer) { return std::ranges::binary_search(kLocalMailers, std::string_view(base::lower(mailer))); }

Message::Message(policy::SessionFacts session, Arguments mail) : Message(std::move(session), mail, Caps()) {}

Message::Message(policy::SessionFacts session, Arguments mail, const Caps& caps) : caps_(caps), session_(std::move(session)) {
    const auto sender = address_of(mail), envid = parameter(mail, "ENVID="), ret = parameter(mail, "RET=");
    facts_.size = base::parse_number(parameter(mail, "SIZE=")).value_or(0);
    if (!fits(sender.size() + envid.size() + ret.size(), 3)) return;
    facts_.sender = sender;
    facts_.envid = envid;
    facts_.ret = ret;
}

bool Message::fits(std::size_t octets, std::size_t attributes) {
    octets_ += octets + attributes * kAttributeOverhead;
    if (octets_ > caps_.octets && missing_ == Missing::nothing) missing_ = Missing::octets;
    return missing_ == Missing::nothing;
}

void Message::add_recipient(Arguments rcpt, std::string_view mailer) {
    relays_ = relays_ || !is_local_mailer(mailer);
    const auto address = address_of(rcpt), orcpt = parameter(rcpt, "ORCPT="), notify = parameter(rcpt, "NOTIFY=");
    if (facts_.recipients.size() >= caps_.recipients && missing_ == Missing::nothing) missing_ = Missing::recipients;
    if (!fits(address.size() + orcpt.size() + notify.size(), 3)) return;
    facts_.recipients.push_back({std::string(address), std::string(orcpt), std::string(notify)});
}

void Message::add_header(std::string_view name, std::string_view value, const Names& wanted) {
    const auto folded = base::lower(base::trim(name));
    const bool from = folded == "from", message_id = folded == "message-id" && facts_.message_id.empty(), kept = wanted.contains(folded);
    if (!from && !message_id && !kept) return;
    if (++headers_ > caps_.headers && missing_ == Missing::nothing) missing_ = Missing::headers;
    if (!fits((1 + kept) * value.size() + name.size(), 2)) return;
    if (from) facts_.from.emplace_back(value);
    if (message_id) facts_.message_id = base::trim(value);
    if (kept) facts_.headers.emplace_back(base::trim(name), value);
}

void Message::set_dkim(std::vector<std::string> domains, std::string_view trouble) {
    std::size_t octets = trouble.size();
    for (const auto& domain : domains) octets += domain.size();
    if (!fits(octets, domains.size() + 1)) return;
    facts_.dkim = std::move(domains);
    facts_.dkim_trouble = trouble;
}

bool Message::has_recipient(std::string_view address) const {
    return std::ranges::any_of(facts_.recipients, [&](const auto& recipient) { return base::iequals(recipient.address, address); });
}

std::optional<policy::Reply> Message::incomplete() const {
    const auto refusal = [](std::string_view detail, const std::string& words) { return policy::Reply::permanent(detail, "limit", words); };
    switch (missing_) {
        case Missing::nothing: return std::nullopt;
        case Missing::recipients: return refusal("5.3", fmt::format("more than {} recipients in one message: send it in parts", caps_.recipients));
        case Missing::headers: return refusal("3.4", fmt::format("more than {} header fields of a kind that is recorded (From, Message-ID and those of the record): leave some out", caps_.headers));
        case Missing::lost: return policy::Reply::temporary("3.0", "unavailable", "the relay could not keep what it has to know of this message, try again later");
        case Missing::octets: break;
    }
    return refusal("3.4", fmt::format("recipients and recorded header fields of this message exceed {} octets: send it in parts", caps_.octets));
}

}  // namespace crmrelay::milter
