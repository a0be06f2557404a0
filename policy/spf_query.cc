// SPDX-License-Identifier: BSD-2-Clause
//
// libspf2 with a DNS layer of our own. Each record is read by spf_record and written anew, its names replaced by aliases ("i3.x"): a number into our
// table, behind a letter that says what the look-up is for. So the look-ups of all records together can be counted, which libspf2 does a record.
#include "policy/spf_query.hh"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <optional>

extern "C" {
#include <spf2/spf.h>
#include <spf2/spf_dns.h>
#include <spf2/spf_record.h>
#include <spf2/spf_server.h>
}

#include "base/text.hh"
#include "policy/spf_record.hh"

namespace crmrelay::policy {

namespace {

using Kind = SpfTerm::Kind;
using Verdict = SpfAnswer::Verdict;

constexpr const char* kHelo = "crmrelay.invalid";   // RFC 2606
constexpr std::size_t kMostHosts = 10;              // MX and PTR names that are followed (section 4.6.4)

// One client's evaluation: what libspf2's DNS layer turns to.
class Evaluation {
public:
    Evaluation(SpfQuery& query, const base::IpAddress& client, const std::string& name) : query_(query), client_(client), name_(name), first_(alias('i', name)) {}

    const std::string& first_alias() const { return first_; }
    SPF_dns_rr_t* answer(SPF_dns_server_t* server, const char* domain, ns_type type);
    SpfAnswer result(SPF_result_t judged) const;

private:
    enum class Failure { none, temporary, no_record, broken };

    std::string alias(char letter, const std::string& name);
    const DnsAnswer* ask(const std::string& name, DnsType type, bool may_be_void);
    std::string record_of(const std::string& name);
    std::string written(const SpfTerm& term);
    void fail(Failure failure, std::string error) {
        if (failure_ == Failure::none) failure_ = failure, error_ = std::move(error);
    }
    std::vector<std::string> answers(const std::string& domain, ns_type type);

    SpfQuery& query_;
    const base::IpAddress client_;
    const std::string name_;
    std::vector<std::string> names_;
    const std::string first_;
    int lookups_ = 0, voids_ = 0, questions_ = 0;
    std::optional<base::Seconds> ttl_;
    Failure failure_ = Failure::none;
    std::string error_;
};

std::string Evaluation::alias(char letter, const std::string& name) {
    const auto at = std::find(names_.begin(), names_.end(), name);
    const auto number = static_cast<std::size_t>(at - names_.begin());
    if (at == names_.end()) names_.push_back(name);
    return fmt::format("{}{}.x", letter, number);
}

// Nothing where the evaluation has failed, now or before.
const DnsAnswer* Evaluation::ask(const std::string& name, DnsType type, bool may_be_void) {
    if (failure_ != Failure::none) return nullptr;
    if (query_.budget().spent()) return fail(Failure::temporary, fmt::format("look-up of {} failed: no time is left", base::neuter(name, 260))), nullptr;
    if (++questions_ > SpfQuery::kMostQuestions) return fail(Failure::broken, "it needs too many DNS questions"), nullptr;
    const auto& answer = query_.look_up(name, type);
    if (answer.outcome == DnsAnswer::Outcome::temporary) return fail(Failure::temporary, fmt::format("look-up of {} failed: {}", base::neuter(name, 260), answer.error)), nullptr;
    ttl_ = std::min(ttl_.value_or(answer.ttl), answer.ttl);
    if (answer.outcome != DnsAnswer::Outcome::found && !may_be_void && ++voids_ > SpfQuery::kMostVoid)
        return fail(Failure::broken, fmt::format("more than {} of its look-ups find nothing (RFC 7208 section 4.6.4), the last one that of {}", SpfQuery::kMostVoid,
                                                 base::neuter(name, 260))),
               nullptr;
    return &answer;
}

std::string Evaluation::written(const SpfTerm& term) {
    const auto lengths = [&] { return fmt::format("/{}//{}", term.v4_length, term.v6_length); };
    switch (term.kind) {
    case Kind::all: return fmt::format(" {}all", term.qualifier);
    case Kind::address: return fmt::format(" {}{}:{}", term.qualifier, client_.is_v4() ? "ip4" : "ip6", client_.text());
    case Kind::include: return fmt::format(" {}include:{}", term.qualifier, alias('i', term.name));
    case Kind::exists: return fmt::format(" {}exists:{}", term.qualifier, alias('e', term.name));
    case Kind::a: return fmt::format(" {}a:{}{}", term.qualifier, alias('a', term.name), lengths());
    case Kind::mx: return fmt::format(" {}mx:{}{}", term.qualifier, alias('m', term.name), lengths());
    case Kind::ptr: return fmt::format(" {}ptr:{}", term.qualifier, term.name);
    case Kind::redirect: return fmt::format(" redirect={}", alias('i', term.name));
    }
    return {};
}

// The record of `name` in aliases; empty where the evaluation failed.
std::string Evaluation::record_of(const std::string& name) {
    const bool top = name == name_;
    const auto* answer = ask(name, DnsType::txt, true);
    if (!answer) return {};
    const std::string* text = nullptr;
    for (const auto& record : answer->records) {
        if (!is_spf_record(record)) continue;
        if (text) return fail(Failure::broken, fmt::format("{} has more than one SPF record", base::neuter(name, 260))), std::string();
        text = &record;
    }
    if (!text) return fail(top ? Failure::no_record : Failure::broken, fmt::format("{} has no SPF record", base::neuter(name, 260))), std::string();
    const auto terms = read_spf_record(*text, {client_, name, name_, kHelo});
    if (!terms) return fail(Failure::broken, fmt::format("the SPF record of {} is refused: {}", base::neuter(name, 260), terms.error())), std::string();
    std::string out = "v=spf1";
    int kept = 0;
    for (const auto& term : *terms) {
        const bool is_lookup = term.kind != Kind::all && term.kind != Kind::address;
        // More than these cannot be evaluated; the next look-up beyond the limit says so.
        if (is_lookup && ++kept > SpfQuery::kMostLookups + 1) break;
        if (term.kind == Kind::ptr && !std::all_of(term.name.begin(), term.name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_'; }))
            return fail(Failure::broken, fmt::format("the SPF record of {} is refused: ptr of an odd name", base::neuter(name, 260))), std::string();
        out += written(term);
    }
    return out;
}

std::vector<std::string> Evaluation::answers(const std::string& domain, ns_type type) {
    const bool aliased = domain.size() > 3 && domain.ends_with(".x");
    const bool reverse = type == ns_t_ptr;
    std::string name = base::lower(domain);
    if (aliased) {
        const auto number = base::parse_number(std::string_view(domain).substr(1, domain.size() - 3));
        if (!number || *number >= names_.size()) return fail(Failure::broken, "an unknown alias"), std::vector<std::string>();
        name = names_[*number];
    }
    if ((aliased && domain != first_) || reverse) {
        if (++lookups_ > SpfQuery::kMostLookups)
            return fail(Failure::broken, fmt::format("it needs more than {} look-ups (RFC 7208 section 4.6.4)", SpfQuery::kMostLookups)), std::vector<std::string>();
    }
    if (type == ns_t_txt) {
        auto record = record_of(name);
        return record.empty() ? std::vector<std::string>() : std::vector<std::string>{std::move(record)};
    }
    const bool exists = aliased && domain[0] == 'e';
    const auto wanted = type == ns_t_a ? DnsType::a : type == ns_t_aaaa ? DnsType::aaaa : type == ns_t_mx ? DnsType::mx : DnsType::ptr;
    const auto* answer = ask(name, wanted, exists);
    if (!answer) return {};
    if (wanted != DnsType::mx && wanted != DnsType::ptr) return answer->records;
    std::vector<std::string> hosts;
    for (const auto& host : answer->records) {
        // A name that is no host's leads nowhere; ".x" is ours.
        if (host.empty() || host.find_first_of("?\"\\%") != std::string::npos || host.ends_with(".x")) continue;
        hosts.push_back(host);
    }
    if (hosts.size() > kMostHosts) {
        if (wanted == DnsType::mx) return fail(Failure::broken, fmt::format("{} has more than {} MX (RFC 7208 section 4.6.4)", base::neuter(name, 260), kMostHosts)), std::vector<std::string>();
        hosts.resize(kMostHosts);   // PTR: the others are not looked at
    }
    return hosts;
}

SPF_dns_rr_t* Evaluation::answer(SPF_dns_server_t* server, const char* domain, ns_type type) {
    std::vector<std::string> records;
    if (type == ns_t_txt || type == ns_t_a || type == ns_t_aaaa || type == ns_t_mx || type == ns_t_ptr) records = answers(domain, type);
    const int status = failure_ != Failure::none ? TRY_AGAIN : records.empty() ? NO_DATA : NETDB_SUCCESS;
    auto* rr = SPF_dns_rr_new_init(server, domain, type, 0, status);
    if (!rr) throw std::bad_alloc();
    if (status != NETDB_SUCCESS) return rr;
    for (const auto& record : records) {
        const int at = rr->num_rr;
        if (SPF_dns_rr_buf_realloc(rr, at, record.size() + 1) != SPF_E_SUCCESS) throw std::bad_alloc();
        // A union whose strings run over its end: all its members begin where it does.
        std::memcpy(static_cast<void*>(rr->rr[at]), record.c_str(), record.size() + 1);
        rr->num_rr = at + 1;
    }
    return rr;
}

SpfAnswer Evaluation::result(SPF_result_t judged) const {
    const auto ttl = ttl_.value_or(0);
    const auto failed = [&](Verdict verdict, const std::string& error) { return SpfAnswer{verdict, error, ttl}; };
    switch (failure_) {
    case Failure::temporary: return failed(Verdict::temporary, error_);
    case Failure::no_record: return failed(Verdict::no_record, error_);
    case Failure::broken: return failed(Verdict::broken, error_);
    case Failure::none: break;
    }
    switch (judged) {
    case SPF_RESULT_PASS: return {Verdict::pass, {}, ttl};
    case SPF_RESULT_FAIL:
    case SPF_RESULT_SOFTFAIL:
    case SPF_RESULT_NEUTRAL: return {Verdict::not_pass, {}, ttl};
    case SPF_RESULT_TEMPERROR: return failed(Verdict::temporary, fmt::format("SPF of {}: temporary error", name_));
    default: return failed(Verdict::broken, fmt::format("SPF of {}: {}", name_, SPF_strresult(judged)));
    }
}

SPF_dns_rr_t* look_up_for_library(SPF_dns_server_t* server, const char* domain, ns_type type, int) {
    return static_cast<Evaluation*>(server->hook)->answer(server, domain, type);
}

template <auto free_it>
struct Free {
    template <typename T>
    void operator()(T* pointer) const {
        free_it(pointer);
    }
};
using Server = std::unique_ptr<SPF_server_t, Free<SPF_server_free>>;
using Request = std::unique_ptr<SPF_request_t, Free<SPF_request_free>>;
using Response = std::unique_ptr<SPF_response_t, Free<SPF_response_free>>;
using Record = std::unique_ptr<SPF_record_t, Free<SPF_record_free>>;

// Without it the library writes to standard error.
void hush_library() {
    static std::once_flag once;
    std::call_once(once, [] {
        const auto nothing = [](const char*, int, const char*) {};
        SPF_warning_handler = nothing;
        SPF_info_handler = nothing;
        SPF_debug_handler = nothing;
    });
}

template <typename T>
T* have(T* pointer) {
    if (!pointer) throw std::bad_alloc();
    return pointer;
}

SPF_result_t judge(Evaluation& evaluation, const base::IpAddress& client) {
    SPF_dns_server_t layer{};
    layer.lookup = look_up_for_library;
    layer.name = "crmrelay";
    layer.hook = &evaluation;
    const Server server(have(SPF_server_new_dns(&layer, 0)));
    server->max_dns_mech = 1000;   // counted by us, over all records
    const Request request(have(SPF_request_new(server.get())));
    if (client.is_v4()) {
        in_addr v4{};
        std::memcpy(&v4, client.octets.data() + 12, sizeof v4);
        SPF_request_set_ipv4(request.get(), v4);
    } else {
        in6_addr v6{};
        std::memcpy(&v6, client.octets.data(), sizeof v6);
        SPF_request_set_ipv6(request.get(), v6);
    }
    if (SPF_request_set_env_from(request.get(), ("postmaster@" + evaluation.first_alias()).c_str()) != 0) throw std::bad_alloc();
    request->cur_dom = request->env_from_dp;
    const Response response(have(SPF_response_new(request.get())));
    // Not SPF_request_query_mailfrom: it passes every loopback client without a look.
    SPF_record_t* compiled = nullptr;
    const auto error = SPF_server_get_record(server.get(), request.get(), response.get(), &compiled);
    const Record record(compiled);
    if (error != SPF_E_SUCCESS || !compiled) return error == SPF_E_DNS_ERROR ? SPF_RESULT_TEMPERROR : SPF_RESULT_PERMERROR;
    response->spf_record_exp = compiled;
    SPF_record_interpret(compiled, request.get(), response.get(), 0);
    return SPF_response_result(response.get());
}

}  // namespace

const DnsAnswer& SpfQuery::look_up(const std::string& name, DnsType type) {
    const std::pair key{name, type};
    if (const auto known = memory_.find(key); known != memory_.end()) return known->second;
    auto& answer = memory_[key];
    try {
        answer = resolve_(name, type, budget_);
    } catch (const std::exception& error) {   // it must not pass through the C library
        answer = {};
        answer.error = error.what();
    }
    return answer;
}

SpfAnswer SpfQuery::evaluate(const base::IpAddress& client, const std::string& name) {
    hush_library();
    Evaluation evaluation(*this, client, base::lower(name));
    const auto judged = judge(evaluation, client);
    return evaluation.result(judged);
}

}  // namespace crmrelay::policy
