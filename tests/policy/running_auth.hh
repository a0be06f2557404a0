// SPDX-License-Identifier: BSD-2-Clause
//
// The auth desk with its server in a thread of its own, a logins file and a store in a temporary folder, and a client that speaks as Postfix does.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include "base/crypto.hh"
#include "policy/auth_desk.hh"
#include "policy/auth_server.hh"
#include "policy/password.hh"
#include "tests/policy/running_desk.hh"

namespace crmrelay::policy::test {

using base::base64;

class AuthClient {
public:
    explicit AuthClient(const base::Endpoint& endpoint) : client_(endpoint) {
        client_.send("VERSION\t1\t0\nCPID\t17\n");
        while (!handshake.ends_with("DONE\n")) {
            const auto one = line();
            handshake += one + "\n";
            if (one == "(closed)") break;
        }
    }

    void send(std::string_view text) { client_.send(text); }
    std::string line() {
        std::string out;
        for (;;) {
            const auto c = client_.read(1);
            if (c.empty()) return "(closed)";
            if (c == "\n") return out;
            out += c;
        }
    }
    void ask(const std::string& login, const std::string& password, const std::string& client = "192.0.2.10", bool tls = true, const std::string& id = "1") {
        send("AUTH\t" + id + "\tPLAIN\tservice=smtp\tnologin\tlip=192.0.2.1\trip=" + client + (tls ? "\tsecured" : "") + "\tresp=" +
             base64(std::string(1, '\0') + login + std::string(1, '\0') + password) + "\n");
    }
    std::string plain(const std::string& login, const std::string& password, const std::string& client = "192.0.2.10", bool tls = true) {
        ask(login, password, client, tls);
        return line();
    }

    std::string handshake;
    Client& raw() { return client_; }

private:
    Client client_;
};

class RunningAuth {
public:
    // `logins`: the file; nothing: there is none.
    explicit RunningAuth(std::optional<std::string> logins, bool plaintext = false, std::vector<conf::Domain> domains = usual_domains())
        : folder_(make_folder()), rules_(make_rules(std::move(domains), plaintext)) {
        if (logins) write(*logins);
        store_.emplace("sqlite://" + folder_ + "/crmrelay.db", store::Open::create);
        desk_.emplace(io_, *store_, rules_);
        endpoint_ = *base::Endpoint::parse("unix:" + folder_ + "/auth.sock");
        server_.emplace(io_, base::listen_on(endpoint_, "", true), *desk_);
        loop_ = std::thread([this] { io_.run(); });
    }
    ~RunningAuth() {
        io_.stop();
        loop_.join();
        std::filesystem::remove_all(folder_);
    }

    AuthClient client() const { return AuthClient(endpoint_); }
    const base::Endpoint& endpoint() const { return endpoint_; }
    std::string path() const { return folder_ + "/logins"; }
    store::Store& store() { return *store_; }
    AuthDesk& desk() { return *desk_; }
    const RulesPtr& rules() const { return rules_; }

    // As crmrelayctl does: another file takes the place.
    void write(const std::string& text, mode_t mode = 0640) const {
        const auto beside = path() + ".new";
        std::ofstream(beside) << text;
        ::chmod(beside.c_str(), mode);
        std::filesystem::rename(beside, path());
    }

private:
    static std::string make_folder() {
        std::string name = std::filesystem::temp_directory_path() / "crmrelay-auth-XXXXXX";
        if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
        return name;
    }
    RulesPtr make_rules(std::vector<conf::Domain> domains, bool plaintext) const {
        auto config = std::make_shared<conf::Config>();
        config->service.logins = path();
        config->service.auth_plaintext = plaintext;
        config->domains = std::move(domains);
        conf::build_lookups(*config);
        return std::make_shared<const Rules>(config, TokenKeys({kKey}));
    }

    std::string folder_;
    RulesPtr rules_;
    boost::asio::io_context io_{1};
    std::optional<store::Store> store_;
    std::optional<AuthDesk> desk_;
    base::Endpoint endpoint_;
    std::optional<AuthServer> server_;
    std::thread loop_;
};

inline std::string line_for(const std::string& login, const std::string& password, const char* rest = ":2026-11-23") {
    return login + ":" + hash_password(password) + rest + "\n";
}

}  // namespace crmrelay::policy::test
