// SPDX-License-Identifier: BSD-2-Clause
//
// The real crmrelay-milter as a process of a test's own, beside a stand-in for policyd, and an SMTP session as Postfix puts it to the milter.
#pragma once

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/bench/milter_wire.hh"
#include "tests/milter/fake_policyd.hh"

namespace crmrelay::milter::test {

inline std::string config_text(const std::string& milter, const std::string& admission, const std::string& syslog, const std::string& logins) {
    return "[service]\nuser = \"" + std::string(::getpwuid(::geteuid())->pw_name) + "\"\nmilter = \"" + milter + "\"\nadmission = \"" + admission +
           "\"\nsyslog = \"unix:" + syslog + "\"\n[domain.\"example.com\"]\nrequire = [\"network\", \"login\"]\nnetworks = [\"192.0.2.0/24\"]\nlogins = [" + logins +
           "]\nheaders = [\"X-CRM-Id\"]\nbounces = \"crm\"\nreturn_path = \"{token}@bounce.example.com\"\nadmins = [\"postmaster@example.com\"]\n";
}

class RealMilter {
public:
    explicit RealMilter(const Folder& folder, std::string milter = "") : folder_(folder), milter_(milter.empty() ? folder.socket("milter.sock").text() : milter) {
        write_config("\"crm@example.com\"");
        start();
    }
    RealMilter(const RealMilter&) = delete;
    ~RealMilter() { stop(SIGTERM); }

    void write_config(const std::string& logins) {
        std::ofstream(folder_.file("crmrelay.toml")) << config_text(milter_, folder_.socket("admission.sock").text(), folder_.file("no-syslog"), logins);
    }
    void spoil_config() { std::ofstream(folder_.file("crmrelay.toml")) << "[service]\nmilter = 7\n"; }
    void reload() const { ::kill(pid_, SIGUSR1); }

    base::Endpoint endpoint() const { return *base::Endpoint::parse(milter_); }
    std::string log() const {
        std::ifstream in(folder_.file("milter.log"));
        return {std::istreambuf_iterator<char>(in), {}};
    }
    // Waits until the log holds `text`.
    bool logs(const std::string& text) const {
        for (int i = 0; i < 1000; ++i, std::this_thread::sleep_for(std::chrono::milliseconds(10)))
            if (log().find(text) != std::string::npos) return true;
        return false;
    }

    void start() {
        const std::string command = program(), config = folder_.file("crmrelay.toml");
        const base::Fd out(::open(folder_.file("milter.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(out.get(), STDERR_FILENO);
            ::execl(command.c_str(), command.c_str(), "-f", "-c", config.c_str(), nullptr);
            ::_exit(127);
        }
        wait_until_it_serves();
    }

    // Runs the program once more, beside the one that serves, with one option; its exit status.
    int run(const std::string& option) const {
        const std::string command = program() + " -c " + folder_.file("crmrelay.toml") + " " + option + " >/dev/null 2>>" + folder_.file("milter.log");
        const int status = std::system(command.c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    // The exit status; -1 where it had to be killed.
    int stop(int signal) {
        if (pid_ <= 0) return 0;
        ::kill(pid_, signal);
        for (int i = 0; i < 4000; ++i, std::this_thread::sleep_for(std::chrono::milliseconds(10))) {
            if (i % 20 == 1) poke();
            if (int status = 0; ::waitpid(pid_, &status, WNOHANG) == pid_) {
                pid_ = 0;
                return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
            }
        }
        ::kill(pid_, SIGKILL);
        ::waitpid(std::exchange(pid_, 0), nullptr, 0);
        return -1;
    }

private:
    static std::string program() {
        const char* builddir = std::getenv("top_builddir");
        return std::string(builddir ? builddir : ".") + "/milter/crmrelay-milter";
    }

    // libmilter looks at what its signal thread has seen every five seconds, or when somebody connects.
    void poke() const {
        try {
            base::connect_to(endpoint(), 1);
        } catch (const std::exception&) {
            return;   // it has closed its socket already
        }
    }

    void wait_until_it_serves() {
        if (logs("serving socket=")) return;
        throw std::runtime_error("the milter does not come up: " + log());
    }

    const Folder& folder_;
    const std::string milter_;
    pid_t pid_ = 0;
};

// One SMTP session as Postfix reports it.
class SmtpSession {
public:
    struct Client {
        std::string address = "192.0.2.10", login = "crm@example.com";
        std::uint16_t port = 4000;
        bool known = true;   // to xxfi_connect and by {client_addr}
    };

    SmtpSession(const base::Endpoint& endpoint, Client client) : client_(std::move(client)), wire(endpoint, 40) {
        wire.negotiate();
        wire.connect("crm.test", client_.known ? std::optional(client_.address) : std::nullopt, client_.port);
        wire.helo("crm.test");
    }
    explicit SmtpSession(const base::Endpoint& endpoint) : SmtpSession(endpoint, Client()) {}

    bench::Answer mail(std::initializer_list<std::string_view> arguments = {"<bounce@crm.test>"}) {
        bench::Macros macros = {{"{tls_version}", "TLSv1.3"}, {"{daemon_port}", "10587"}};
        if (client_.known) macros.insert(macros.end(), {{"{client_addr}", client_.address}, {"{client_port}", std::to_string(client_.port)}});
        if (!client_.login.empty()) macros.emplace_back("{auth_authen}", client_.login);
        return wire.mail(arguments, macros);
    }
    bench::Answer rcpt(std::initializer_list<std::string_view> arguments = {"<customer@dest.test>"}, const std::string& mailer = "smtp") {
        return wire.rcpt(arguments, {{"{rcpt_mailer}", mailer}});
    }
    bench::Answer data(const std::string& queue_id = "4F1") { return wire.data({{"i", queue_id}}); }
    bench::Answer content(const std::vector<std::pair<std::string, std::string>>& fields = {{"From", "Sales <sales@example.com>"}, {"Message-ID", "<1@crm.test>"}},
                          const std::string& queue_id = "4F1") {
        for (const auto& [name, value] : fields)
            if (auto answer = wire.header(name, value); !answer.goes_on()) return answer;
        wire.end_of_header();
        wire.body("text\r\n");
        return wire.end({{"i", queue_id}});
    }
    // A whole message with one recipient, up to where it is refused or accepted.
    bench::Answer message(const std::string& queue_id = "4F1", const std::string& mailer = "smtp") {
        auto answer = mail();
        if (answer.goes_on()) answer = rcpt({"<customer@dest.test>"}, mailer);
        if (answer.goes_on()) answer = data(queue_id);
        if (answer.goes_on()) answer = content({{"From", "Sales <sales@example.com>"}}, queue_id);
        return answer;
    }

private:
    Client client_;

public:
    bench::MilterWire wire;
};

}  // namespace crmrelay::milter::test
