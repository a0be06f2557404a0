// SPDX-License-Identifier: BSD-2-Clause
//
// What the store's benchmarks share: a folder that goes when they end, and records as a CRM's messages make them.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>

#include "store/store.hh"

namespace crmrelay::bench {

class Directory {
public:
    Directory() {
        const char* root = std::getenv("TMPDIR");
        path_ = std::string(root ? root : "/tmp") + "/crmrelay-bench-XXXXXX";
        if (!mkdtemp(path_.data())) throw std::runtime_error("no directory for the benchmark");
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

inline store::Message message(std::mt19937_64& random, std::uint64_t number, store::Seconds at) {
    store::Message m;
    m.relayed_at = at;
    m.token = fmt::format("a{:07x}{:06x}{:020x}", m.relayed_at / 60, number, random());
    m.domain = "example.com";
    m.queue_id = fmt::format("{:05X}{:07X}", random() & 0xfffff, random() & 0xfffffff);
    m.message_id = fmt::format("<{:016x}.{:016x}@mail.crm.example.net>", random(), random());
    m.sender = fmt::format("bounce-{:064x}@return.crm.example.net", random());
    m.from = "sales@example.com";
    m.login = "crm@example.com";
    m.client = "192.0.2.10";
    m.size = 4096;
    m.recipients = {{"customer@dest.test", "rfc822;customer@dest.test", "FAILURE"}};
    m.headers = {{"X-SFDC-EntityId", "0065g00000ABCDEFGH"}, {"X-SFDC-LK", "00D000000000001"}};
    return m;
}

}  // namespace crmrelay::bench
