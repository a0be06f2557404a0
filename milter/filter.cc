// SPDX-License-Identifier: BSD-2-Clause
//
// Asks policyd, and does without it where it must.
#include "milter/filter.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.hh"
#include "base/text.hh"
#include "milter/log.hh"
#include "milter/reply.hh"

namespace crmrelay::milter {

namespace {

constexpr int kGreetingsTold = 1000;
constexpr std::size_t kInstanceOctets = 8;   // two milters of one policyd never share a session's name

// What goes into an SMTP command verbatim: printable ASCII, no space, no angles.
bool is_one_word(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '<' && c != '>'; });
}

std::string service_of(const Session& session) { return session.service ? std::to_string(session.service) : ""; }

}  // namespace

bool has_to_wait(const Standing& standing) { return standing.claimed || (standing.relays && (standing.known_login || standing.told || standing.listed)); }

Filter::Filter(AdmissionClient& policyd, Snapshot snapshot, Metrics* metrics)
    : policyd_(policyd), snapshot_(std::move(snapshot)), metrics_(metrics), instance_(base::hex(base::random_octets(kInstanceOctets))) {}

Session Filter::new_session() {
    Session session;
    session.id = fmt::format("{}-{}", instance_, ++sessions_);
    return session;
}

Snapshot Filter::snapshot() { return *snapshot_.lock(); }

void Filter::replace(Snapshot snapshot) { std::swap(*snapshot_.lock(), snapshot); }

void Filter::announce(Session& session) {
    const auto& facts = session.message->session();
    session.told = false;
    if (facts.client == base::IpAddress()) return;   // no grant can be tied to it
    const auto told = policyd_.tell(policy::Announce{session.id, facts});
    if (told) {
        session.announced = session.told = true;
        return;
    }
    log::unavailable({"", facts, service_of(session), "mail", "unannounced", told.error()});
    if (metrics_) metrics_->unavailable("mail");
}

Outcome Filter::claim(Session& session) {
    Message& message = *session.message;
    if (!snapshot()->knows_login(message.session().login)) {
        const auto answer = policyd_.ask(policy::Whose{session.id, message.session()});
        if (!answer) return without_policyd(session, "data", answer.error());
        if (std::holds_alternative<policy::Pass>(*answer)) return Accept{};
        if (const auto* reply = std::get_if<policy::Reply>(&*answer)) return without_policyd(session, "data", reply->text());
        if (!std::holds_alternative<policy::Mine>(*answer)) return without_policyd(session, "data", "policyd's answer to `whose` is none of `mine` and `pass`");
        message.claim();
    }
    if (const auto refusal = message.incomplete()) return refused(session, *refusal);
    if (const auto now = snapshot(); now->dkim && session.has_body) session.content = std::make_unique<Content>(now->dkim, session.verbatim);
    return GoOn{};
}

void Filter::end_of_header(Session& session) {
    if (session.content) session.content->end_of_header(session.message->facts().from, session.message->leaving());
}

// A reload that brings DKIM reaches sessions whose MTA has been told to keep bodies: of theirs nothing is known for now, and policyd defers
// those for which that counts.
void Filter::verify(Session& session) {
    if (session.content) {
        auto verified = session.content->verify();
        session.message->set_dkim(std::move(verified.domains), verified.trouble);
    } else if (const auto now = snapshot(); now->dkim && now->dkim->verifies) {
        session.message->set_dkim({}, "this session began before DKIM was configured");
    }
}

Outcome Filter::admit(Session& session) {
    Message& message = *session.message;
    if (const auto refusal = message.incomplete()) return refused(session, *refusal);
    verify(session);
    if (const auto refusal = message.incomplete()) return refused(session, *refusal);
    const auto answer = policyd_.ask(policy::Admit{session.id, message.session(), message.facts()});
    if (!answer) return without_policyd(session, "message", answer.error());
    if (std::holds_alternative<policy::Pass>(*answer)) return Accept{};
    if (const auto* refusal = std::get_if<policy::Reply>(&*answer)) return *refusal;
    const auto* relay = std::get_if<policy::Relay>(&*answer);
    if (!relay || !is_one_word(relay->return_path) || !is_one_word(relay->envid) || !is_one_word(relay->archive))
        return without_policyd(session, "message", "policyd's answer to `admit` cannot be carried out");
    return edits(session, *relay);
}

Outcome Filter::edits(Session& session, policy::Relay order) const {
    const Message& message = *session.message;
    Edits out;
    if (!order.sign.empty()) {
        const auto made = session.content ? session.content->sign(order.sign)
                                          : base::Result<std::vector<Signature>>(base::Error{"this session began before DKIM was configured"});
        if (!made) {
            const bool for_good = session.content && session.content->unsignable();
            log::unsigned_message(message.facts().queue_id, order.sign, for_good ? "refused" : "deferred", made.error());
            return for_good ? unsignable_reply(made.error()) : unsigned_reply();
        }
        for (const auto& [domain, selector, value] : *made) {
            log::signature(message.facts().queue_id, domain, selector);
            if (metrics_) metrics_->signatures.add();
            out.signatures.push_back(value);
        }
    }
    if (!order.return_path.empty()) {
        out.sender = std::move(order.return_path);
        if (!order.envid.empty()) out.arguments = "ENVID=" + order.envid;
        if (order.set_ret_hdrs) out.arguments += out.arguments.empty() ? "RET=HDRS" : " RET=HDRS";
    }
    for (auto& name : order.remove) {
        const int count = message.leaving().count(name);
        const bool ours = !out.signatures.empty() && session.content->covers(base::lower(name));
        if (count > 0 && !ours) out.removed.emplace_back(std::move(name), count);
    }
    if (!message.has_recipient(order.archive)) out.recipient = std::move(order.archive);
    return out;
}

void Filter::close(const Session& session) {
    // Where this is lost policyd forgets the session together with the milter's last connection.
    if (session.announced) static_cast<void>(policyd_.tell(policy::Close{session.id}));
    if (session.mail || session.client == base::IpAddress()) return;
    policy::Ended ended{session.id, {}, static_cast<std::uint32_t>(std::min(session.greetings, kGreetingsTold))};
    ended.facts.client = session.client;
    ended.facts.port = session.port;
    ended.facts.service = session.service;
    ended.facts.tls = session.tls;
    static_cast<void>(policyd_.tell(ended));
}

Outcome Filter::without_policyd(const Session& session, std::string_view step, std::string_view why) {
    const Message& message = *session.message;
    const auto now = snapshot();
    const auto& facts = message.session();
    const bool waits = has_to_wait({message.is_mine(), now->knows_login(facts.login), session.told, now->lists(facts.client), message.relays()});
    log::unavailable({message.facts().queue_id, facts, service_of(session), step, waits ? "deferred" : "accepted", why});
    if (metrics_) metrics_->unavailable(step);
    if (waits) return unavailable_reply();
    return Accept{};
}

Outcome Filter::refused(const Session& session, const policy::Reply& reply) {
    log::refused(session.message->facts().queue_id, session.message->session(), reply);
    return reply;
}

}  // namespace crmrelay::milter
