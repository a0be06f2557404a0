// SPDX-License-Identifier: BSD-2-Clause
//
// Finds and removes. A row is judged by what it holds when it is changed; another process may have changed it meanwhile.
#include "store/forget.hh"

#include <algorithm>
#include <set>

#include "base/text.hh"
#include "store/packing.hh"

namespace crmrelay::store {

namespace {

constexpr std::size_t kStep = 200;   // rows a transaction

// A column that is no message's, event's or report's own. A row may be given up whole, or its text changes.
struct Column {
    const char* table;
    const char* name;
    enum class Holds { text, packed, key } holds;
};
constexpr Column kColumns[] = {
    {"refusals", "text", Column::Holds::text},      {"standings", "failures", Column::Holds::packed}, {"standings", "why", Column::Holds::text},
    {"forwards", "token", Column::Holds::key},      {"targets", "reason", Column::Holds::text},       {"spf_names", "last_error", Column::Holds::text},
    {"soft_failures", "recipient", Column::Holds::key},      {"notices", "first_few", Column::Holds::packed},    {"recent_refusals", "text", Column::Holds::text},
    {"recent_refusals", "why", Column::Holds::text},
};

constexpr const char* kLike = " LIKE :pattern ESCAPE '!'";

std::string pattern_of(std::string_view address) {
    std::string out = "%";
    for (const char c : base::lower(address)) {
        if (c == '%' || c == '_' || c == '!') out += '!';
        out += c;
    }
    return out + "%";
}

std::string like_any(std::initializer_list<const char*> columns) {
    std::string all;
    for (const char* column : columns) all += (all.empty() ? "lower(" : " || ' ' || lower(") + std::string(column) + ")";
    return "(" + all + ")" + kLike;
}

template <typename Id>
std::vector<Id> ids_of(Session& session, const std::string& query, std::string& pattern) {
    std::vector<Id> out;
    Id id{};
    Statement statement(session, query);
    statement.in(pattern).out(id).each([&] { out.push_back(id); });
    return out;
}

bool same(std::string_view one, std::string_view other) { return base::iequals(one, other); }

// What one run knows by now.
struct Run {
    const std::string& address;
    Forgotten& out;
    std::set<std::string> tokens, tokens_gone;   // of messages that it was a recipient of; of those that had no other
    std::set<std::string> events_gone;
};

class MessageStep {
public:
    explicit MessageStep(Session& session)
        : read_(session, "SELECT sender, recipients, headers, archive FROM messages WHERE token = :token"),
          update_(session, "UPDATE messages SET recipients = :recipients, headers = :headers, archive = :archive WHERE token = :token"),
          delete_(session, "DELETE FROM messages WHERE token = :token") {
        read_.in(token_).out(sender_, recipients_, headers_, archive_);
        update_.in(recipients_, headers_, archive_, token_);
        delete_.in(token_);
    }

    void forget(const std::string& token, Run& run) {
        token_ = token;
        bool found = false;
        read_.each([&] { found = true; });
        if (!found) return;
        auto recipients = unpack_recipients(recipients_);
        auto headers = unpack_headers(headers_);
        const auto places = std::erase_if(recipients, [&](const Recipient& recipient) { return same(recipient.address, run.address); });
        if (same(archive_, run.address)) archive_.clear();
        const auto fields = std::erase_if(headers, [&](const auto& field) { return mentions(field.second, run.address); });
        if (places > 0) run.tokens.insert(token_);
        if (places > 0 && recipients.size() <= (archive_.empty() ? 0u : 1u)) {
            run.tokens_gone.insert(token_);
            ++run.out.messages;
            return delete_.run();
        }
        if (mentions(sender_, run.address)) ++run.out.return_paths;
        if (places == 0 && fields == 0) return;
        run.out.recipients += static_cast<std::int64_t>(places);
        run.out.headers += static_cast<std::int64_t>(fields);
        pack_into(recipients_, recipients);
        pack_into(headers_, headers);
        update_.run();
    }

private:
    std::string token_, sender_, recipients_, headers_, archive_;
    Statement read_, update_, delete_;
};

class EventStep {
public:
    explicit EventStep(Session& session)
        : read_(session, "SELECT id, token, recipient, diagnostic, document FROM events WHERE seq = :seq"),
          update_(session, "UPDATE events SET diagnostic = :diagnostic, document = :document WHERE seq = :seq"),
          delete_(session, "DELETE FROM events WHERE seq = :seq") {
        read_.in(seq_).out(id_, token_, recipient_, diagnostic_, document_);
        update_.in(diagnostic_, document_, seq_);
        delete_.in(seq_);
    }

    void forget(long long seq, Run& run) {
        seq_ = seq;
        id_.clear();
        read_.run();
        if (id_.empty()) return;
        if (same(recipient_, run.address) || run.tokens_gone.contains(token_)) {
            run.events_gone.insert(id_);
            ++run.out.events;
            return delete_.run();
        }
        const auto count = replace_mentions(diagnostic_, run.address) + replace_mentions(document_, run.address);
        if (count == 0) return;
        run.out.mentions += count;
        update_.run();
    }

private:
    long long seq_ = 0;
    std::string id_, token_, recipient_, diagnostic_, document_;
    Statement read_, update_, delete_;
};

// A report that was told is removed with all that it holds; one that still has to be told stays where it tells of others too, without the address.
class ReportStep {
public:
    explicit ReportStep(Session& session)
        : read_(session, "SELECT kind, state, domain, token, event_ids, recipient, created_at, last_error, mail FROM outgoing WHERE id = :id"),
          update_(session, "UPDATE outgoing SET event_ids = :event_ids, last_error = :last_error, mail = :mail WHERE id = :id"),
          delete_(session, "DELETE FROM outgoing WHERE id = :id") {
        read_.in(id_).out(kind_, state_, domain_, token_, event_ids_, recipient_, created_at_, last_error_, mail_);
        update_.in(event_ids_, last_error_, mail_, id_);
        delete_.in(id_);
    }

    void forget(long long id, Run& run) {
        id_ = id;
        kind_.clear();
        read_.run();
        if (kind_.empty()) return;
        auto events = unpack_texts(event_ids_);
        const auto gone = std::erase_if(events, [&](const std::string& event) { return run.events_gone.contains(event); });
        const bool about_it = run.tokens_gone.contains(token_) || (gone > 0 && events.empty()) || same(recipient_, run.address);
        const bool waits = state_ == name_of(Outgoing::State::pending);
        const bool named = gone > 0 || run.tokens.contains(token_) || mentions(mail_, run.address) || mentions(last_error_, run.address);
        if (about_it || (named && !waits)) {
            note(run);
            return delete_.run();
        }
        const auto count = replace_mentions(mail_, run.address) + replace_mentions(last_error_, run.address);
        if (count == 0 && gone == 0) return;
        run.out.mentions += count;
        event_ids_ = pack(events);
        update_.run();
    }

private:
    void note(Run& run) {
        auto& row = run.out.reports.emplace_back();
        for (const auto kind : {Outgoing::Kind::handback, Outgoing::Kind::forward, Outgoing::Kind::notice, Outgoing::Kind::webhook})
            if (name_of(kind) == kind_) row.kind = kind;
        for (const auto state : {Outgoing::State::pending, Outgoing::State::queued, Outgoing::State::delivered, Outgoing::State::failed, Outgoing::State::dropped})
            if (name_of(state) == state_) row.state = state;
        row.id = id_;
        row.domain = domain_;
        row.token = token_;
        row.recipient = recipient_;
        row.created_at = created_at_;
    }

    long long id_ = 0, created_at_ = 0;
    std::string kind_, state_, domain_, token_, event_ids_, recipient_, last_error_, mail_;
    Statement read_, update_, delete_;
};

template <typename Step, typename Id>
void in_steps(const std::vector<Id>& ids, Run& run, const WriteStep& write) {
    for (std::size_t begin = 0; begin < ids.size(); begin += kStep)
        write([&](WriteSession& session) {
            Step step(session.connection());
            for (std::size_t i = begin; i < std::min(begin + kStep, ids.size()); ++i) step.forget(ids[i], run);
        });
}

// Further rows of the messages that it was a recipient of: what they hold may be encoded.
std::vector<long long> rows_of(Session& session, const char* query, const std::set<std::string>& tokens) {
    std::vector<long long> out;
    std::string token;
    long long id = 0;
    Statement statement(session, query);
    statement.in(token).out(id);
    for (const auto& each : tokens) {
        token = each;
        statement.each([&] { out.push_back(id); });
    }
    return out;
}

std::vector<long long> together(std::vector<long long> one, const std::vector<long long>& other) {
    one.insert(one.end(), other.begin(), other.end());
    std::ranges::sort(one);
    one.erase(std::unique(one.begin(), one.end()), one.end());
    return one;
}

int without(std::string& value, const Column& column, const std::string& address) {
    if (column.holds != Column::Holds::packed) return replace_mentions(value, address);
    int count = 0;
    auto texts = unpack_texts(value);
    for (auto& text : texts) count += replace_mentions(text, address);
    value = pack(texts);
    return count;
}

void forget_column(Session& session, const Column& column, Run& run) {
    const std::string table = column.table, name = column.name;
    std::string pattern = pattern_of(run.address), value, fresh;
    std::vector<std::string> found;
    Statement look(session, "SELECT DISTINCT " + name + " FROM " + table + " WHERE lower(" + name + ")" + kLike);
    look.in(pattern).out(value).each([&] { found.push_back(value); });
    Statement remove(session, "DELETE FROM " + table + " WHERE " + name + " = :value");
    Statement change(session, "UPDATE " + table + " SET " + name + " = :fresh WHERE " + name + " = :value");
    remove.in(value);
    change.in(fresh, value);
    for (auto& each : found) {
        value = fresh = std::move(each);
        const int count = without(fresh, column, run.address);
        if (count == 0) continue;
        run.out.mentions += count;
        (column.holds == Column::Holds::key ? remove : change).run();
    }
}

}  // namespace

Traces find_traces(Session& session, const std::string& address) {
    std::string pattern = pattern_of(address);
    Traces out;
    out.messages = ids_of<std::string>(session, "SELECT token FROM messages WHERE " + like_any({"recipients", "headers", "sender", "archive"}), pattern);
    out.events = ids_of<long long>(session, "SELECT seq FROM events WHERE " + like_any({"recipient", "diagnostic", "document"}), pattern);
    out.outgoing = ids_of<long long>(session, "SELECT id FROM outgoing WHERE " + like_any({"recipient", "last_error", "mail"}), pattern);
    return out;
}

void forget_traces(const Traces& traces, const std::string& address, Forgotten& out, const WriteStep& write) {
    Run run{address, out, {}, {}, {}};
    in_steps<MessageStep>(traces.messages, run, write);
    std::vector<long long> events, outgoing;
    write([&](WriteSession& session) {
        events = rows_of(session.connection(), "SELECT seq FROM events WHERE token = :token", run.tokens_gone);
        outgoing = rows_of(session.connection(), "SELECT id FROM outgoing WHERE token = :token", run.tokens);
        for (const auto& column : kColumns) forget_column(session.connection(), column, run);
    });
    in_steps<EventStep>(together(traces.events, events), run, write);
    in_steps<ReportStep>(together(traces.outgoing, outgoing), run, write);
}

}  // namespace crmrelay::store
