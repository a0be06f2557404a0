// SPDX-License-Identifier: BSD-2-Clause
//
// Starts programs, waits for them, and looks into /proc for the server's processes.
#include "tests/store/postgres_server.hh"

#include <postgresql/libpq-fe.h>
#include <pwd.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <thread>
#include <vector>

namespace crmrelay::store::test {

namespace {

PostgresServer* shared = nullptr;

std::string program(const std::string& name) {
    std::string found;
    for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
        const auto path = version.path() / "bin" / name;
        if (access(path.c_str(), X_OK) == 0 && path.string() > found) found = path.string();
    }
    return found;
}

// In a process of its own, which ends with this one.
pid_t spawn(const std::vector<std::string>& words, const std::string& log, uid_t uid, gid_t gid) {
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid != 0) return pid;
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (out >= 0) {
        dup2(out, 1);
        dup2(out, 2);
    }
    if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setgid(gid) != 0 || setuid(uid) != 0)) _exit(97);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (getppid() != parent) _exit(96);
    setenv("LC_ALL", "C.UTF-8", 1);
    execv(argv[0], argv.data());
    _exit(98);
}

struct Ids {
    uid_t uid = geteuid();
    gid_t gid = getegid();
};

Ids server_ids() {
    if (geteuid() != 0) return {};
    const auto* entry = getpwnam("postgres");
    if (!entry) entry = getpwnam("nobody");
    return {entry->pw_uid, entry->pw_gid};
}

using Connection = std::unique_ptr<PGconn, void (*)(PGconn*)>;

std::vector<pid_t> children_of(pid_t pid) {
    std::vector<pid_t> out;
    const auto id = std::to_string(pid);
    std::ifstream list("/proc/" + id + "/task/" + id + "/children");
    for (pid_t child = 0; list >> child;) out.push_back(child);
    return out;
}

}  // namespace

PostgresServer* postgres() { return shared; }
void set_postgres(PostgresServer* server) { shared = server; }

bool PostgresServer::available() { return std::filesystem::exists("/usr/lib/postgresql") && !program("initdb").empty() && !program("postgres").empty(); }

PostgresServer::PostgresServer() {
    const auto ids = server_ids();
    if (geteuid() == 0 && chown(folder_.path().c_str(), ids.uid, ids.gid) != 0) throw std::runtime_error("chown");
    const auto log = folder_.file("log");
    const pid_t init = spawn({program("initdb"), "-D", folder_.file("data"), "-U", "crmrelay", "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync"}, log, ids.uid, ids.gid);
    int status = 0;
    waitpid(init, &status, 0);
    if (status != 0) throw std::runtime_error("initdb failed: see " + log);
    start();
}

PostgresServer::~PostgresServer() {
    resume();
    stop();
}

void PostgresServer::start() {
    if (pid_ > 0) return;
    const auto ids = server_ids();
    pid_ = spawn({program("postgres"), "-D", folder_.file("data"), "-k", folder_.path(), "-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=32MB",
                  "-c", "max_connections=200", "-c", "deadlock_timeout=200ms"},
                 folder_.file("log"), ids.uid, ids.gid);
    for (int i = 0; i < 600; ++i) {
        const Connection connection(PQconnectdb(url().c_str()), &PQfinish);
        if (PQstatus(connection.get()) == CONNECTION_OK) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    throw std::runtime_error("postgres did not start: see " + folder_.file("log"));
}

void PostgresServer::stop() {
    if (pid_ <= 0) return;
    kill(pid_, SIGINT);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

void PostgresServer::hang() const {
    kill(pid_, SIGSTOP);
    for (const auto child : children_of(pid_)) kill(child, SIGSTOP);
}

void PostgresServer::resume() const {
    if (pid_ <= 0) return;
    for (const auto child : children_of(pid_)) kill(child, SIGCONT);
    kill(pid_, SIGCONT);
}

std::string PostgresServer::url() const { return "postgresql:///postgres?user=crmrelay&host=" + folder_.path(); }

void PostgresServer::execute(const std::string& sql) const { asked(sql); }

std::string PostgresServer::asked(const std::string& sql) const {
    const Connection connection(PQconnectdb(url().c_str()), &PQfinish);
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) throw std::runtime_error(sql + ": " + PQerrorMessage(connection.get()));
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

}  // namespace crmrelay::store::test
