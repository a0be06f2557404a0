// SPDX-License-Identifier: BSD-2-Clause
//
// The keys of [service], each read and checked by itself, then the sockets against each other.
#include "conf/service_reader.hh"

#include <fmt/format.h>

#include <map>

#include "conf/key_reader.hh"
#include "conf/names.hh"

namespace crmrelay::conf {

namespace {

using base::Endpoint;

constexpr int kRetainLeast = 7;      // Postfix's maximal_queue_lifetime is five days; the bounce of a message comes after them
constexpr int kRetainMost = 3650;
constexpr std::int64_t kBounceSizeLeast = 65536;
constexpr std::int64_t kBounceSizeMost = 67108864;
constexpr int kForwardMost = 1000;
constexpr std::int64_t kRetryMost = 30 * 86400;

Endpoint unix_socket(const char* path) { return Endpoint{true, path, {}, 0}; }

template <typename T>
using Parser = base::Result<T> (*)(std::string_view);

template <typename T>
void read_text(Table& table, std::string_view key, std::string_view wanted, Parser<T> parse, T& into) {
    if (auto given = read_one<T>(table, key, wanted, parse); given && given->sound) into = std::move(given->value);
}

template <typename T>
void read_number(Table& table, std::string_view key, std::int64_t least, std::int64_t most, T& into) {
    const auto value = table.take(key);
    if (!value) return;
    if (const auto number = value->want_number(key, least, most)) into = static_cast<T>(*number);
}

void read_bool(Table& table, std::string_view key, bool& into) {
    const auto value = table.take(key);
    if (!value) return;
    if (const auto given = value->truth()) into = *given;
    else value->wrong_type(key, "true or false");
}

void read_resolvers(Table& table, std::vector<Endpoint>& into) {
    constexpr std::size_t kMost = 3;   // as resolv.conf(5)
    const auto given = read_list<Endpoint>(table, "resolver", "a list: [\"127.0.0.1:53\"]", parse_resolver);
    if (!given) return;
    if (given->sound && (given->value.empty() || given->value.size() > kMost))
        table.take("resolver")->problem(fmt::format("resolver holds {} addresses; write one to {}, or leave the key out for /etc/resolv.conf", given->value.size(), kMost));
    into = given->value;
}

void read_retain_days(Table& table, int& into) {
    const auto value = table.take("retain_days");
    if (!value) return;
    if (const auto days = value->number(); days && *days < kRetainLeast) {
        value->problem(fmt::format("retain_days is {}: Postfix tries a message for up to five days, and its bounce must still find the record; write {} or more",
                                   *days, kRetainLeast));
        return;
    }
    if (const auto days = value->want_number("retain_days", kRetainLeast, kRetainMost)) into = static_cast<int>(*days);
}

// Seconds from one attempt of a report to the next.
void read_retry_after(Table& table, std::vector<int>& into) {
    constexpr std::size_t kMost = 100;
    constexpr std::int64_t kLongest = 7 * 86400;
    const auto value = table.take("retry_after");
    if (!value) return;
    std::vector<int> steps;
    bool sound = true;
    sound &= value->want_list("retry_after", "a list of seconds: [5, 300, 1800]", [&](const Value& element) {
        const auto step = element.want_number("an entry of retry_after", 1, kLongest);
        sound &= step.has_value();
        if (step) steps.push_back(static_cast<int>(*step));
    });
    if (sound && (steps.empty() || steps.size() > kMost)) value->problem(fmt::format("retry_after holds {} steps; write one to {}", steps.size(), kMost));
    if (!steps.empty()) into = std::move(steps);
}

void read_users(Table& table, Users& users) {
    constexpr std::string_view kWanted = R"(a user's name, or { policyd = "…", milter = "…", bounced = "…" })";
    const auto value = table.take("user");
    if (!value) return;
    if (!value->is_table()) {
        std::string one;
        read_text<std::string>(table, "user", kWanted, parse_user, one);
        if (!one.empty()) users = {one, one, one};
        return;
    }
    Table each(*value, "[service] user");
    read_text<std::string>(each, "policyd", "a user's name", parse_user, users.policyd);
    read_text<std::string>(each, "milter", "a user's name", parse_user, users.milter);
    read_text<std::string>(each, "bounced", "a user's name", parse_user, users.bounced);
    each.finish();
}

void read_syslog(Table& table, std::string& path) {
    Endpoint socket = unix_socket(path.c_str());
    read_text<Endpoint>(table, "syslog", "\"unix:/dev/log\" or another such path", Endpoint::parse, socket);
    if (socket.is_unix) path = socket.path;
    else table.take("syslog")->problem("syslog is a datagram socket on this host; write \"unix:/dev/log\" or another such path");
}

void read_sockets(Table& table, Service& service) {
    constexpr std::string_view kWanted = "\"unix:/PATH\" or \"inet:PORT@HOST\"";
    struct Socket {
        std::string_view key;
        Endpoint* endpoint;
    };
    const Socket sockets[] = {{"milter", &service.milter}, {"policy", &service.policy}, {"bounce", &service.bounce}, {"admission", &service.admission}, {"auth", &service.auth}};
    for (const auto& [key, endpoint] : sockets) read_text<Endpoint>(table, key, kWanted, Endpoint::parse, *endpoint);
    for (std::size_t i = 0; i < std::size(sockets); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (sockets[i].endpoint->text() != sockets[j].endpoint->text()) continue;
            // One of the two was written; the other may be a default.
            const auto value = table.take(sockets[i].key);
            (value ? *value : *table.take(sockets[j].key))
                .problem(fmt::format("{} and {} are both \"{}\"; give each a socket of its own", sockets[j].key, sockets[i].key,
                                     sockets[i].endpoint->text()));
        }
    }
}

void read_metrics(Table& table, MetricsSockets& sockets) {
    const auto value = table.take("metrics");
    if (!value) return;
    if (!value->is_table()) return value->wrong_type("metrics", R"(a table: { policyd = "127.0.0.1:9127", milter = "127.0.0.1:9128", bounced = "127.0.0.1:9129" })");
    Table each(*value, "[service] metrics");
    std::map<std::string, std::string_view> taken;
    const std::pair<std::string_view, std::optional<Endpoint>*> daemons[] = {{"policyd", &sockets.policyd}, {"milter", &sockets.milter}, {"bounced", &sockets.bounced}};
    for (const auto& [name, socket] : daemons) {
        const auto given = read_one<Endpoint>(each, name, "an address and a port: \"127.0.0.1:9127\"", parse_metrics_address);
        if (!given || !given->sound) continue;
        *socket = given->value;
        const auto [former, fresh] = taken.emplace(given->value.text(), name);
        if (!fresh) each.take(name)->problem(fmt::format("metrics: {} and {} have one address; give each a port of its own", former->second, name));
    }
    each.finish();
}

}  // namespace

Service default_service() {
    Service out;
    out.milter = unix_socket("/var/spool/postfix/crmrelay/milter.sock");
    out.policy = unix_socket("/var/spool/postfix/crmrelay/policy.sock");
    out.bounce = unix_socket("/var/spool/postfix/crmrelay/bounce.sock");
    out.admission = unix_socket("/run/crmrelay/admission.sock");
    out.auth = unix_socket("/var/spool/postfix/crmrelay/auth.sock");
    out.store = "sqlite:///var/lib/crmrelay/crmrelay.db";
    out.keys = "/etc/crmrelay/return-path.keys";
    out.logins = "/etc/crmrelay/logins";
    out.presets = CRMRELAY_DATADIR "/crm";
    out.submit = "smtp://127.0.0.1:25";
    out.syslog_path = "/dev/log";
    return out;
}

Service read_service(const Value& value) {
    Service out = default_service();
    if (!value.is_table()) {
        value.wrong_type("service", "a table: [service]");
        return out;
    }
    Table table(value, "[service]");
    read_users(table, out.user);
    read_sockets(table, out);
    read_metrics(table, out.metrics);
    read_text<std::string>(table, "store", "\"sqlite:///PATH\" or \"postgresql://USER@HOST:PORT/DATABASE\"", parse_store_url, out.store);
    read_text<std::string>(table, "store_password", "an absolute path", parse_file_path, out.store_password);
    read_text<std::string>(table, "server", "a name", parse_server_name, out.server);
    read_number(table, "takeover_after", 3, 3600, out.takeover_after);
    read_text<std::string>(table, "keys", "an absolute path", parse_file_path, out.keys);
    read_text<std::string>(table, "logins", "an absolute path", parse_file_path, out.logins);
    read_bool(table, "auth_plaintext", out.auth_plaintext);
    read_resolvers(table, out.resolvers);
    read_text<std::string>(table, "presets", "the absolute path of a folder", parse_folder_path, out.presets);
    read_text<std::string>(table, "submit", "\"smtp://HOST:PORT\"", parse_submit_url, out.submit);
    read_syslog(table, out.syslog_path);
    read_retain_days(table, out.retain_days);
    read_number(table, "bounce_size_limit", kBounceSizeLeast, kBounceSizeMost, out.bounce_size_limit);
    read_retry_after(table, out.retry_after);
    read_number(table, "retry_for", 60, kRetryMost, out.retry_for);
    read_number(table, "forward_limit", 1, kForwardMost, out.forward_limit);
    read_text<std::string>(table, "former_2bounce_recipient", "a mailbox", parse_notice_recipient, out.former_2bounce_recipient);
    table.finish();
    return out;
}

}  // namespace crmrelay::conf
