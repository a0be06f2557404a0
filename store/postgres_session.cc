// SPDX-License-Identifier: BSD-2-Clause
//
// Parameters and columns travel as texts. Timeouts are set within each transaction (SET LOCAL, by set_config), which a pooler in transaction mode leaves alone:
// a server that loses sight of us ends the transaction by itself, and holds no lock against the other servers.
#include "store/postgres_session.hh"

#include <postgresql/libpq-fe.h>

#include <charconv>

#include "store/postgres_text.hh"

namespace crmrelay::store {

using namespace std::chrono_literals;

namespace {

constexpr auto kPatience = 5000ms;   // of a transaction or a read: below the 10 s that Postfix waits for a policy answer

// synchronous_commit: an administrator's stronger wish stays; without it nothing would be durable.
constexpr const char* kBegin =
    "SELECT set_config('statement_timeout', '%', true), set_config('lock_timeout', '%', true), set_config('idle_in_transaction_session_timeout', '%', true),"
    " set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)";

std::string begin_text(std::chrono::milliseconds patience) {
    std::string text = kBegin;
    for (auto at = text.find('%'); at != std::string::npos; at = text.find('%')) text.replace(at, 1, std::to_string(patience.count()));
    return text;
}

std::string advice(const std::string& state, const Location& location) {
    std::string user;
    for (const auto& [name, value] : location.settings)
        if (name == "user") user = value;
    if (state == "53100") return "free space on the database server's disk";
    if (state == "25006") return "this server takes no writes: it is a standby, or set read-only";
    if (state == "53300") return "raise the server's max_connections, or put pgbouncer before it";
    if (state == "28P01" || state == "28000") return "look at the password (`store_password`, passfile) and at pg_hba.conf";
    if (state == "42501") return "make " + user + " the owner of the database";
    return "";
}

// Of the write's making: what it holds (classes 21, 22, 23, 54), or that it met another server's write (40).
bool is_of_the_write(const std::string& state) {
    for (const char* kind : {"21", "22", "23", "40", "54"})
        if (state.starts_with(kind)) return true;
    return state == "55P03";   // lock_timeout
}

}  // namespace

class PostgresQuery : public Query {
public:
    PostgresQuery(PostgresSession& session, const std::string& text, std::vector<Variable> in, std::vector<Variable> out)
        : session_(session), text_(numbered(text)), in_(std::move(in)), out_(std::move(out)), parameters_(in_.size()) {}

    bool execute() override {
        for (std::size_t i = 0; i < in_.size(); ++i)
            std::visit([&, i](const auto* value) { parameters_[i] = text_of(*value); }, in_[i]);
        session_.begin_unless_within();
        number_ = session_.connection_.post(text_, parameters_);
        rows_.reset();
        counted_ = false;
        if (out_.empty() && session_.within_) return false;
        rows_ = session_.connection_.sync();
        counted_ = true;
        next_ = 0;
        return fetch();
    }

    bool fetch() override {
        if (!rows_ || next_ >= PQntuples(rows_.get()) || out_.empty()) return false;
        for (std::size_t i = 0; i < out_.size(); ++i) {
            const auto column = static_cast<int>(i);
            const std::string_view value(PQgetvalue(rows_.get(), next_, column), static_cast<std::size_t>(PQgetlength(rows_.get(), next_, column)));
            std::visit([&](auto* variable) { take(value, *variable); }, out_[i]);
        }
        ++next_;
        return true;
    }

    long long changed() override {
        if (!counted_) session_.connection_.sync();
        counted_ = true;
        return session_.connection_.changed(number_);
    }

private:
    static std::string text_of(const std::string& value) { return to_utf8(value); }
    template <typename Number>
    static std::string text_of(Number value) {
        return std::to_string(value);
    }
    static void take(std::string_view value, std::string& variable) { variable = from_utf8(value); }
    template <typename Number>
    static void take(std::string_view value, Number& variable) {
        std::from_chars(value.data(), value.data() + value.size(), variable);
    }

    PostgresSession& session_;
    const std::string text_;
    const std::vector<Variable> in_, out_;
    std::vector<std::string> parameters_;
    std::size_t number_ = 0;
    Result rows_;
    int next_ = 0;
    bool counted_ = false;
};

PostgresSession::PostgresSession(const Location& location) : Session(location), connection_(location), patience_(kPatience) {
    if (const auto encoding = connection_.server_setting("server_encoding"); encoding != "UTF8")
        throw std::runtime_error(location.url + ": the database's encoding is " + encoding + ": make one with createdb --encoding=UTF8 --template=template0");
}

std::unique_ptr<Query> PostgresSession::query(const std::string& sql, std::vector<Variable> in, std::vector<Variable> out) {
    return std::make_unique<PostgresQuery>(*this, sql, std::move(in), std::move(out));
}

void PostgresSession::begin_unless_within() {
    if (!within_) connection_.restart(patience_);
}

void PostgresSession::begin() {
    connection_.restart(patience_);
    connection_.post("BEGIN");
    connection_.post(begin_text(patience_ * 4 / 5));   // the server gives up first, and says why
    within_ = true;
}

void PostgresSession::commit() {
    connection_.post("COMMIT");
    const auto result = connection_.sync();
    within_ = false;
    // A transaction that had failed answers ROLLBACK to COMMIT, without an error.
    if (!result || std::string_view(PQcmdStatus(result.get())) != "COMMIT") throw PostgresError("the database took the transaction back", "");
}

void PostgresSession::rollback() noexcept {
    within_ = false;
    if (connection_.has_gone()) return;
    try {
        connection_.restart(patience_);
        connection_.post("ROLLBACK");
        connection_.sync();
    } catch (const std::exception&) {
        // The connection is lost, and with it the transaction.
    }
}

void PostgresSession::execute(const std::string& sql) {
    begin_unless_within();
    connection_.post(sql);
    connection_.sync();
}

std::string PostgresSession::asked(const std::string& sql) {
    begin_unless_within();
    connection_.post(sql);
    const auto result = connection_.sync();
    return result && PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

Trouble trouble_of_postgres(const std::exception& error, const Location& location) {
    const auto* of_postgres = dynamic_cast<const PostgresError*>(&error);
    std::string text = error.what();
    if (!text.starts_with(location.url)) text.insert(0, location.url + ": ");
    if (!of_postgres) return {text, true};
    if (const auto what_to_do = advice(of_postgres->state(), location); !what_to_do.empty()) text += ": " + what_to_do;
    return {text, is_of_the_write(of_postgres->state())};
}

}  // namespace crmrelay::store
