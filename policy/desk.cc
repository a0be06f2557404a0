// SPDX-License-Identifier: BSD-2-Clause
//
// Performs decisions. A message is recorded durably before the milter hears that it is relayed.
#include "policy/desk.hh"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/crypto.hh"
#include "base/text.hh"
#include "policy/log.hh"

namespace crmrelay::policy {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;

namespace {

constexpr const char* kDunno = "DUNNO";
constexpr base::Seconds kWarnAgain = 60;
constexpr std::size_t kServicesWarned = 1000;

// Runs `start(callback)`, where `callback(value)` may be called once from any thread, and resumes in the io_context with the value.
// `start` outlives the wait: it stands in the awaiting coroutine. (GCC 12 destroys a closure twice that is passed into a coroutine by value.)
template <typename T, typename Start>
awaitable<T> await_callback(asio::io_context& io, Start& start) {
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(T)>(
        [](auto handler, asio::io_context* context, Start* begin) {
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            (*begin)([context, shared](T value) { asio::post(*context, [shared, value = std::move(value)]() mutable { std::move(*shared)(std::move(value)); }); });
        },
        use_awaitable, &io, &start);
}

class InFlight {
public:
    using Count = std::shared_ptr<std::atomic<int>>;

    explicit InFlight(Count count) : count_(std::move(count)) { ++*count_; }
    InFlight(const InFlight&) = delete;
    ~InFlight() { --*count_; }

private:
    const Count count_;
};

std::string action_of(const Reply& reply) { return reply.line(); }

Reply cannot_store(const std::string& domain) {
    return Reply::temporary("3.0", "unavailable", fmt::format("{}: the record of this message cannot be stored now, try again later", domain));
}

Reply forgotten() { return Reply::temporary("3.0", "unavailable", "the policy service does not know this session any more, try again later"); }

store::Message record_of(const Admit& question, const MessageVerdict& verdict, std::string token, base::Seconds now) {
    const auto& message = question.message;
    store::Message out;
    out.token = std::move(token);
    out.relayed_at = now;
    out.domain = verdict.domain->name;
    out.queue_id = message.queue_id;
    out.message_id = message.message_id;
    out.sender = message.sender;
    out.envid = message.envid;
    out.ret = message.ret;
    out.from = verdict.from;
    out.login = question.facts.login;
    out.client = question.facts.client.text();
    out.size = message.size;
    for (const auto& recipient : message.recipients) out.recipients.push_back({recipient.address, recipient.orcpt, recipient.notify});
    for (const auto& [name, value] : message.headers)
        for (const auto& kept : verdict.domain->headers)
            if (base::iequals(name, kept)) out.headers.emplace_back(name, value);
    return out;
}

}  // namespace

Desk::Desk(asio::io_context& io, store::Store& store, RulesPtr rules, Clock clock)
    : io_(io), store_(store), rules_(std::move(rules)), clock_(std::move(clock)) {}

void Desk::use(RulesPtr rules) {
    asio::post(io_, [this, rules = std::move(rules)]() mutable { rules_ = std::move(rules); });
}

// Most questions need no waiting: strangers, refusals, addresses that are none of ours.
std::optional<std::string> Desk::policy_at_once(const PolicyRequest& request) {
    using Context = PolicyRequest::Context;
    if (!request.at_rcpt || !request.has_client || request.context == Context::other) return kDunno;
    if (request.context == Context::recipient) return bounce_address_at_once(request);
    if (request.context == Context::granted) {
        const bool perhaps = sessions_.granted(request.session) || is_crm_login(*rules_, request.session);
        return perhaps ? std::nullopt : std::optional<std::string>(kDunno);
    }
    const auto verdict = session_verdict(*rules_, request.session);
    if (verdict.kind == SessionVerdict::Kind::grant) return std::nullopt;
    if (!verdict.refusal) return kDunno;
    log::refused(request.session, *verdict.refusal, request.queue_id, request.sender, request.recipient);
    note(request.session, *verdict.refusal);
    return verdict.kind == SessionVerdict::Kind::refuse ? action_of(verdict.refusal->reply) : kDunno;
}

awaitable<std::string> Desk::policy(const PolicyRequest& request) {
    std::string action;
    if (request.context == PolicyRequest::Context::recipient) {
        const auto on_record = co_await is_on_record(request);
        action = bounce_address_action(request, on_record);
    } else {
        co_await hear_announcements();
        action = request.context == PolicyRequest::Context::granted ? granted_action(request) : relay_action(request);
    }
    co_return action;
}

// The milter wrote its announcement of this message before Postfix asked us, but on another socket: all that has arrived by now is read first. Without it a
// grant could rest on the announcement of the session's former message, and be forgotten when the new one is read.
awaitable<void> Desk::hear_announcements() {
    constexpr int kRounds = 6;   // each lets the reactor look at all sockets once; a frame may come in two reads
    for (int round = 0; round < kRounds; ++round) co_await asio::post(io_, use_awaitable);
}

std::string Desk::relay_action(const PolicyRequest& request) {
    if (sessions_.announced(request.session)) {
        sessions_.grant(request.session);
        return "OK";
    }
    warn_of_missing_milter(request);
    return action_of(Reply::temporary("3.0", "unavailable", "relaying is not possible through this service now, try again later"));
}

// In smtpd_recipient_restrictions Postfix asks about mail to our own users as well: a stranger of the CRM's cloud is no CRM there, whatever its address.
std::string Desk::granted_action(const PolicyRequest& request) {
    if (sessions_.granted(request.session)) return "OK";
    const bool may = is_crm_login(*rules_, request.session) && session_verdict(*rules_, request.session).kind == SessionVerdict::Kind::grant;
    return may && sessions_.announced(request.session) ? relay_action(request) : kDunno;
}

void Desk::warn_of_missing_milter(const PolicyRequest& request) {
    const auto now = clock_();
    const auto service = request.server_address + ":" + request.server_port;
    if (const auto at = warned_.find(service); at != warned_.end() && now < at->second + kWarnAgain) return;
    if (warned_.size() >= kServicesWarned) warned_.clear();
    warned_[service] = now;
    log::no_milter(request.session, request.server_address, request.server_port);
}

std::optional<std::string> Desk::bounce_address_at_once(const PolicyRequest& request) {
    const bool from_ourselves = request.session.client.text() == request.server_address;
    const auto verdict = bounce_verdict(*rules_, request.recipient, from_ourselves, clock_());
    if (verdict.kind == BounceVerdict::Kind::look_up) return std::nullopt;
    return verdict.refusal ? refuse_address(request, *verdict.refusal) : kDunno;
}

std::string Desk::bounce_address_action(const PolicyRequest& request, std::optional<bool> on_record) {
    if (!on_record)
        return action_of(Reply::temporary("3.0", "unavailable", fmt::format("<{}>: bounce addresses cannot be judged now, try again later", request.recipient)));
    return *on_record ? kDunno : refuse_address(request, unknown_token(request.recipient));
}

std::string Desk::refuse_address(const PolicyRequest& request, const Refusal& refusal) {
    log::refused(request.session, refusal, request.queue_id, request.sender, request.recipient);
    return action_of(refusal.reply);
}

// The token of this recipient is genuine: does the store know it? Nothing where the store cannot say.
awaitable<std::optional<bool>> Desk::is_on_record(const PolicyRequest& request) {
    const InFlight count(in_flight_);
    const auto token = bounce_verdict(*rules_, request.recipient, false, clock_()).token;
    auto look_up = [this, &token](auto done) {
        asio::post(readers_, [this, &token, done] {
            try {
                done(store_.find_message(token).has_value());
            } catch (const std::exception& e) {
                log::store_trouble("looking up a bounce address", e.what());
                done(std::nullopt);
            }
        });
    };
    const auto on_record = co_await await_callback<std::optional<bool>>(io_, look_up);
    co_return on_record;
}

// A session that is not known (policyd was restarted since its MAIL, say) may have been granted: `pass` would let its message out unjudged. The milter
// then lets wait what relays from a listed network, and nobody else.
bool Desk::may_have_been_granted(const std::string& session, const SessionFacts& facts) const {
    return facts.port != 0 && !sessions_.knows(session, facts) && !rules_->with_network(facts.client).empty();
}

Answer Desk::whose(const Whose& question) const {
    if (is_crm_login(*rules_, question.facts) || sessions_.granted(question.session, question.facts)) return Mine{};
    if (may_have_been_granted(question.session, question.facts)) return forgotten();
    return Pass{};
}

awaitable<Answer> Desk::admit(const Admit& question) {
    const InFlight count(in_flight_);
    const auto rules = rules_;   // a reload may come while the store works
    const auto now = clock_();
    const auto verdict = message_verdict(*rules, question.facts, question.message, sessions_.granted(question.session, question.facts), now);
    if (verdict.refusal) {
        log::refused(question.facts, *verdict.refusal, question.message.queue_id, question.message.sender, "");
        note(question.facts, *verdict.refusal);
    }
    if (verdict.kind == MessageVerdict::Kind::refuse) co_return verdict.refusal->reply;
    if (verdict.kind == MessageVerdict::Kind::pass) {
        if (!is_crm_login(*rules, question.facts) && may_have_been_granted(question.session, question.facts)) co_return forgotten();
        co_return Pass{};
    }

    const auto& domain = *verdict.domain;
    const auto token = rules->keys().make(now, base::random_octets(8), domain.return_path ? domain.return_path->domain : domain.name);
    auto message = record_of(question, verdict, token, now);
    auto record = [this, &message](auto done) { store_.record_message(std::move(message), [done](const store::Outcome& outcome) { done(outcome); }); };
    const auto outcome = co_await await_callback<store::Outcome>(io_, record);
    if (!outcome.durable) {
        log::store_trouble("recording a message", outcome.error);
        co_return cannot_store(domain.name);
    }
    const auto return_path = verdict.rewrite ? domain.return_path->address(token) : std::string();
    log::relayed(question.facts, question.message, domain, verdict.from, verdict.rewrite ? return_path : question.message.sender);
    co_return Relay{return_path, token, verdict.rewrite && question.message.ret.empty()};
}

void Desk::note(const SessionFacts& session, const Refusal& refusal) {
    if (!rules_->config().by_name.contains(refusal.domain)) return;   // counted for configured domains only
    store_.record_refusal({refusal.domain, clock_(), refusal.observed, refusal.reason, refusal.reply.line(), session.client.text(), session.login});
}

}  // namespace crmrelay::policy
