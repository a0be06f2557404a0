// SPDX-License-Identifier: BSD-2-Clause
//
// Puts the store together: each call becomes a write in the queue or a read on a pooled session.
#include "store/store.hh"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <stdexcept>

#include "base/crypto.hh"
#include "store/forget.hh"
#include "store/session_pool.hh"
#include "store/writer.hh"

namespace crmrelay::store {

class Store::Impl {
public:
    Impl(const std::string& url, Open how, Options options, WriteMeter* meter) : location(Location::parse(url, std::move(options))), reads(location), writer(location, how, meter) {
        try {
            if (how == Open::create) writer.open_now();
            else reads.read([](ReadSession&) { return true; });
        } catch (const std::exception& error) {
            throw std::runtime_error(trouble_of(error, location).text);
        }
    }

    // A write whose outcome the caller needs now. Throws where it is not durable.
    void write(std::function<void(WriteSession&)> work) {
        const auto outcome = writer.submit_and_wait([&work](WriteSession& session, Outcome&) { work(session); });
        if (!outcome.durable) throw std::runtime_error(outcome.error);
    }

    // A write that says how many rows it changed.
    std::int64_t changed(const std::function<std::int64_t(WriteSession&)>& work) {
        std::int64_t count = 0;
        write([&](WriteSession& session) { count = work(session); });
        return count;
    }

    // One step of a purge; its callback queues the next one behind the writes that came meanwhile.
    void purge(Seconds before, Done done) {
        const auto deleted = std::make_shared<long long>(0);
        auto next = [this, before, deleted, done](const Outcome& outcome) {
            if (outcome.durable && *deleted > 0) return purge(before, done);
            if (done) done(outcome);
        };
        writer.submit({[before, deleted](WriteSession& session, Outcome&) { *deleted = session.purger.step(before); }, std::move(next), true});
    }

    // Renewed often enough that two failures in a row do no harm; given up some seconds before the others take it for over.
    bool keep_claims() {
        const auto now = std::chrono::steady_clock::now();
        const std::chrono::milliseconds lease(location.options.lease * 1000);
        if (now - renewed < lease / 4) return true;
        if (now >= renew_again) {
            try {
                write([this](WriteSession& session) { session.leases.renew(process); });
                renewed = now;   // when it was asked for: before the database's clock said so
            } catch (const std::exception&) {
                renew_again = now + std::chrono::seconds(1);   // the writer has logged why
            }
        }
        return now - renewed < lease * 3 / 4;
    }

    const Location location;
    const std::string process = server_name(location.options) + "#" + base::base32(base::random_octets(10));
    std::chrono::steady_clock::time_point renewed{}, renew_again{};   // of the outbox's thread
    SessionPool reads;
    Writer writer;   // last: it is closed first
};

namespace {

void apply_report(const Report& report, WriteSession& session, Outcome& outcome) {
    outcome.fresh_events = 0;
    if (report.once && !session.notices.claim(*report.once)) return;
    std::set<std::string_view> known;
    std::map<std::string_view, std::string> recounted;   // documents that a count has changed, by event
    for (const auto& event : report.events) {
        if (!session.events.insert(event)) {
            known.insert(event.id);
            continue;
        }
        ++outcome.fresh_events;
        if (const int count = session.soft_failures.counted(event); count > 0 && event.count_at > 0) {
            auto& document = recounted[event.id] = event.document;
            document.replace(event.count_at, 1, std::to_string(count));
            session.events.change_document(event.id, document);
        }
        if (event.type == "bounce" && event.action == "failed") session.tally.bounced(event);
    }
    for (const auto& move : report.moves) session.outbox.move(move);
    if (report.only_if_fresh && outcome.fresh_events == 0 && !report.events.empty()) return;
    std::map<std::pair<std::string_view, std::string_view>, bool> causes;
    const auto told = [&](const Outgoing& notice) {
        const auto [at, fresh] = causes.try_emplace({notice.domain, notice.cause});
        if (fresh) at->second = session.notices.tell(notice);
        return at->second;
    };
    for (const auto& outgoing : report.outgoing) {
        // Who was told these events is not told them again.
        const bool about_known = !outgoing.event_ids.empty() && std::ranges::all_of(outgoing.event_ids, [&](const auto& id) { return known.contains(id); });
        if (about_known && (report.only_if_fresh || outgoing.kind == Outgoing::Kind::webhook)) continue;
        if (!outgoing.cause.empty() && !told(outgoing)) continue;
        const auto changed = outgoing.kind == Outgoing::Kind::webhook && !outgoing.event_ids.empty() ? recounted.find(outgoing.event_ids.front()) : recounted.end();
        if (changed == recounted.end()) {
            session.outbox.insert(outgoing);
        } else {
            auto with_count = outgoing;
            with_count.mail = changed->second;
            session.outbox.insert(with_count);
        }
    }
}

}  // namespace

Store::Store(const std::string& url, Open how, Options options, WriteMeter* meter) : impl_(std::make_unique<Impl>(url, how, std::move(options), meter)) {}
Store::~Store() = default;

void Store::record_message(Message message, Done done) {
    impl_->writer.submit({[message = std::move(message)](WriteSession& session, Outcome&) {
                              session.messages.insert(message);
                              session.tally.relayed(message);
                              session.standings.relayed(message.domain);
                              session.soft_failures.relayed(message);
                          },
                          std::move(done)});
}

void Store::record_report(Report report, Done done) {
    // Causes, periods and rows of failures are rows that other servers change as well.
    const bool shares = report.once || std::ranges::any_of(report.outgoing, [](const auto& outgoing) { return !outgoing.cause.empty(); }) ||
                        std::ranges::any_of(report.events, [](const auto& event) { return event.counts != Event::Counts::nothing; });
    impl_->writer.submit({[report = std::move(report)](WriteSession& session, Outcome& outcome) { apply_report(report, session, outcome); }, std::move(done), shares});
}

void Store::record_refusal(Refusal refusal) { impl_->writer.note(std::move(refusal)); }

void Store::purge(Seconds before, Done done) { impl_->purge(before, std::move(done)); }

void Store::record_spf(SpfChanges changes, Done done) {
    impl_->writer.submit({[changes = std::move(changes)](WriteSession& session, Outcome&) { session.spf.write(changes); }, std::move(done), true});
}

void Store::record_login(LoginSeen seen) {
    impl_->writer.submit({[seen = std::move(seen)](WriteSession& session, Outcome&) { session.logins.write(seen); }, {}, true});
}

std::vector<LoginSeen> Store::logins_seen() {
    return impl_->reads.read([](ReadSession& session) { return session.logins.all(); });
}

void Store::record_probe(Message message) {
    message.domain = kProbeDomain;
    impl_->write([&](WriteSession& session) { session.messages.insert(message); });
}

void Store::erase_probe(const std::string& token) {
    impl_->write([&](WriteSession& session) { session.probes.erase(token); });
}

bool Store::count_forward(const std::string& token, Seconds now, int limit) {
    bool within = false;
    impl_->write([&](WriteSession& session) { within = session.outbox.count_forward(token, now, limit); });
    return within;
}

std::vector<Outgoing> Store::due(Seconds now, int limit, const std::string& target) {
    return impl_->reads.read([&](ReadSession& session) { return session.outbox.due(target, now, limit); });
}

std::vector<Outgoing> Store::claim(Seconds now, int limit, const std::string& target) {
    if (!impl_->location.postgres) return due(now, limit, target);
    std::vector<Outgoing> rows;
    impl_->write([&](WriteSession& session) { rows = session.leases.claim(impl_->process, target, now, limit); });
    return rows;
}

bool Store::keep_claims() { return !impl_->location.postgres || impl_->keep_claims(); }

void Store::leave_claims() {
    if (impl_->location.postgres) impl_->write([&](WriteSession& session) { session.leases.leave(impl_->process); });
}

std::optional<Seconds> Store::next_due_after(const std::string& target, Seconds after) {
    return impl_->reads.read([&](ReadSession& session) { return session.outbox.next_due_after(target, after); });
}

std::vector<std::pair<std::string, Seconds>> Store::targets_due() {
    return impl_->reads.read([](ReadSession& session) { return session.outbox.targets_due(); });
}

void Store::move(std::vector<Move> moves, Done done) {
    Report report;
    report.moves = std::move(moves);
    record_report(std::move(report), std::move(done));
}

std::optional<Seconds> Store::next_due() {
    return impl_->reads.read([](ReadSession& session) { return session.outbox.next_due(); });
}

void Store::mark_queued(std::int64_t id, const std::string& queue_id, Seconds now) {
    impl_->write([&](WriteSession& session) { session.outbox.move({id, Outgoing::State::queued, now, queue_id}); });
}

void Store::postpone(std::int64_t id, Seconds next_at, const std::string& error) {
    impl_->write([&](WriteSession& session) { session.outbox.move({id, Outgoing::State::pending, next_at, error}); });
}

void Store::put_off(std::int64_t id, Seconds next_at, const std::string& why) {
    impl_->write([&](WriteSession& session) { session.outbox.move({id, Outgoing::State::pending, next_at, why, false}); });
}

void Store::mark_failed(std::int64_t id, const std::string& error) {
    impl_->write([&](WriteSession& session) { session.outbox.move({id, Outgoing::State::failed, 0, error}); });
}

std::optional<Outgoing> Store::find_outgoing(std::int64_t id) {
    return impl_->reads.read([&](ReadSession& session) { return session.outbox.find(id); });
}

std::vector<Outgoing> Store::outbox(const OutboxQuery& query) {
    return impl_->reads.read([&](ReadSession& session) { return session.outbox.matching(query); });
}

std::vector<Target> Store::targets() {
    return impl_->reads.read([](ReadSession& session) { return session.outbox.targets(); });
}

void Store::set_target(const Target& target) {
    impl_->write([&](WriteSession& session) { session.outbox.set_target(target); });
}

std::int64_t Store::retry(std::int64_t id, Seconds now) {
    return impl_->changed([&](WriteSession& session) { return session.outbox.retry(id, now); });
}

std::int64_t Store::retry_failed(const std::string& domain, Seconds now) {
    return impl_->changed([&](WriteSession& session) { return session.outbox.retry_all(domain, now); });
}

std::int64_t Store::drop(std::int64_t id) {
    return impl_->changed([&](WriteSession& session) { return session.outbox.drop(id); });
}

std::int64_t Store::drop_failed(const std::string& domain) {
    return impl_->changed([&](WriteSession& session) { return session.outbox.drop_all(domain); });
}

void Store::change_standing(const std::string& domain, Decide decide, Done done) {
    impl_->writer.submit({[domain, decide = std::move(decide)](WriteSession& session, Outcome& outcome) {
                              const auto change = decide(session.standings.of(domain));
                              if (change.changed) session.standings.write(change.standing);
                              else session.standings.leave(domain);
                              apply_report(change.report, session, outcome);
                          },
                          std::move(done), true});
}

Standing Store::standing(const std::string& domain) {
    return impl_->reads.read([&](ReadSession& session) { return session.standings.of(domain); });
}

std::vector<Standing> Store::standings() {
    return impl_->reads.read([](ReadSession& session) { return session.standings.all(); });
}

std::vector<HeldNotices> Store::held_notices(const std::string& domain, std::int64_t from_day, std::int64_t before_day) {
    return impl_->reads.read([&](ReadSession& session) { return session.notices.held(domain, from_day, before_day); });
}

std::int64_t Store::written_once(const std::string& name) {
    return impl_->reads.read([&](ReadSession& session) { return session.notices.last_period(name); });
}

std::optional<Outgoing> Store::find_outgoing_by_queue_id(const std::string& queue_id) {
    return impl_->reads.read([&](ReadSession& session) { return session.outbox.by_queue_id(queue_id); });
}

std::optional<Message> Store::find_message(const std::string& token) {
    return impl_->reads.read([&](ReadSession& session) { return session.messages.find(token); });
}

std::vector<Message> Store::find_by_message_id(const std::string& message_id, int limit) {
    return impl_->reads.read([&](ReadSession& session) { return session.messages.by_message_id(message_id, limit); });
}

std::vector<Message> Store::find_by_queue_id(const std::string& queue_id, int limit) {
    return impl_->reads.read([&](ReadSession& session) { return session.messages.by_queue_id(queue_id, limit); });
}

std::optional<Event> Store::find_event(const std::string& id) {
    return impl_->reads.read([&](ReadSession& session) { return session.events.find(id); });
}

std::vector<Event> Store::events_of(const std::string& token) {
    return impl_->reads.read([&](ReadSession& session) { return session.events.of(token); });
}

std::vector<Outgoing> Store::outgoing_of(const std::string& token) {
    return impl_->reads.read([&](ReadSession& session) { return session.outbox.of(token); });
}

std::vector<Event> Store::events(const EventQuery& query) {
    return impl_->reads.read([&](ReadSession& session) { return session.events.matching(query); });
}

std::vector<Used> Store::used_since(const std::string& domain, Seconds since) {
    return impl_->reads.read([&](ReadSession& session) { return session.messages.used_since(domain, since); });
}

Counts Store::counts(const std::string& domain, Seconds day_of) {
    return impl_->reads.read([&](ReadSession& session) { return session.tallies.counts(domain, day_of); });
}

std::optional<Refusal> Store::last_refusal(const std::string& domain) {
    return impl_->reads.read([&](ReadSession& session) { return session.tallies.last_refusal(domain); });
}

std::vector<Refusal> Store::refusals_of(const std::string& id) {
    return impl_->reads.read([&](ReadSession& session) { return session.refusals.of(id); });
}

std::vector<Refusal> Store::latest_refusals(const std::string& domain, int limit) {
    return impl_->reads.read([&](ReadSession& session) { return session.refusals.latest(domain, limit); });
}

std::optional<Message> Store::last_relayed(const std::string& domain) {
    return impl_->reads.read([&](ReadSession& session) { return session.messages.last_of(domain); });
}

std::int64_t Store::outbox_depth(const std::string& domain) {
    return impl_->reads.read([&](ReadSession& session) { return session.outbox.depth(domain); });
}

std::int64_t Store::dead_letters(const std::string& domain) {
    return impl_->reads.read([&](ReadSession& session) { return session.outbox.dead(domain); });
}

std::vector<SpfVerdict> Store::spf_verdicts(int limit) {
    return impl_->reads.read([&](ReadSession& session) { return session.spf.verdicts(limit); });
}

std::vector<SpfName> Store::spf_names() {
    return impl_->reads.read([](ReadSession& session) { return session.spf.names(); });
}

void Store::each_activity(const std::string& domain, Seconds since, const std::function<void(const Activity&)>& each) {
    impl_->reads.read([&](ReadSession& session) { return session.figures.activity(domain, since, each), true; });
}

void Store::each_event(const std::string& domain, Seconds since, const std::function<void(const Event&)>& each) {
    impl_->reads.read([&](ReadSession& session) { return session.figures.events(domain, since, each), true; });
}

void Store::each_bounced_recipient(const std::string& domain, Seconds since, const std::function<void(const BouncedRecipient&)>& each) {
    impl_->reads.read([&](ReadSession& session) { return session.figures.bounced_recipients(domain, since, each), true; });
}

std::vector<OutboxCount> Store::outbox_counts(const std::string& domain, Seconds since) {
    return impl_->reads.read([&](ReadSession& session) { return session.figures.outbox(domain, since); });
}

std::vector<TargetLoad> Store::outbox_load() {
    return impl_->reads.read([](ReadSession& session) { return session.outbox.load(); });
}

Forgotten Store::forget(const std::string& address) {
    const auto found = impl_->reads.read([&](ReadSession& session) { return find_traces(*session.connection, address); });
    Forgotten out;
    impl_->write([](WriteSession& session) { session.connection().overwrite_deleted(); });
    forget_traces(found, address, out, [this](const std::function<void(WriteSession&)>& work) { impl_->write(work); });
    out.not_purged = purge_files(impl_->location, address);
    out.purged = out.not_purged.empty();
    return out;
}

void Store::check_writable() {
    impl_->write([](WriteSession& session) { session.touch(); });
}

}  // namespace crmrelay::store
