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
    explicit Lines(const Scene& scene)
        : tr(scene.tr),
          mending_(scene.mend),
          config_(scene.config),
          postfix_(scene.postfix),
          state_(*scene.state),
          mend_(scene.mend.apply(shares_milter(scene.config, *scene.state))),
          sockets_(sockets_for(config_.service, state_.expanded.at("queue_directory"))) {}

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

    std::string ok_words(const Change& change) const {
        if (change.kind == Change::Kind::policy || change.kind == Change::Kind::service_policy)
            return tr("{parameter}: crmrelay-policyd is asked in the right place", "parameter"_a = title(change));
        if (change.kind == Change::Kind::value) return fmt::format("{}: {}", title(change), change.value);
        return tr("{parameter}: {items} there", "parameter"_a = title(change), "items"_a = fmt::format("{}", fmt::join(change.ours, ", ")));
    }

    std::string missing_words(const Change& change) const {
        const bool relay = change.name == "smtpd_relay_restrictions";
        if (change.kind == Change::Kind::policy || change.kind == Change::Kind::service_policy)
            return fmt::format("{}: {}", title(change),
                               has_service(change.former.value_or(""), sockets_.policy)
                                   ? tr("crmrelay-policyd is asked too late, or not in all of its contexts")
                               : change.in_master() ? tr("crmrelay-policyd is not asked where this service has restrictions of its own, which refuse the CRM")
                               : relay ? tr("crmrelay-policyd is not asked, no CRM can relay")
                                       : tr("crmrelay-policyd is not asked before reject_unauth_destination, which refuses the CRM"));
        if (change.kind == Change::Kind::value)
            return tr("{parameter} is \"{present}\", not \"{wanted}\"", "parameter"_a = change.name, "present"_a = change.former.value_or(""), "wanted"_a = change.value);
        std::vector<std::string> missing;
        for (const auto& item : change.ours)
            if (!has_item(change.former.value_or(""), item)) missing.push_back(item);
        return tr("{parameter} lacks {items}", "parameter"_a = change.name, "items"_a = fmt::format("{}", fmt::join(missing, ", ")));
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
        const auto named = "address"_a = shown;
        const auto wanted = "wanted"_a = sockets_.bounce;
        if (answer && *answer == sockets_.bounce)
            out_.push_back({Level::ok, tr("transport_maps: mail to {address} goes to {wanted}", named, wanted), ""});
        else if (!answer)
            out_.push_back({Level::fail, tr("transport_maps: nothing leads mail to {address} to {wanted}", named, wanted), mend_});
        else if (has_item(state_.values.at("transport_maps"), fmt::format("inline:{{{}={}}}", key, sockets_.bounce)))
            out_.push_back({Level::fail, tr("transport_maps: a table before ours leads mail to {address} to \"{present}\"", named, "present"_a = *answer),
                            tr("take that entry out of the table")});
        else
            out_.push_back({Level::fail, tr("transport_maps: mail to {address} goes to \"{present}\", not to {wanted}", named, "present"_a = *answer, wanted), mend_});
    }

    void check_transport() {
        for (const auto& domain : bounce_domains(config_, state_))
            for (const auto& address : sample_addresses(domain)) check_leads(address, domain.keys().front());
    }

    void check_notices(const Change& change) {
        if (change.changes()) {
            const auto words = tr("{parameter} is {present}, not {wanted}: a hand-back that the CRM's server refuses is not noticed", "parameter"_a = change.name,
                                  "present"_a = state_.values.at(change.name), "wanted"_a = change.value);
            out_.push_back({Level::fail, words, mend_});
            return;
        }
        out_.push_back({Level::ok, fmt::format("{}: {}", change.name, change.value), ""});
        check_leads(change.value, change.value);
    }

    // `where`: of main.cf, or a service of master.cf. With crmrelay last among the milters its signature covers what the others have changed.
    void check_milter_item(const std::string& where, const std::string& value, const MasterService* service) {
        const auto items = items_of(value);
        for (const auto item : items) {
            if (!is_service(item, sockets_.milter)) continue;
            const auto set = [&](const std::string& wanted) {
                return service ? mending_.service_line(service->id(), with_option(service->line, "smtpd_milters", wanted)) : mending_.main("smtpd_milters", wanted);
            };
            const auto last = with_milter_last(service ? value : state_.values.at("smtpd_milters"), sockets_.milter);
            const bool tempfail = item.find("default_action") == std::string_view::npos ? state_.expanded.at("milter_default_action") == "tempfail"
                                                                                        : item.find("tempfail") != std::string_view::npos;
            const auto named = "where"_a = where;
            if (!tempfail)
                out_.push_back({Level::warn, tr("{where}: with crmrelay-milter away a CRM's mail would leave with its own return path", named), set(last)});
            else if (item != items.back())
                out_.push_back({Level::warn, tr("{where}: crmrelay-milter is not the last milter, what the others change afterwards breaks its signatures", named), set(last)});
            else
                out_.push_back({Level::ok, tr("{where}: crmrelay-milter stands there", named), ""});
        }
    }

    // Without the question no client shows its certificate. (The digest is a line of the plan.)
    void check_certificates(bool asks) {
        if (!wants_certificates(config_)) return;
        if (asks) out_.push_back({Level::ok, tr("smtpd_tls_ask_ccert: a service with crmrelay-milter asks for client certificates"), ""});
        else
            out_.push_back({Level::fail, tr("smtpd_tls_ask_ccert: no service with crmrelay-milter asks for client certificates, so no domain's `certificates` can hold"),
                            tr("add -o smtpd_tls_ask_ccert=yes to that service in master.cf")});
    }

    void check_milter() {
        const auto before = out_.size();
        check_milter_item("smtpd_milters", state_.expanded.at("smtpd_milters"), nullptr);
        const bool shared = out_.size() > before;
        bool asks = shared && state_.expanded.at("smtpd_tls_ask_ccert") == "yes";
        for (const auto& service : state_.services) {
            const auto option = service.options.find("smtpd_milters");
            if (service.command != "smtpd" || option == service.options.end()) continue;
            const bool present = has_service(option->second, sockets_.milter);
            if (present) {
                check_milter_item("master.cf " + service.id(), option->second, &service);
                asks |= state_.at(service, "smtpd_tls_ask_ccert") == "yes";
            } else if (shared)
                out_.push_back({Level::warn, tr("{where} has smtpd_milters of its own, without crmrelay: nothing is relayed there", "where"_a = "master.cf " + service.id()), ""});
        }
        if (out_.size() == before)
            out_.push_back({Level::fail, tr("smtpd_milters: crmrelay-milter stands neither in main.cf nor at a service of master.cf, nothing is relayed"), mend_});
        check_certificates(asks);
    }

    const Words& tr;
    const Mending& mending_;
    const conf::Config& config_;
    const Postfix& postfix_;
    const PostfixState& state_;
    std::string mend_;
    Sockets sockets_;
    Findings out_;
};

}  // namespace

bool shares_milter(const conf::Config& config, const PostfixState& state) {
    return has_service(state.expanded.at("smtpd_milters"), sockets_for(config.service, state.expanded.at("queue_directory")).milter);
}

Findings check_lines(const Scene& scene) { return Lines(scene).all(); }

}  // namespace crmrelay::ctl
