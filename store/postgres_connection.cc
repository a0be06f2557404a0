// SPDX-License-Identifier: BSD-2-Clause
//
// A server that hangs (stopped, swapping, its network silently cut) is given up at the deadline and its connection closed, whatever libpq and the kernel would
// wait for: libpq's own calls know no such bound, which is why SOCI's backend does not serve here.
#include "store/postgres_connection.hh"

#include <postgresql/libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cstdlib>

#include "store/postgres_location.hh"

namespace crmrelay::store {

using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds kFirstPatience{5000};

std::string field(const PGresult* result, int which) {
    const char* text = PQresultErrorField(result, which);
    return text ? text : "";
}

PostgresError error_of(const PGresult* result) {
    auto text = field(result, PG_DIAG_MESSAGE_PRIMARY);
    if (text.empty()) text = PQresultErrorMessage(result);
    return {on_one_line(std::move(text)), field(result, PG_DIAG_SQLSTATE)};
}

}  // namespace

std::string on_one_line(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    std::string out;
    for (const char c : text)
        if (c != '\n' && c != '\t') out += c;
        else if (!out.ends_with(' ')) out += ' ';
    return out;
}

void ResultEnd::operator()(pg_result* result) const { PQclear(result); }

PostgresConnection::PostgresConnection(const Location& location) : deadline_(Clock::now() + kFirstPatience) {
    const auto settings = connection_settings(location);
    std::vector<const char*> names, values;
    for (const auto& [name, value] : settings) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    connection_ = PQconnectdbParams(names.data(), values.data(), 0);   // bounded by connect_timeout, for each host
    if (connection_ && PQstatus(connection_) == CONNECTION_OK && PQsetnonblocking(connection_, 1) == 0 && PQenterPipelineMode(connection_) == 1) return;
    const PostgresError error(connection_ ? on_one_line(PQerrorMessage(connection_)) : "there is no memory for a connection", "");
    PQfinish(connection_);
    throw error;
}

PostgresConnection::~PostgresConnection() { PQfinish(connection_); }

void PostgresConnection::fail(const std::string& doing) {
    failed_ = true;
    const auto said = on_one_line(PQerrorMessage(connection_));
    throw PostgresError(doing + (said.empty() ? "" : ": " + said), "");
}

void PostgresConnection::restart(std::chrono::milliseconds patience) {
    deadline_ = Clock::now() + patience;
    changed_.clear();
    posted_ = 0;
}

std::size_t PostgresConnection::post(const std::string& sql, const std::vector<std::string>& parameters) {
    std::vector<const char*> values;
    values.reserve(parameters.size());
    for (const auto& parameter : parameters) values.push_back(parameter.c_str());
    if (PQsendQueryParams(connection_, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0) != 1) fail("a query could not be sent");
    return posted_++;
}

void PostgresConnection::wait() {
    const int unsent = PQflush(connection_);
    if (unsent < 0) fail("the connection is lost");
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    pollfd socket{PQsocket(connection_), static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN), 0};
    if (left <= 0 || poll(&socket, 1, static_cast<int>(left) + 1) == 0) {
        failed_ = true;
        throw PostgresError("the database did not answer in time", "");
    }
    if ((socket.revents & ~POLLOUT) != 0 && PQconsumeInput(connection_) != 1) fail("the connection is lost");
}

pg_result* PostgresConnection::next_result() {
    while (PQisBusy(connection_) == 1) wait();
    return PQgetResult(connection_);
}

Result PostgresConnection::sync() {
    if (PQpipelineSync(connection_) != 1) fail("the connection is lost");
    Result last;
    std::unique_ptr<PostgresError> error;
    for (std::size_t nothing = 0; nothing <= posted_ + 1;) {
        Result result(next_result());
        if (!result) {
            if (PQstatus(connection_) != CONNECTION_OK) break;
            ++nothing;   // the end of one query's results
            continue;
        }
        switch (PQresultStatus(result.get())) {
            case PGRES_PIPELINE_SYNC:
                if (error) throw PostgresError(*error);
                return last;
            case PGRES_PIPELINE_ABORTED: break;
            case PGRES_COMMAND_OK:
            case PGRES_TUPLES_OK:
                changed_.push_back(std::atoll(PQcmdTuples(result.get())));
                last = std::move(result);
                break;
            default:
                if (!error) error = std::make_unique<PostgresError>(error_of(result.get()));
                break;
        }
    }
    failed_ = true;
    // The server's last words (that it shuts down, say) tell more than that the connection is lost.
    if (error) throw PostgresError(error->what(), "");
    fail("the connection is lost");
}

long long PostgresConnection::changed(std::size_t number) const { return number < changed_.size() ? changed_[number] : 0; }

bool PostgresConnection::has_gone() const {
    if (failed_ || PQstatus(connection_) != CONNECTION_OK) return true;
    // Nothing is asked, so nothing can have come but an end.
    pollfd socket{PQsocket(connection_), POLLIN, 0};
    return poll(&socket, 1, 0) != 0;
}

std::string PostgresConnection::server_setting(const char* name) const {
    const char* value = PQparameterStatus(connection_, name);
    return value ? value : "";
}

}  // namespace crmrelay::store
