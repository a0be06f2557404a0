// SPDX-License-Identifier: BSD-2-Clause
//
// Opens and sets up SQLite through SOCI. The few calls that SOCI has no words for (busy handler, commit hook) go to SQLite
// itself, here and nowhere else.
#include "store/sqlite_session.hh"

#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>

namespace crmrelay::store {

using namespace std::chrono_literals;

namespace {

// Below the 10 s that Postfix waits for a policy answer.
constexpr auto lock_patience = 5000ms;
// A RESTART checkpoint holds the write lock while it waits for readers: a commit waits no longer than this for it.
constexpr auto checkpoint_patience = 200ms;
// SQLite's own handler soon sleeps 100 ms between looks, in which the other daemon commits a hundred times.
constexpr auto lock_poll = 300us;
constexpr const char* cache_size = "PRAGMA cache_size = -16384";   // 16 MB
constexpr std::uint64_t ample_octets = 10ULL * (40 << 20);
constexpr off_t log_octets = 40 << 20;                              // a little more than where the checkpointer makes the log begin anew

sqlite_api::sqlite3* connection(soci::session& sql) { return static_cast<soci::sqlite3_session_backend*>(sql.get_backend())->conn_; }

std::string brief(const soci::soci_error& error) {
    auto text = error.get_error_message();
    if (text.starts_with("sqlite3_statement_backend::"))
        if (const auto colon = text.find(": "); colon != std::string::npos) text.erase(0, colon + 2);
    return text;
}

std::string advice(int code, const Location& location) {
    switch (code) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return "another process holds it for too long: look for a stray sqlite3 shell or backup";
        case SQLITE_FULL: return "free space where " + location.path + " is";
        case SQLITE_IOERR: return "look at disk and file system under " + location.path;
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_CANTOPEN: return "check owner and mode of " + location.path + " and its directory";
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return "move " + location.path + " away, and restore a copy or start with an empty one";
        default: return "";
    }
}

class SqliteQuery : public Query {
public:
    SqliteQuery(soci::session& sql, const std::string& text, const std::vector<Variable>& in, const std::vector<Variable>& out) : statement_(sql) {
        for (const auto& variable : in) std::visit([this](auto* value) { statement_.exchange(soci::use(*value)); }, variable);
        for (const auto& variable : out) std::visit([this](auto* value) { statement_.exchange(soci::into(*value)); }, variable);
        statement_.alloc();
        statement_.prepare(text);
        statement_.define_and_bind();
    }
    bool execute() override { return statement_.execute(true); }
    bool fetch() override { return statement_.fetch(); }
    long long changed() override { return statement_.get_affected_rows(); }

private:
    soci::statement statement_;
};

}  // namespace

SqliteSession::SqliteSession(const Location& location, Use use)
    : Session(location),
      patience_{use == Use::checkpoint ? checkpoint_patience : lock_patience, {}},
      begin_(*this, "BEGIN IMMEDIATE"),
      commit_(*this, "COMMIT"),
      rollback_(*this, "ROLLBACK") {
    // Noted before the file is opened: where it is replaced in between, the session takes itself for moved and is opened anew.
    file_ = file_id(location.path);
    sql_.open(soci::sqlite3, "dbname=\"" + location.path + "\"");
    set_up(use);
}

SqliteSession::~SqliteSession() {
    if (sql_.is_connected()) sqlite_api::sqlite3_wal_hook(connection(sql_), nullptr, nullptr);
}

std::unique_ptr<Query> SqliteSession::query(const std::string& sql, std::vector<Variable> in, std::vector<Variable> out) {
    return std::make_unique<SqliteQuery>(sql_, sql, in, out);
}

void SqliteSession::rollback() noexcept {
    try {
        rollback_.run();
    } catch (const std::exception&) {
        // After some errors SQLite has rolled back by itself and says that there is nothing to roll back.
    }
}

void SqliteSession::set_up(Use use) {
    sqlite_api::sqlite3_busy_handler(connection(sql_), &SqliteSession::wait_for_lock, &patience_);
    if (use == Use::read) {
        sql_ << "PRAGMA query_only = 1";
        return;
    }
    // Changing to WAL fails at once, without the busy handler, where another process does the same: tried again for a while.
    std::string mode;
    for (const auto since = std::chrono::steady_clock::now();;) {
        try {
            sql_ << "PRAGMA journal_mode = WAL", soci::into(mode);
            break;
        } catch (const soci::sqlite3_soci_error& error) {
            if (error.result() != SQLITE_BUSY || std::chrono::steady_clock::now() - since > lock_patience) throw;
            std::this_thread::sleep_for(5ms);
        }
    }
    if (mode != "wal") throw std::runtime_error(location().url + ": the file system cannot share memory between processes (SQLite WAL): use a local one");
    sql_ << "PRAGMA synchronous = FULL";
    sql_ << "PRAGMA wal_autocheckpoint = 0";
    sql_ << cache_size;
}

int SqliteSession::wait_for_lock(void* context, int calls) {
    auto& patience = *static_cast<Patience*>(context);
    const auto now = std::chrono::steady_clock::now();
    if (calls == 0) patience.since = now;
    if (now - patience.since > patience.limit) return 0;
    std::this_thread::sleep_for(lock_poll);
    return 1;
}

void SqliteSession::lengthen_log() {
    struct stat log {};
    if (stat((location().path + "-wal").c_str(), &log) == 0 && log.st_size >= log_octets) return;
    struct statvfs disk {};
    if (statvfs(location().path.c_str(), &disk) != 0 || disk.f_bavail * disk.f_frsize < ample_octets) return;   // leave a small disk to the records
    // With so small a cache SQLite writes the pages of an unfinished transaction into the log, where the rollback leaves them as waste.
    sql_ << "PRAGMA cache_size = 16";
    sql_ << "BEGIN IMMEDIATE";
    try {
        sql_ << "CREATE TABLE waste (octets BLOB)";
        sql_ << "INSERT INTO waste (octets) VALUES (zeroblob(" + std::to_string(log_octets) + "))";
        sql_ << "ROLLBACK";
    } catch (const soci::soci_error&) {
        // A disk that is full after all, or a limit on a file's size: commits will tell. After some errors SQLite has rolled back by itself.
        try {
            sql_ << "ROLLBACK";
        } catch (const soci::soci_error&) {
        }
    }
    sql_ << cache_size;
}

void SqliteSession::overwrite_deleted() { sql_ << "PRAGMA secure_delete = ON"; }

void SqliteSession::on_commit(std::function<void(int)> call) {
    committed_ = std::move(call);
    note_files();
    const auto hook = [](void* context, sqlite_api::sqlite3*, const char*, int pages) {
        static_cast<SqliteSession*>(context)->committed_(pages);
        return SQLITE_OK;
    };
    sqlite_api::sqlite3_wal_hook(connection(sql_), hook, this);
}

void SqliteSession::note_files() {
    wal_ = file_id(location().path + "-wal");
    shm_ = file_id(location().path + "-shm");
}

bool SqliteSession::moved() const { return !file_ || file_id(location().path) != file_; }

void SqliteSession::leave_moved_file() {
    try {
        checkpoint("TRUNCATE");
    } catch (const soci::soci_error&) {
        // The file is out of reach altogether.
    }
    for (const auto& [suffix, known] : {std::pair{"-wal", wal_}, std::pair{"-shm", shm_}})
        if (known && file_id(location().path + suffix) == known) unlink((location().path + suffix).c_str());
}

SqliteSession::Checkpoint SqliteSession::checkpoint(const std::string& mode) {
    Checkpoint result;
    int busy = 0;
    sql_ << "PRAGMA wal_checkpoint(" + mode + ")", soci::into(busy), soci::into(result.pages), soci::into(result.done);
    result.busy = busy != 0;
    return result;
}

Trouble trouble_of_sqlite(const std::exception& error, const Location& location) {
    const auto* of_sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
    const auto* of_soci = dynamic_cast<const soci::soci_error*>(&error);
    std::string text = of_soci ? brief(*of_soci) : error.what();
    if (!text.starts_with(location.url)) text.insert(0, location.url + ": ");
    if (!of_sqlite) return {text, true};
    const int code = of_sqlite->result() & 0xff;   // extended codes keep the plain one in their low octet
    if (const auto what_to_do = advice(code, location); !what_to_do.empty()) text += ": " + what_to_do;
    return {text, code == SQLITE_CONSTRAINT || code == SQLITE_TOOBIG || code == SQLITE_MISMATCH || code == SQLITE_RANGE};
}

}  // namespace crmrelay::store
