// SPDX-License-Identifier: BSD-2-Clause
//
// Asks by libresolv, over UDP with EDNS(0): a TCP connection would wait for as long as it likes.
#include "ctl/dns_query.hh"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <system_error>
#include <utility>

#include "base/text.hh"

namespace crmrelay::ctl {

namespace {

constexpr std::size_t kAnswerCap = 65535;
constexpr std::size_t kTextsCap = 20;
constexpr const char* kCutOff = "the answer does not fit into a UDP packet";

// A resolver state of its own, so that nothing global changes.
class Resolver {
public:
    explicit Resolver(const std::vector<base::Endpoint>& resolvers) {
        if (::res_ninit(&state_) != 0) throw std::system_error(errno, std::generic_category(), "res_ninit");
        state_.options |= RES_USE_EDNS0 | RES_IGNTC;
        state_.options &= ~static_cast<unsigned long>(RES_ROTATE);
        if (!resolvers.empty()) use(resolvers);
        // A try lasts a second a server. One server gets two, more of them one each.
        state_.retrans = 1;
        state_.retry = state_.nscount > 1 ? 1 : 2;
    }
    ~Resolver() { ::res_nclose(&state_); }
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    res_state get() { return &state_; }

private:
    void use(const std::vector<base::Endpoint>& resolvers) {
        // With this count at zero glibc makes its own copy of the list anew.
        state_._u._ext.nscount = 0;
        for (auto& place : state_._u._ext.nsaddrs) std::free(std::exchange(place, nullptr));
        int count = 0;
        for (const auto& resolver : resolvers)
            if (count < MAXNS && set(count, resolver)) ++count;
        state_.nscount = count;
    }

    // glibc keeps addresses of version 6 beside the list, where the list's entry is of no family; res_nclose() frees them.
    bool set(int at, const base::Endpoint& resolver) {
        auto& four = state_.nsaddr_list[at];
        four = {};
        if (::inet_pton(AF_INET, resolver.host.c_str(), &four.sin_addr) == 1) {
            four.sin_family = AF_INET;
            four.sin_port = htons(resolver.port);
            return true;
        }
        sockaddr_in6 six{};
        if (::inet_pton(AF_INET6, resolver.host.c_str(), &six.sin6_addr) != 1) return false;
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(resolver.port);
        auto& place = state_._u._ext.nsaddrs[at];
        place = static_cast<sockaddr_in6*>(std::malloc(sizeof six));   // glibc frees it
        if (!place) throw std::bad_alloc();
        *place = six;
        return true;
    }

    struct __res_state state_ {};
};

TxtAnswer trouble(std::string words) { return {TxtAnswer::State::trouble, {}, std::move(words)}; }

// The strings of one TXT record, each behind its length.
std::string joined(const unsigned char* data, std::size_t size) {
    std::string out;
    for (std::size_t at = 0; at < size;) {
        const std::size_t length = data[at++];
        const auto take = std::min(length, size - at);
        out.append(reinterpret_cast<const char*>(data) + at, take);
        at += take;
    }
    return out;
}

TxtAnswer read_answer(const unsigned char* octets, int size) {
    ns_msg message{};
    if (::ns_initparse(octets, size, &message) != 0) return trouble("the answer is broken");
    if (ns_msg_getflag(message, ns_f_tc)) return trouble(kCutOff);
    TxtAnswer out;
    for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
        ns_rr record{};
        if (::ns_parserr(&message, ns_s_an, i, &record) != 0) return trouble("the answer is broken");
        if (ns_rr_type(record) != ns_t_txt || out.texts.size() == kTextsCap) continue;
        out.texts.push_back(joined(ns_rr_rdata(record), ns_rr_rdlen(record)));
    }
    out.state = out.texts.empty() ? TxtAnswer::State::none : TxtAnswer::State::found;
    return out;
}

}  // namespace

TxtAnswer ask_txt(const std::string& name, const std::vector<base::Endpoint>& resolvers) {
    Resolver resolver(resolvers);
    if (resolver.get()->nscount == 0) return trouble("no resolver is configured");
    std::vector<unsigned char> answer(kAnswerCap);
    const int size = ::res_nquery(resolver.get(), name.c_str(), ns_c_in, ns_t_txt, answer.data(), static_cast<int>(answer.size()));
    if (size > static_cast<int>(answer.size())) return trouble("the answer is too large");
    if (size >= 0) return read_answer(answer.data(), size);
    switch (resolver.get()->res_h_errno) {
        case HOST_NOT_FOUND: return {};
        case NO_DATA:
            // An answer that was cut down to nothing counts as one without data.
            if ((answer[2] & 0x02) != 0) return trouble(kCutOff);
            return {};
        case TRY_AGAIN: return trouble("no resolver answers, or the zone's servers do not");
        default: return trouble("the resolver refuses the question");
    }
}

}  // namespace crmrelay::ctl
