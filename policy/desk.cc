// SPDX-License-Identifier: BSD-2-Clause
//
// Performs decisions. A message is recorded durably before the milter hears that it is relayed.
#include "base/called_back.hh"
#include "policy/desk.hh"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <atomic>

#include "base/crypto.hh"
#include "base/text.hh"
#include "policy/log.hh"
#include "policy/metrics.hh"

namespace crmrelay::policy {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;

namespace {

constexpr const char* kDunno = "DUNNO";
constexpr base::Seconds kWarnAgain = 60;
constexpr base::Seconds kUsageKept = 86400;   // the longest window of `limits`
constexpr std::size_t kServicesWarned = 1000;

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

// access(5): the client is told to come again only where Postfix would else refuse it. A stranger's mail to our own users passes.
std::string defer_action(const Reply& reply) { return fmt::format("DEFER_IF_REJECT {} {}", reply.enhanced(), reply.text()); }

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
    out.archive = verdict.archive;
    if (!out.archive.empty()) out.recipients.push_back({out.archive, "", "FAILURE"});
    for (const auto& [name, value] : message.headers)
        for (const auto& kept : verdict.domain->headers)
            if (base::iequals(name, kept)) out.headers.emplace_back(name, value);
    return out;
}

}  // namespace

Desk::Desk(asio::io_context& io, store::Store& store, NetworkLookup* networks, RulesPtr rules, Clock clock, Metrics* metrics)
    : io_(io), store_(store), networks_(networks), metrics_(metrics), rules_(std::move(rules)), clock_(std::move(clock)),
      standings_(io_, store_, rules_, clock_), witness_(io_, networks_, standings_, rules_), login_times_(store_) {
    for (const auto& [name, used] : used_before(*rules_)) fill_usage(rules_->domain(rules_->config().by_name.at(name)), used);
}

void Desk::heard_login(const base::IpAddress& client, std::string_view login, std::string_view cause, bool password) {
    witness_.login(client, login, cause, password);
    if (!rules_->with_login(login).empty()) login_times_.note(login, client, cause, clock_());
}

// What the store's records say of the domains whose limits are new; a domain without limits is not counted.
std::map<std::string, std::vector<store::Used>> Desk::used_before(const Rules& rules) {
    std::map<std::string, std::vector<store::Used>> out;
    for (const auto& domain : rules.config().domains)
        if (domain.limits.any() && limited_.insert(domain.name).second) try {
                out[domain.name] = store_.used_since(domain.name, clock_() - kUsageKept);
            } catch (const std::exception& e) {
                log::store_trouble(fmt::format("counting the messages of {} today, limits begin at 0", domain.name), e.what());
            }
    return out;
}

void Desk::fill_usage(const conf::Domain& domain, const std::vector<store::Used>& used) {
    for (const auto& [at, login, messages] : used) usage_.add(account_of(domain, login), at, messages);
}

void Desk::use(RulesPtr rules) {
    auto used = used_before(*rules);   // here, not in the loop: it may take the store a while
    asio::post(io_, [this, rules = std::move(rules), used = std::move(used)]() mutable {
        rules_ = std::move(rules);
        standings_.use(rules_);
        witness_.use(rules_);
        for (const auto& [name, minutes] : used) fill_usage(rules_->domain(rules_->config().by_name.at(name)), minutes);
    });
}

// Most questions need no waiting: strangers, refusals, addresses that are none of ours. A certificate is remembered for the session's messages, whatever the question.
std::optional<std::string> Desk::policy_at_once(const PolicyRequest& request) {
    using Context = PolicyRequest::Context;
    if (!request.at_rcpt || !request.has_client || request.context == Context::other) return kDunno;
    if (!request.session.fingerprint.empty()) return std::nullopt;
    if (request.context == Context::recipient) return bounce_address_at_once(request);
    if (request.context == Context::granted) {
        const bool perhaps = sessions_.granted(request.session) || is_crm_login(*rules_, request.session);
        return perhaps ? std::nullopt : std::optional<std::string>(kDunno);
    }
    auto facts = request.session;
    if (!networks_at_once(facts, networks_that_matter(facts))) return std::nullopt;
    const auto verdict = session_verdict(*rules_, facts, standings_.suspended());
    if (verdict.kind == SessionVerdict::Kind::grant || (verdict.kind == SessionVerdict::Kind::refuse && !strikes_of(facts).empty())) return std::nullopt;
    return verdict_action(request, verdict);
}

awaitable<std::string> Desk::policy(const PolicyRequest& request) {
    std::string action;
    co_await hear_announcements();
    if (!request.session.fingerprint.empty()) sessions_.note_certificate(request.session);
    if (request.context == PolicyRequest::Context::recipient) {
        auto at_once = bounce_address_at_once(request);
        if (at_once) co_return *at_once;
        const auto on_record = co_await is_on_record(request);
        action = bounce_address_action(request, on_record);
        co_return action;
    }
    auto facts = request.session;
    const auto names = networks_that_matter(facts);
    const bool known = networks_at_once(facts, names);
    if (!known) co_await look_at_networks(facts, names);
    const auto verdict = session_verdict(*rules_, facts, standings_.suspended());
    if (request.context == PolicyRequest::Context::relay && verdict.kind == SessionVerdict::Kind::refuse && is_new_message(request)) {
        const InFlight count(in_flight_);
        auto strikes = strikes_of(facts);
        co_await standings_.strike(std::move(strikes), facts, request.queue_id);
    }
    if (request.context == PolicyRequest::Context::granted) action = granted_action(request, verdict);
    else if (verdict.kind == SessionVerdict::Kind::grant) action = relay_action(request);
    else action = verdict_action(request, verdict);
    co_return action;
}

// What is no grant.
std::string Desk::verdict_action(const PolicyRequest& request, const SessionVerdict& verdict) {
    if (!verdict.refusal) return kDunno;
    tell_refused(metrics_, request.session, *verdict.refusal, request.queue_id, request.sender, request.recipient);
    if (verdict.kind == SessionVerdict::Kind::defer) return defer_action(verdict.refusal->reply);
    note(request.session, *verdict.refusal, {request.queue_id, request.instance});
    return verdict.kind == SessionVerdict::Kind::refuse ? action_of(verdict.refusal->reply) : kDunno;
}

// What cannot change the answer is not asked: a session that is granted already needs no look-up.
std::vector<std::string> Desk::networks_that_matter(const SessionFacts& facts) const {
    if (session_verdict(*rules_, facts).kind == SessionVerdict::Kind::grant) return {};
    return rules_->spf_names_of(facts);
}

// False where DNS has to be asked.
bool Desk::networks_at_once(SessionFacts& facts, const std::vector<std::string>& names) const {
    bool all = true;
    for (const auto& name : names) {
        const auto known = networks_ ? networks_->at_once(name, facts.client) : std::optional(Standing::unknown);
        if (known) facts.spf.push_back({name, *known});
        else all = false;
    }
    return all;
}

// All at the same time: each look-up has its own deadline, and Postfix waits for the sum.
awaitable<void> Desk::look_at_networks(SessionFacts& facts, std::vector<std::string> names) {
    const InFlight count(in_flight_);
    facts.spf.clear();
    for (auto& name : names) facts.spf.push_back({std::move(name), Standing::unknown});
    if (facts.spf.empty()) co_return;
    struct Open {
        std::vector<std::atomic<Standing>> standings;
        std::atomic<std::size_t> open;
    };
    const auto shared = std::make_shared<Open>(std::vector<std::atomic<Standing>>(facts.spf.size()), facts.spf.size());
    auto ask = [this, &facts, shared](auto done) {
        for (std::size_t i = 0; i < facts.spf.size(); ++i)
            networks_->look_up(facts.spf[i].name, facts.client, [shared, i, done](Standing standing) {
                shared->standings[i] = standing;
                if (shared->open.fetch_sub(1) == 1) done(true);
            });
    };
    co_await base::called_back<bool>(io_.get_executor(), ask);
    for (std::size_t i = 0; i < facts.spf.size(); ++i) facts.spf[i].standing = shared->standings[i];
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
std::string Desk::granted_action(const PolicyRequest& request, const SessionVerdict& verdict) {
    if (sessions_.granted(request.session)) return "OK";
    const bool may = is_crm_login(*rules_, request.session) && verdict.kind == SessionVerdict::Kind::grant;
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
    tell_refused(metrics_, request.session, refusal, request.queue_id, request.sender, request.recipient);
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
    const auto on_record = co_await base::called_back<std::optional<bool>>(io_.get_executor(), look_up);
    co_return on_record;
}

// A session that is not known (policyd was restarted since its MAIL, say) may have been granted, by a network that follows an SPF record or a certificate
// too: `pass` would let its message out unjudged. The milter then lets wait what relays and was announced, and nobody else.
bool Desk::may_have_been_granted(const std::string& session, const SessionFacts& facts) const {
    return facts.port != 0 && !sessions_.knows(session, facts);
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
    const bool granted = sessions_.granted(question.session, question.facts);
    auto facts = question.facts;
    sessions_.fill_certificate(question.session, facts);
    if (granted || is_crm_login(*rules, facts)) {
        const auto names = spf_names_of(*rules, question.message);
        const bool known = networks_at_once(facts, names);
        if (!known) co_await look_at_networks(facts, names);
    }
    const auto verdict = message_verdict(*rules, facts, question.message, granted, now, standings_.suspended());
    if (verdict.refusal) {
        tell_refused(metrics_, facts, *verdict.refusal, question.message.queue_id, question.message.sender, "");
        note(facts, *verdict.refusal, {question.message.queue_id, "", &question.message});
        auto strikes = strikes_of(question, facts, *verdict.refusal);
        co_await standings_.strike(std::move(strikes), facts, question.message.queue_id);
    }
    if (verdict.kind == MessageVerdict::Kind::refuse) co_return verdict.refusal->reply;
    if (verdict.kind == MessageVerdict::Kind::pass) {
        if (!is_crm_login(*rules, facts) && may_have_been_granted(question.session, facts)) co_return forgotten();
        co_return Pass{};
    }

    const auto& domain = *verdict.domain;
    const auto full = take_of_limits(domain, facts, question.message, now);
    if (full) co_return *full;
    const auto token = rules->keys().make(now, base::random_octets(8), domain.return_path ? domain.return_path->domain : domain.name);
    auto message = record_of(question, verdict, token, now);
    auto record = [this, &message](auto done) { store_.record_message(std::move(message), [done](const store::Outcome& outcome) { done(outcome); }); };
    const auto outcome = co_await base::called_back<store::Outcome>(io_.get_executor(), record);
    if (!outcome.durable) {
        usage_.give_back(account_of(domain, facts.login), now);
        log::store_trouble("recording a message", outcome.error);
        co_return cannot_store(domain.name);
    }
    // The only word of a login whose password Dovecot or Cyrus has judged.
    if (!rules->with_login(facts.login).empty()) login_times_.note(facts.login, facts.client, "", now);
    Relay order;
    order.return_path = verdict.rewrite ? domain.return_path->address(token) : std::string();
    order.envid = token;
    order.set_ret_hdrs = verdict.rewrite && question.message.ret.empty();
    order.archive = verdict.archive;
    order.remove = domain.remove_headers;
    if (verdict.sign) order.sign = domain.name;
    if (metrics_) metrics_->relayed.add(domain.name);
    log::relayed(facts, question.message, domain, verdict, verdict.rewrite ? order.return_path : question.message.sender);
    co_return order;
}

// Nothing where the message may go; it is counted then.
std::optional<Reply> Desk::take_of_limits(const conf::Domain& domain, const SessionFacts& facts, const MessageFacts& message, base::Seconds now) {
    const auto login = counted_login(domain, facts.login);
    const auto taken = usage_.take(account_of(domain, facts.login), domain.limits, now);
    if (taken.warned) tell_of_limit(domain, login, *taken.warned, false, now);
    if (!taken.refused) return std::nullopt;
    tell_of_limit(domain, login, *taken.refused, true, now);
    const auto words = fmt::format("{}: {} messages{}{} were relayed within one {}, which is this domain's limit; there is room again at {}", domain.name,
                                   taken.refused->used, login.empty() ? "" : " of login ", login, name_of(taken.refused->window), base::rfc3339(taken.refused->free_at));
    const Refusal refusal{domain.name, "limit", Reply::temporary("7.1", "limit", words), false};
    tell_refused(metrics_, facts, refusal, message.queue_id, message.sender, "");
    note(facts, refusal, {message.queue_id, "", &message});
    return refusal.reply;
}

}  // namespace crmrelay::policy
