// SPDX-License-Identifier: BSD-2-Clause
//
// Does Postfix have each line that it needs, in force? What a table says is asked of the table.
#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "base/text.hh"
#include "ctl/check_parts.hh"
#include "ctl/postfix_value.hh"
#include "ctl/sample.hh"

namespace crmrelay::ctl {

namespace {

bool is_table(std::string_view item) { return item.find(':') != std::string_view::npos; }

// What the tables in `maps` answer to the first key that any of them holds; a table that cannot be asked has its own finding elsewhere.
std::optional<std::string> first_answer(const Postfix& postfix, std::string_view maps, const std::vector<std::string>& keys) {
    for (std::size_t i = 0; i < keys.size(); ++i)
        for (const auto map : items_of(maps)) {
            if (!is_table(map) || (i > 0 && is_pattern_map(map))) continue;   // a pattern only sees the whole address
            try {
                if (auto answer = postfix.look_up(std::string(direct_map(map)), keys[i])) return answer;
            } catch (const std::exception&) {
            }
        }
    return std::nullopt;
}

// transport(5): the address, the one without its extension, the domain, its parents with a dot in front, "*".
std::vector<std::string> transport_keys(const std::string& address, const std::string& delimiters) {
    LocalNames names;
    names.recipient_delimiter = delimiters;
    auto keys = lookup_keys(address, names, false);
    keys.back().erase(0, 1);   // "@domain"
    auto domain = keys.back();
    for (auto dot = domain.find('.'); dot != std::string::npos; dot = domain.find('.')) {
        keys.push_back(domain.substr(dot));
        domain.erase(0, dot + 1);
    }
    keys.emplace_back("*");
    return keys;
}

class Lines {
public:
    Lines(const conf::Config& config, const Postfix& postfix, const PostfixState& state, std::string mend)
        : config_(config),
          postfix_(postfix),
          state_(state),
          mend_(std::move(mend)),
          sockets_(sockets_for(config.service, state.expanded.at("queue_directory"))) {}

    Findings all() {
        const auto plan = plan_main(config_, state_);
        for (const auto& change : plan.changes) {
            if (change.name == "transport_maps") check_transport();
            else if (change.name == "2bounce_notice_recipient") check_notices(change);
            else if (!change.changes() || stands_in_tables(change)) out_.push_back({Level::ok, ok_words(change), ""});
            else out_.push_back({Level::fail, missing_words(change), mend_});
        }
        check_milter();
        for (const auto& note : plan.notes) out_.push_back({Level::warn, note, ""});
        return std::move(out_);
    }

private:
    static std::string title(const Change& change) { return change.in_master() ? fmt::format("master.cf {}", change.name) : change.name; }

    static std::string ok_words(const Change& change) {
        if (change.kind == Change::Kind::policy || change.kind == Change::Kind::service_policy)
            return title(change) + ": crmrelay-policyd is asked in the right place";
        return fmt::format("{}: {}", title(change),
                           change.kind == Change::Kind::value
                               ? change.value
                               : fmt::format("{} stand{} there", fmt::join(change.ours, ", "), change.ours.size() == 1 ? "s" : ""));
    }

    std::string missing_words(const Change& change) const {
        const bool relay = change.name == "smtpd_relay_restrictions";
        if (change.kind == Change::Kind::policy || change.kind == Change::Kind::service_policy)
            return fmt::format("{}: {}", title(change),
                               has_service(change.former.value_or(""), sockets_.policy)
                                   ? "crmrelay-policyd is asked too late, or not in both of its contexts"
                               : change.in_master() ? "crmrelay-policyd is not asked where this service has restrictions of its own, which refuse the CRM"
                               : relay ? "crmrelay-policyd is not asked, no CRM can relay"
                                       : "crmrelay-policyd is not asked before reject_unauth_destination, which refuses the CRM");
        if (change.kind == Change::Kind::value) return fmt::format("{} is \"{}\", not \"{}\"", change.name, change.former.value_or(""), change.value);
        std::vector<std::string> missing;
        for (const auto& item : change.ours)
            if (!has_item(change.former.value_or(""), item)) missing.push_back(item);
        return fmt::format("{} lacks {}", change.name, fmt::join(missing, ", "));
    }

    // A list may name its entries in a table, and a recipient map may know our addresses in its own way.
    bool stands_in_tables(const Change& change) const {
        if (change.kind != Change::Kind::items || change.name == "notify_classes") return false;
        const auto& maps = state_.expanded.at(change.name);
        for (const auto& domain : bounce_domains(config_, state_)) {
            if (change.name == "relay_domains") {
                if (!domain.has_mailboxes() && !has_item(maps, domain.name) && !first_answer(postfix_, maps, {domain.name})) return false;
            } else {
                for (const auto& address : sample_addresses(domain))
                    if (!first_answer(postfix_, maps, lookup_keys(address, local_names(state_), false))) return false;
            }
        }
        return true;
    }

    // Where transport_maps leads mail to `address`.
    void check_leads(const std::string& address, const std::string& key) {
        const auto& maps = state_.expanded.at("transport_maps");
        const auto answer = first_answer(postfix_, maps, transport_keys(address, state_.expanded.at("recipient_delimiter")));
        const auto shown = shown_pattern(address);
        if (answer && *answer == sockets_.bounce)
            out_.push_back({Level::ok, fmt::format("transport_maps: mail to {} goes to {}", shown, sockets_.bounce), ""});
        else if (!answer)
            out_.push_back({Level::fail, fmt::format("transport_maps: nothing leads mail to {} to {}", shown, sockets_.bounce), mend_});
        else if (has_item(state_.values.at("transport_maps"), fmt::format("inline:{{{}={}}}", key, sockets_.bounce)))
            out_.push_back({Level::fail, fmt::format("transport_maps: a table before ours leads mail to {} to \"{}\"", shown, *answer), "take that entry out of the table"});
        else
            out_.push_back({Level::fail, fmt::format("transport_maps: mail to {} goes to \"{}\", not to {}", shown, *answer, sockets_.bounce), mend_});
    }

    void check_transport() {
        for (const auto& domain : bounce_domains(config_, state_))
            for (const auto& address : sample_addresses(domain)) check_leads(address, domain.keys().front());
    }

    void check_notices(const Change& change) {
        if (change.changes()) {
            const auto words = fmt::format("{} is {}, not {}: a hand-back that the CRM's server refuses is not noticed", change.name,
                                           state_.values.at(change.name), change.value);
            out_.push_back({Level::fail, words, mend_});
            return;
        }
        out_.push_back({Level::ok, fmt::format("{}: {}", change.name, change.value), ""});
        check_leads(change.value, change.value);
    }

    void check_milter_item(const std::string& where, const std::string& value) {
        for (const auto item : items_of(value)) {
            if (!is_service(item, sockets_.milter)) continue;
            const bool tempfail = item.find("default_action") == std::string_view::npos ? state_.expanded.at("milter_default_action") == "tempfail"
                                                                                        : item.find("tempfail") != std::string_view::npos;
            if (tempfail) out_.push_back({Level::ok, fmt::format("{}: crmrelay-milter stands there", where), ""});
            else
                out_.push_back({Level::warn, fmt::format("{}: with crmrelay-milter away a CRM's mail would leave with its own return path", where),
                                fmt::format("add default_action=tempfail to {{ {} }}", sockets_.milter)});
        }
    }

    // Without the question no client shows its certificate. (The digest is a line of the plan.)
    void check_certificates(bool asks) {
        if (!wants_certificates(config_)) return;
        if (asks) out_.push_back({Level::ok, "smtpd_tls_ask_ccert: a service with crmrelay-milter asks for client certificates", ""});
        else
            out_.push_back({Level::fail, "smtpd_tls_ask_ccert: no service with crmrelay-milter asks for client certificates, so no domain's `certificates` can hold",
                            "add -o smtpd_tls_ask_ccert=yes to that service in master.cf"});
    }

    void check_milter() {
        const auto before = out_.size();
        check_milter_item("smtpd_milters", state_.expanded.at("smtpd_milters"));
        const bool shared = out_.size() > before;
        bool asks = shared && state_.expanded.at("smtpd_tls_ask_ccert") == "yes";
        for (const auto& service : state_.services) {
            const auto option = service.options.find("smtpd_milters");
            if (service.command != "smtpd" || option == service.options.end()) continue;
            const bool present = has_service(option->second, sockets_.milter);
            if (present) {
                check_milter_item("master.cf " + service.id(), option->second);
                const auto ask = service.options.find("smtpd_tls_ask_ccert");
                asks |= (ask == service.options.end() ? state_.expanded.at("smtpd_tls_ask_ccert") : ask->second) == "yes";
            } else if (shared)
                out_.push_back({Level::warn,
                                fmt::format("master.cf {} has smtpd_milters of its own, without crmrelay: nothing is relayed there", service.id()),
                                ""});
        }
        if (out_.size() == before)
            out_.push_back(
                {Level::fail, "smtpd_milters: crmrelay-milter stands neither in main.cf nor at a service of master.cf, nothing is relayed", mend_});
        check_certificates(asks);
    }

    const conf::Config& config_;
    const Postfix& postfix_;
    const PostfixState& state_;
    std::string mend_;
    Sockets sockets_;
    Findings out_;
};

}  // namespace

Findings check_lines(const conf::Config& config, const Postfix& postfix, const PostfixState& state, const std::string& mend) {
    return Lines(config, postfix, state, mend).all();
}

}  // namespace crmrelay::ctl
