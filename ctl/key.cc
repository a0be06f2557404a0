// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl key: lists the return-path keys, or puts a new one first. It never shows a secret.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/crypto.hh"
#include "base/text.hh"
#include "conf/secrets.hh"
#include "ctl/cli.hh"
#include "ctl/commands.hh"
#include "ctl/key_file.hh"
#include "ctl/open.hh"
#include "ctl/output.hh"
#include "ctl/replace_file.hh"
#include "ctl/secret_access.hh"
#include "policy/token.hh"

namespace crmrelay::ctl {

namespace {

constexpr std::size_t kSecretOctets = 32;

int wrong(const std::string& words) {
    fmt::print(stderr, "crmrelayctl key: {}\n", base::neuter(words, 1000));
    return kWrong;
}

int list(const std::string& path, bool json) {
    const auto text = conf::read_secret(path);
    if (!text) return wrong(text.error());
    const auto keys = list_keys(*text, path);
    if (!keys) return wrong(keys.error());
    if (json) {
        auto out = nlohmann::json::array();
        for (const auto& key : *keys) out.push_back({{"id", key.id}, {"use", key.signs ? "signs" : "verifies"}, {"comment", key.comment}});
        fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
        return kFine;
    }
    std::vector<Row> rows;
    for (const auto& key : *keys) rows.push_back({key.id, key.signs ? "signs" : "verifies", key.comment});
    fmt::print("{}", table({"ID", "USE", "COMMENT"}, rows));
    return kFine;
}

// A secret whose identifier no present key has, while there are free ones.
std::string new_secret(const std::vector<KeyInfo>& present) {
    for (int tries = 0;; ++tries) {
        auto secret = base::hex(base::random_octets(kSecretOctets));
        const auto id = fmt::format("{:02x}", policy::TokenKeys::id_of(secret));
        if (tries == 1000 || std::ranges::find(present, id, &KeyInfo::id) == present.end()) return secret;
    }
}

int rotate(const conf::Service& service) {
    const auto path = real_path(service.keys);
    std::string text;
    std::vector<KeyInfo> keys;
    if (::access(path.c_str(), F_OK) == 0) {
        const auto present = conf::read_secret(path);
        if (!present) return wrong(present.error());
        text = *present;
        if (!text.empty()) {
            const auto listed = list_keys(text, path);
            if (!listed) return wrong(listed.error());
            keys = *listed;
        }
    }
    const auto secret = new_secret(keys);
    const auto next = with_first_key(text, secret, base::now());
    if (next.size() > conf::kSecretFileCap)
        return wrong(fmt::format("{}: too many keys; remove those older than retain_days ({} days)", path, service.retain_days));
    replace_file(path, next, access_for(path, service.user.policyd));
    fmt::print("{}: key {:02x} signs from now on", base::neuter(path), policy::TokenKeys::id_of(secret));
    if (keys.empty()) fmt::print("; it is the first\n");
    else fmt::print(", {} still verif{}\n", keys.size(), keys.size() == 1 ? "ies" : "y");
    fmt::print("next: pkill -USR1 crmrelay-policy, or start crmrelay-policyd\n");   // process names end after 15 letters
    if (!keys.empty()) fmt::print("A key may go {} days after its successor came: no token of it lives longer.\n", service.retain_days);
    return kFine;
}

// For an installation's scripts: what stands there is never touched, whatever it is.
int init(const conf::Service& service) {
    const auto path = real_path(service.keys);
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return rotate(service);
    fmt::print("{} is there already: nothing is changed\n", base::neuter(path));
    return kFine;
}

}  // namespace

int key(const Arguments& arguments) {
    std::string verb;
    Cli cli("key", "The return-path keys: \"list\" shows them without their secrets, \"rotate\" makes a new one, which signs from then on, \"init\" does so where there is none.");
    cli.json().choice("VERB", verb, {"init", "list", "rotate"}, "init, list or rotate");
    if (const auto status = cli.parse(arguments)) return *status;
    const auto config = open_config(cli.config_file());
    if (!config) return kWrong;
    if (verb == "init") return init(config->service);
    return verb == "list" ? list(config->service.keys, cli.wants_json()) : rotate(config->service);
}

}  // namespace crmrelay::ctl
