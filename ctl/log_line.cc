// SPDX-License-Identifier: BSD-2-Clause
//
// Looks for marks: crmrelay's brackets and fields, Postfix's "from NAME[ADDRESS]:" and "sasl_username=", the reply to a failed AUTH, and Postfix's words for a
// milter or policy server that does not answer.
#include "ctl/log_line.hh"

#include <algorithm>

#include "base/ip.hh"
#include "base/text.hh"
#include "ctl/advice.hh"

namespace crmrelay::ctl {

namespace {

constexpr std::size_t kLongestLine = 8192;
constexpr std::size_t kShortestId = 6, kLongestId = 20;

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The value of ` key=value` as crmrelay's log and Postfix's write it: a word, "…" with backslashes, or <…>.
std::string field(std::string_view line, std::string_view key) {
    for (std::size_t at = line.find(key); at != std::string_view::npos; at = line.find(key, at + 1)) {
        const bool begins = at == 0 || line[at - 1] == ' ' || line[at - 1] == ',';
        const auto equals = at + key.size();
        if (!begins || equals >= line.size() || line[equals] != '=') continue;
        auto value = line.substr(equals + 1);
        if (value.starts_with('"')) {
            std::string out;
            for (std::size_t i = 1; i < value.size() && value[i] != '"'; ++i) {
                if (value[i] == '\\' && i + 1 < value.size()) ++i;
                out += value[i];
            }
            return out;
        }
        if (value.starts_with('<')) return std::string(value.substr(1, std::min(value.find('>'), value.size()) - 1));
        return std::string(value.substr(0, value.find_first_of(" ,;")));
    }
    return {};
}

// Its brackets may be gone: CLI11 takes a word in brackets for a list.
std::string bracketed(std::string_view line) {
    constexpr std::string_view kMark = "crmrelay:";
    const auto at = line.rfind(kMark);
    if (at == std::string_view::npos) return {};
    const auto rest = line.substr(at + kMark.size());
    return std::string(rest.substr(0, rest.find_first_of("] ")));
}

// "from unknown[192.0.2.1]:" and "warning: unknown[192.0.2.1]: SASL PLAIN authentication failed".
std::string address_in(std::string_view line) {
    for (auto open = line.find('['); open != std::string_view::npos; open = line.find('[', open + 1)) {
        const auto close = line.find(']', open);
        if (close == std::string_view::npos) return {};
        auto inside = line.substr(open + 1, close - open - 1);
        if (base::istarts_with(inside, "IPv6:")) inside.remove_prefix(5);
        if (inside.find_first_of(".:") != std::string_view::npos && base::IpAddress::parse(inside)) return std::string(inside);
    }
    return {};
}

// What policyd said: "client 203.0.113.9 is not in this domain's networks".
std::string address_said(std::string_view line) {
    constexpr std::string_view kMark = "client ";
    const auto at = line.find(kMark);
    if (at == std::string_view::npos) return {};
    const auto rest = line.substr(at + kMark.size());
    return std::string(rest.substr(0, rest.find(' ')));
}

// The word before a colon that is a queue id: "postfix/…/cleanup[1]: 4F1AB23C0D: milter-reject: …".
std::string queue_id_in(std::string_view line) {
    for (const auto word : base::split(line, ' '))
        if (word.ends_with(':') && is_queue_id(word.substr(0, word.size() - 1)) && word != "NOQUEUE:") return std::string(word.substr(0, word.size() - 1));
    return {};
}

// What policyd said begins with the domain: "550 5.7.1 example.com: client …".
std::string domain_in(std::string_view line) {
    for (const auto code : {" 5.7.1 ", " 4.7.1 ", " 4.3.0 ", " 4.4.3 ", " 5.7.0 "}) {
        const auto at = line.rfind(code);
        if (at == std::string_view::npos) continue;
        auto rest = line.substr(at + 7);
        constexpr std::string_view kPostfix = "Recipient address rejected: ";
        if (const auto put = rest.find(kPostfix); put != std::string_view::npos) rest = rest.substr(put + kPostfix.size());
        const auto name = rest.substr(0, rest.find(':'));
        if (name.find('.') != std::string_view::npos && name.find_first_of(" <>@") == std::string_view::npos && name.size() < rest.size()) return base::lower(name);
    }
    return {};
}

// Postfix's own words where crmrelay's milter or policyd is away: what the client hears, what the log says of it, and the warnings beside that.
bool says_unavailable(std::string_view lower) {
    const auto has = [&](std::string_view words) { return lower.find(words) != std::string_view::npos; };
    if (has("4.7.1 service unavailable - try again later") || has("454 4.3.0 try again later")) return true;
    return (has("warning: connect to ") || has("warning: problem talking to server ")) && has("crmrelay/");
}

}  // namespace

bool is_queue_id(std::string_view text) {
    const bool digit = std::ranges::any_of(text, [](char c) { return c >= '0' && c <= '9'; });
    return text.size() >= kShortestId && text.size() <= kLongestId && digit && std::ranges::all_of(text, is_alnum);
}

std::string reason_of_word(std::string_view word) {
    const auto lower = base::lower(base::trim(word));
    if (advice_on(lower)) return lower;
    for (const auto* name : {"wrong-password", "no-such-login", "disabled", "no-domain", "malformed", "authentication", "auth-failed", "535"})
        if (lower == name) return "password";
    if (lower == "no-tls") return "tls";
    return {};
}

LogLine read_log_line(std::string_view line) {
    line = base::trim(line.substr(0, kLongestLine));
    LogLine out;
    out.queue_id = queue_id_in(line);
    out.client = field(line, "client");
    if (out.client.empty()) out.client = address_in(line);
    if (out.client.empty()) out.client = address_said(line);
    if (!base::IpAddress::parse(out.client)) out.client.clear();
    out.login = field(line, "login");
    if (out.login.empty()) out.login = field(line, "sasl_username");
    out.domain = base::lower(field(line, "domain"));
    if (out.domain.empty()) out.domain = domain_in(line);
    out.reply = field(line, "reply");
    out.reason = reason_of_word(bracketed(line));
    if (out.reason.empty()) out.reason = reason_of_word(field(line, "reason"));
    if (out.reason.empty()) out.reason = reason_of_word(field(line, "probable"));
    const auto lower = base::lower(line);
    if (out.reason.empty() && (lower.find("authentication failed") != std::string::npos || lower.find("535 5.7.8") != std::string::npos)) out.reason = "password";
    if (out.reason.empty() && says_unavailable(lower)) out.reason = "unavailable";
    return out;
}

}  // namespace crmrelay::ctl
