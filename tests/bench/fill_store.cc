// SPDX-License-Identifier: BSD-2-Clause
//
// Puts records of relayed messages into a store and prints their bounce addresses, for lmtp_load: each went to nobody@dest.test.
//
//   fill_store STORE_URL COUNT BOUNCE_DOMAIN DOMAIN
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "base/crypto.hh"
#include "store/store.hh"

namespace {

using namespace crmrelay;

constexpr int kWaiting = 500;   // records that wait for the store's writer

void fill(const std::string& url, int count, const std::string& bounce_domain, const std::string& domain) {
    store::Store store(url, store::Open::create);
    std::atomic<int> open{0}, lost{0};
    const auto wait_below = [&open](int most) {
        while (open > most) std::this_thread::sleep_for(std::chrono::microseconds(100));
    };
    for (int i = 0; i < count; ++i) {
        wait_below(kWaiting);
        store::Message message;
        message.token = base::base32(base::random_octets(25));
        message.relayed_at = base::now();
        message.domain = domain;
        message.queue_id = fmt::format("4B{:08X}", i);
        message.message_id = fmt::format("<{}@crm.test>", i);
        message.sender = fmt::format("return-{}@crm.test", i);
        message.from = "sales@" + domain;
        message.recipients = {{"nobody@dest.test", "", ""}};
        fmt::print("{}@{}\n", message.token, bounce_domain);
        ++open;
        store.record_message(std::move(message), [&](const store::Outcome& outcome) {
            if (!outcome.durable) ++lost;
            --open;
        });
    }
    wait_below(0);
    if (lost > 0) throw std::runtime_error(fmt::format("{} records were not written", lost.load()));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        fmt::print(stderr, "usage: fill_store STORE_URL COUNT BOUNCE_DOMAIN DOMAIN\n");
        return 2;
    }
    try {
        fill(argv[1], std::atoi(argv[2]), argv[3], argv[4]);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "fill_store: {}\n", error.what());
        return 1;
    }
}
