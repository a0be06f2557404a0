// SPDX-License-Identifier: BSD-2-Clause
//
// Runs SpfNetworks against a real DNS server for tests/policy/spf_dns_test.py: commands on standard input, an answer line each on standard output,
// the log on standard error. Its clock stands still and is moved by hand; deadlines are real.
#include <fmt/format.h>

#include <atomic>
#include <future>
#include <iostream>
#include <memory>
#include <sstream>

#include "policy/spf_networks.hh"

using namespace crmrelay;
using namespace crmrelay::policy;

namespace {

const char* word(Standing standing) { return standing == Standing::in ? "in" : standing == Standing::out ? "out" : "unknown"; }

const char* word(SpfAnswer::Verdict verdict) {
    constexpr const char* words[] = {"pass", "not_pass", "temporary", "no_record", "broken"};
    return words[static_cast<int>(verdict)];
}

base::IpAddress client_of(const std::string& text) {
    const auto address = base::IpAddress::parse(text);
    if (!address) throw std::runtime_error(address.error());
    return *address;
}

class Driver {
public:
    Driver(const std::string& resolver, const std::string& store) : store_(store, store::Open::create) {
        const auto endpoint = base::Endpoint::parse(resolver);
        if (!endpoint) throw std::runtime_error(endpoint.error());
        ask_ = query_spf({*endpoint});
    }

    std::string command(const std::string& line) {
        std::istringstream words(line);
        std::string verb, name, client;
        words >> verb;
        if (verb == "open") {       // open DEADLINE-MS NAME...: a fresh SpfNetworks on the same store
            SpfOptions options;
            int deadline = 0;
            words >> deadline;
            options.deadline = std::chrono::milliseconds(deadline);
            options.probe_budget = std::chrono::milliseconds(deadline);
            options.tick = std::chrono::milliseconds(50);
            options.save_every = 0;
            networks_.reset();
            networks_ = std::make_unique<SpfNetworks>(store_, ask_, [this] { return now_.load(); }, options);
            std::vector<std::string> names;
            while (words >> name) names.push_back(name);
            networks_->serve(names);
            return "open";
        }
        if (verb == "clock") {      // clock SECONDS: moves it on
            base::Seconds by = 0;
            words >> by;
            now_ += by;
            return "clock";
        }
        words >> name >> client;
        if (verb == "evaluate") {   // past all memory: verdict, TTL, error
            const auto answer = ask_({client_of(client)}, name, {std::chrono::steady_clock::now() + std::chrono::seconds(5)}).at(0);
            return fmt::format("{} {} {}", word(answer.verdict), answer.ttl, answer.error);
        }
        if (verb == "at-once") {
            const auto known = networks_->at_once(name, client_of(client));
            return fmt::format("{}{}", word(known.standing), known.settled ? "" : " ask");
        }
        if (verb == "ask") {
            std::promise<Standing> told;
            networks_->look_up(name, client_of(client), [&told](Standing standing) { told.set_value(standing); });
            return word(told.get_future().get());
        }
        if (verb == "state") {      // state NAME: answered, failing or fine, refused or not, clients, last error
            for (const auto& one : networks_->state())
                if (one.name == name)
                    return fmt::format("{} {} {} {} {}", one.answered_at == 0 ? "never" : "answered", one.failing_since == 0 ? "fine" : "failing",
                                       one.refused ? "refused" : one.probed_at == 0 ? "unprobed" : "probed", one.clients, one.last_error);
            return "none";
        }
        return "what?";
    }

private:
    store::Store store_;
    AskSpf ask_;
    std::atomic<base::Seconds> now_{1795608000};
    std::unique_ptr<SpfNetworks> networks_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    try {
        Driver driver(argv[1], argv[2]);
        for (std::string line; std::getline(std::cin, line);) std::cout << driver.command(line) << std::endl;
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
}
