// SPDX-License-Identifier: BSD-2-Clause
//
// A table is a row of data: its columns, the key by which it is read page by page, and what is done where a row is there already. All columns travel as texts,
// which both databases turn into what their column is. The latest refusals, which serve `explain` alone, stay behind.
#include "store/copy.hh"

#include <charconv>
#include <optional>
#include <stdexcept>

#include "store/partitions.hh"
#include "store/statement.hh"

namespace crmrelay::store {

namespace {

constexpr std::int64_t page_rows = 500;

struct Table {
    std::string name;
    std::vector<std::string> columns;   // the first is the key of its pages
    std::string where;                  // of the rows that are read; "{since}" and "{since_hour}" are filled in
    std::string on_conflict;
    std::string absent = "";            // where no unique key says whether a row is there: no such row, by its columns
};

const std::vector<Table>& tables() {
    static const std::vector<Table> all = {
        {"messages", {"token", "relayed_at", "hour", "domain", "queue_id", "message_hash", "message_id", "sender", "envid", "ret", "from_address", "login", "client", "size", "recipients",
                      "headers", "archive"},
         "{hour} >= {since_hour}", "DO NOTHING"},
        {"events", {"id", "happened_at", "type", "domain", "token", "recipient", "status", "action", "diagnostic", "matched_by", "dedupe", "document"}, "happened_at >= {since}", "DO NOTHING"},
        {"tallies", {"domain", "day", "server", "relayed", "refused", "observed", "bounced", "last_token"}, "day * 86400 + 86400 > {since}",
         "(domain, day, server) DO UPDATE SET relayed = excluded.relayed, refused = excluded.refused, observed = excluded.observed, bounced = excluded.bounced, last_token = excluded.last_token"},
        {"refusals", {"domain", "reason", "happened_at", "observed", "text", "client", "login"}, "happened_at >= {since}",
         "(domain, reason) DO UPDATE SET happened_at = excluded.happened_at, observed = excluded.observed, text = excluded.text, client = excluded.client, login = excluded.login"
         " WHERE excluded.happened_at > refusals.happened_at"},
        {"forwards", {"token", "day", "handed_on"}, "day * 86400 + 86400 > {since}", "(day, token) DO UPDATE SET handed_on = excluded.handed_on WHERE excluded.handed_on > forwards.handed_on"},
        {"spf_answers", {"name", "client", "verdict", "checked_at", "good_until"}, "checked_at >= {since}", "DO NOTHING"},
        {"spf_names", {"name", "answered_at", "failing_since", "last_error", "refused", "probed_at", "clients"}, "", "DO NOTHING"},
        {"targets", {"name", "url", "paused_until", "disabled_at", "reason"}, "", "DO NOTHING"},
        {"standings", {"domain", "day", "today", "in_a_row", "failures", "warned_on", "told_on", "password_on", "suspended_at", "until_at", "why", "by_hand"}, "",
         "(domain) DO UPDATE SET day = excluded.day, today = excluded.today, in_a_row = excluded.in_a_row, failures = excluded.failures, warned_on = excluded.warned_on,"
         " told_on = excluded.told_on, password_on = excluded.password_on, suspended_at = excluded.suspended_at, until_at = excluded.until_at, why = excluded.why,"
         " by_hand = excluded.by_hand WHERE excluded.suspended_at > standings.suspended_at AND excluded.suspended_at >= {since}"},
        {"soft_failures", {"domain", "recipient", "failures", "token", "failed_at", "relayed_at"}, "failed_at >= {since}",
         "(domain, recipient) DO UPDATE SET failures = excluded.failures, token = excluded.token, failed_at = excluded.failed_at, relayed_at = excluded.relayed_at"
         " WHERE excluded.failed_at > soft_failures.failed_at"},
        {"activity", {"domain", "quarter", "kind", "reason", "server", "amount"}, "quarter * 900 + 900 > {since}",
         "(domain, quarter, kind, reason, server) DO UPDATE SET amount = excluded.amount WHERE excluded.amount > activity.amount"},
        {"notices", {"domain", "cause", "day", "beyond", "first_few"}, "day * 86400 + 172800 > {since}",
         "(domain, day, cause) DO UPDATE SET beyond = excluded.beyond, first_few = excluded.first_few WHERE excluded.beyond > notices.beyond"},
        {"told_once", {"name", "period"}, "", "(name) DO UPDATE SET period = excluded.period WHERE excluded.period > told_once.period"},
        {"logins_seen", {"login", "succeeded_at", "succeeded_from", "failed_at", "failed_from", "failed_why"}, "",
         "(login) DO UPDATE SET succeeded_at = excluded.succeeded_at, succeeded_from = excluded.succeeded_from, failed_at = excluded.failed_at, failed_from = excluded.failed_from,"
         " failed_why = excluded.failed_why WHERE excluded.succeeded_at + excluded.failed_at > logins_seen.succeeded_at + logins_seen.failed_at"},
    };
    return all;
}

// Rows have another id in each store.
const Table finished{"outgoing", {"id", "kind", "state", "domain", "token", "event_ids", "target", "recipient", "created_at", "since", "next_at", "attempts", "queue_id", "queued_at", "last_error", "mail"},
                     "state NOT IN ('pending', 'failed') AND created_at >= {since}", "DO NOTHING",
                     "NOT EXISTS (SELECT 1 FROM outgoing o WHERE o.created_at = {created_at} AND o.token = {token} AND o.kind = {kind} AND o.target = {target} AND o.recipient = {recipient}"
                     " AND o.event_ids = {event_ids})"};

std::string joined(const std::vector<std::string>& words, const std::string& before = "") {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : ", ") + before + word;
    return out;
}

void fill(std::string& text, const std::string& name, const std::string& value) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size())) text.replace(at, name.size(), value);
}

class TableCopy {
public:
    TableCopy(const Table& table, const CopyPlan& plan, Session& from, Session& to) : table_(table), copied_{table.name, 0, 0}, from_(from), to_(to), partitions_(to), values_(table.columns.size()) {
        prepare_read(plan);
        prepare_write(plan);
    }

    CopiedTable run(const std::function<void(const CopiedTable&)>& told) {
        while (page()) told(copied_);
        return copied_;
    }

private:
    // Rows after the last one's key. A key of several columns (tallies, refusals …) belongs to tables that are small: read in one page.
    bool by_pages() const { return table_.name == "messages" || table_.name == "events" || table_.name == "outgoing"; }

    void prepare_read(const CopyPlan& plan) {
        std::string where = table_.where;
        fill(where, "{hour}", from_.postgres() ? "hour" : "+hour");   // SQLite is to read along the tokens
        fill(where, "{since_hour}", std::to_string(plan.since / 3600));
        fill(where, "{since}", std::to_string(plan.since));
        auto columns = table_.columns;
        for (auto& column : columns)
            if (column == "dedupe") column = "coalesce(dedupe, '')";
        std::string sql = "SELECT " + joined(columns) + " FROM " + table_.name + (where.empty() ? "" : " WHERE " + where);
        const auto& key = table_.columns.front();
        if (by_pages()) sql += std::string(where.empty() ? " WHERE " : " AND ") + key + " > :last ORDER BY " + key + " LIMIT " + std::to_string(page_rows);
        read_.emplace(from_, sql);
        if (key == "id" && table_.name == "outgoing") read_->in(last_id_);
        else if (by_pages()) read_->in(last_);
        for (auto& value : values_) read_->out(value);
    }

    void prepare_write(const CopyPlan& plan) {
        std::vector<std::string> columns = table_.columns, parameters;
        if (table_.name == "outgoing") columns.erase(columns.begin());
        for (const auto& column : columns) parameters.push_back(column == "dedupe" ? "nullif(:dedupe, '')" : ":" + column);
        std::string sql = "INSERT INTO " + table_.name + " (" + joined(columns) + ")";
        if (table_.absent.empty()) {
            sql += " VALUES (" + joined(parameters) + ") ON CONFLICT " + table_.on_conflict;
            fill(sql, "{since}", std::to_string(plan.since));
            write_.emplace(to_, sql);
        } else {
            // The columns once as what is inserted, and again as what is looked for.
            std::vector<std::string> looked_for;
            std::string absent = table_.absent;
            for (const char* name : {"created_at", "token", "kind", "target", "recipient", "event_ids"}) {
                fill(absent, std::string("{") + name + "}", std::string(":is_") + name);
                looked_for.emplace_back(name);
            }
            there_.emplace(to_, "SELECT count(*) FROM (SELECT 1 AS one) one_row WHERE " + absent);
            for (const auto& name : looked_for) there_->in(value_of(name));
            there_->out(absent_);
            write_.emplace(to_, sql + " VALUES (" + joined(parameters) + ")");
        }
        for (const auto& column : columns) write_->in(value_of(column));
    }

    std::string& value_of(const std::string& column) {
        for (std::size_t i = 0; i < table_.columns.size(); ++i)
            if (table_.columns[i] == column) return values_[i];
        throw std::logic_error("no column " + column);
    }

    // One page, as one transaction of the new store; whether there may be more.
    bool page() {
        std::vector<std::vector<std::string>> rows;
        read_->each([&] { rows.push_back(values_); });
        if (rows.empty()) return false;
        to_.begin();
        try {
            for (auto& row : rows) {
                values_ = row;
                add();
            }
            to_.commit();
        } catch (...) {
            to_.rollback();
            partitions_.forget();
            throw;
        }
        copied_.read += static_cast<std::int64_t>(rows.size());
        last_ = rows.back().front();
        if (table_.name == "outgoing") std::from_chars(last_.data(), last_.data() + last_.size(), last_id_);
        return by_pages();
    }

    void add() {
        if (table_.name == "messages") {
            long long hour = 0;
            const auto& text = value_of("hour");
            std::from_chars(text.data(), text.data() + text.size(), hour);
            partitions_.need(hour);
        }
        // What servers count themselves goes on in rows of their own.
        if (table_.name == "tallies" && !value_of("server").starts_with("copied ")) value_of("server").insert(0, "copied ");
        if (there_) {
            there_->run();
            if (absent_ == 0) return;
        }
        write_->run();
        copied_.added += write_->changed();
    }

    const Table table_;
    CopiedTable copied_;
    Session& from_;
    Session& to_;
    Partitions partitions_;
    std::vector<std::string> values_;
    std::string last_;
    long long last_id_ = 0;
    int absent_ = 0;
    std::optional<Statement> read_, write_, there_;
};

}  // namespace

std::vector<CopiedTable> copy_store(const CopyPlan& plan, const std::function<void(const CopiedTable&)>& told) {
    const auto from_location = Location::parse(plan.from, plan.from_options), to_location = Location::parse(plan.to, plan.to_options);
    if (from_location.url == to_location.url) throw std::runtime_error(plan.from + ": this is the store that it is to be copied to");
    const Location* at = &from_location;
    try {
        const auto from = open_session(from_location, plan.last ? Session::Use::write : Session::Use::read, Open::existing);
        at = &to_location;
        const auto to = open_session(to_location, Session::Use::write, Open::create);
        std::vector<CopiedTable> out;
        for (const auto& table : tables()) out.push_back(TableCopy(table, plan, *from, *to).run(told));
        out.push_back(TableCopy(finished, plan, *from, *to).run(told));
        if (!plan.last) return out;
        // Written there before it is given up here: a run that is broken off in between is repeated.
        Table waiting = finished;
        waiting.where = "state IN ('pending', 'failed')";
        out.push_back(TableCopy(waiting, plan, *from, *to).run(told));
        out.back().name = "still to be told";
        at = &from_location;
        from->begin();
        Statement(*from, "UPDATE outgoing SET state = 'dropped', mail = '', last_error = 'moved to another store' WHERE state IN ('pending', 'failed')").run();
        from->commit();
        return out;
    } catch (const std::exception& error) {
        throw std::runtime_error(trouble_of(error, *at).text);
    }
}

}  // namespace crmrelay::store
