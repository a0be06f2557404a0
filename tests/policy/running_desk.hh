// SPDX-License-Identifier: BSD-2-Clause
//
// A desk with its two servers in a thread of its own, on a store in a temporary folder, and blocking clients for both sockets.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <sys/socket.h>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include "policy/desk.hh"
#include "policy/server.hh"
#include "tests/policy/rules_for_tests.hh"

namespace crmrelay::policy::test {

// A connected client; reads give up after ten seconds.
class Client {
public:
    explicit Client(const base::Endpoint& endpoint) : fd_(base::connect_to(endpoint, 10)) {}

    void send(std::string_view octets) {
        while (!octets.empty()) {
            const auto n = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
            if (n <= 0) return;
            octets.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    void half_close() { ::shutdown(fd_.get(), SHUT_WR); }

    // Until `count` octets are there or the server closed.
    std::string read(std::size_t count) {
        std::string out(count, '\0');
        std::size_t have = 0;
        while (have < count) {
            const auto n = ::recv(fd_.get(), out.data() + have, count - have, 0);
            if (n <= 0) break;
            have += static_cast<std::size_t>(n);
        }
        out.resize(have);
        return out;
    }
    bool closed() { return read(1).empty(); }

    // One policy answer, without its empty line.
    std::string action() {
        std::string out;
        while (!out.ends_with("\n\n")) {
            const auto more = read(1);
            if (more.empty()) return "(closed)";
            out += more;
        }
        return out.substr(0, out.size() - 2);
    }
    Answer answer() {
        const auto head = read(kFrameHead);
        const auto length = frame_length(head);
        return *decode_answer(read(*length));
    }
    void tell(const Question& question) { send(encode(question)); }
    Answer ask(const Question& question) {
        tell(question);
        return answer();
    }

private:
    base::Fd fd_;
};

class RunningDesk {
public:
    explicit RunningDesk(std::vector<conf::Domain> domains = usual_domains(), NetworkLookup* networks = nullptr)
        : folder_(make_folder()),
          rules_(std::make_shared<const Rules>(rules_of(std::move(domains)))),
          store_(std::in_place, "sqlite://" + folder_ + "/crmrelay.db", store::Open::create),
          desk_(std::in_place, io_, *store_, networks, rules_, [this] { return now; }),
          policy_(endpoint("policy")),
          admission_(endpoint("admission")),
          policy_server_(std::in_place, io_, base::listen_on(policy_, "", true), Server::Speaks::policy, *desk_),
          admission_server_(std::in_place, io_, base::listen_on(admission_, "", false), Server::Speaks::admission, *desk_),
          loop_([this] { io_.run(); }) {}
    ~RunningDesk() {
        io_.stop();
        loop_.join();
        std::filesystem::remove_all(folder_);
    }

    Client policy() const { return Client(policy_); }
    Client admission() const { return Client(admission_); }
    const Rules& rules() const { return *rules_; }
    store::Store& store() { return *store_; }
    Desk& desk() { return *desk_; }
    const std::string& folder() const { return folder_; }

    base::Seconds now = 1'795'000'000;

private:
    static std::string make_folder() {
        std::string name = std::filesystem::temp_directory_path() / "crmrelay-policy-XXXXXX";
        if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
        return name;
    }
    base::Endpoint endpoint(const char* name) const { return *base::Endpoint::parse("unix:" + folder_ + "/" + name + ".sock"); }

    std::string folder_;
    RulesPtr rules_;
    boost::asio::io_context io_{1};
    std::optional<store::Store> store_;
    std::optional<Desk> desk_;
    base::Endpoint policy_, admission_;
    std::optional<Server> policy_server_, admission_server_;
    std::thread loop_;
};

inline std::string request(const char* context, const SessionFacts& facts, const std::string& recipient, const char* state = "RCPT") {
    return std::string("request=smtpd_access_policy\nprotocol_state=") + state + "\npolicy_context=" + context + "\nclient_address=" + facts.client.text() +
           "\nclient_port=" + std::to_string(facts.port) + "\nsasl_username=" + facts.login + "\nencryption_protocol=" + facts.tls +
           "\nsender=b@crm.test\nrecipient=" + recipient + "\nserver_address=192.0.2.1\nserver_port=" + std::to_string(facts.service) + "\n\n";
}

inline Admit admit_question(const char* session, const SessionFacts& facts, const char* from = "Sales <sales@example.com>") {
    Admit out{session, facts, {}};
    out.message.queue_id = "4F1";
    out.message.sender = "b@crm.test";
    out.message.envid = "QQ314";
    out.message.recipients = {{"customer@dest.test", "", ""}};
    out.message.from = {from};
    out.message.message_id = "<1@crm.test>";
    out.message.headers = {{"x-sfdc-entityid", " 00D"}, {"X-Other", " 1"}};
    return out;
}

}  // namespace crmrelay::policy::test
