// SPDX-License-Identifier: BSD-2-Clause
//
// libpq reads the URL (its manual, section "Connection URIs"), so that whatever it knows (hosts, sslmode, target_session_attrs, passfile) may stand there.
#include "store/postgres_location.hh"

#include <fcntl.h>
#include <postgresql/libpq-fe.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/fd.hh"

namespace crmrelay::store {

namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kPasswordMost = 4096;

bool names(const Settings& settings, std::string_view name) {
    return std::ranges::any_of(settings, [&](const auto& setting) { return setting.first == name; });
}

void by_default(Settings& settings, const char* name, std::string value) {
    if (!names(settings, name)) settings.emplace_back(name, std::move(value));
}

// The URL up to where a password may begin, for texts about one that cannot be read.
std::string harmless(const std::string& url) { return url.substr(0, url.find("://") + 3) + "…"; }

std::string read_password(const Location& location) {
    const auto& path = location.options.password_file;
    const auto refuse = [&](const std::string& why) { throw std::runtime_error(location.url + ": the password in " + path + ": " + why); };
    const base::Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat found {};
    if (!file || fstat(file.get(), &found) != 0) refuse(std::strerror(errno));
    if ((found.st_mode & 0007) != 0) refuse("everybody may read it: chmod o-rwx " + path);
    std::string text(kPasswordMost, '\0');
    const auto size = read(file.get(), text.data(), text.size());
    if (size < 0) refuse(std::strerror(errno));
    text.resize(static_cast<std::size_t>(size));
    text.erase(std::min(text.find_first_of("\r\n"), text.size()));
    if (text.empty()) refuse("its first line is empty");
    return text;
}

}  // namespace

Location parse_postgres(const std::string& url) {
    Location location;
    location.postgres = true;
    char* problem = nullptr;
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(PQconninfoParse(url.c_str(), &problem), &PQconninfoFree);
    const std::unique_ptr<char, void (*)(void*)> said(problem, &PQfreemem);   // not shown: it may quote the URL, password and all
    if (!options)
        throw std::runtime_error(harmless(url) + ": this cannot be read as a URL: write postgresql://USER@HOST:PORT/DATABASE, with %XX for what is not plain in its parts");
    for (const auto* option = options.get(); option->keyword; ++option) {
        if (!option->val) continue;
        if (std::string_view(option->keyword) == "password")
            throw std::runtime_error(harmless(url) + ": a password has no place in the URL: put it into a file that `store_password` names, or name a passfile (passfile=/PATH)");
        location.settings.emplace_back(option->keyword, option->val);
    }
    for (const char* needed : {"dbname", "user"})
        if (!names(location.settings, needed)) throw std::runtime_error(url + ": it names no " + (needed[0] == 'u' ? "user" : "database") + ": write postgresql://USER@HOST:PORT/DATABASE");
    location.url = url;
    return location;
}

std::vector<std::pair<std::string, std::string>> connection_settings(const Location& location) {
    auto settings = location.settings;
    const auto host = std::ranges::find(settings, "host", &Settings::value_type::first);
    const bool several = host != settings.end() && host->second.find(',') != std::string::npos;
    if (several) by_default(settings, "target_session_attrs", "read-write");   // which of them is the primary now
    by_default(settings, "connect_timeout", "2");    // s, for each host: below what Postfix waits for
    by_default(settings, "tcp_user_timeout", "5000");
    by_default(settings, "keepalives_idle", "30");
    by_default(settings, "keepalives_interval", "5");
    by_default(settings, "keepalives_count", "3");
    by_default(settings, "fallback_application_name", "crmrelay");
    std::erase_if(settings, [](const auto& setting) { return setting.first == "client_encoding"; });
    settings.emplace_back("client_encoding", "UTF8");
    if (!location.options.password_file.empty()) settings.emplace_back("password", read_password(location));
    return settings;
}

}  // namespace crmrelay::store
