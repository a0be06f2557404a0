// SPDX-License-Identifier: BSD-2-Clause
//
// Prepares replies for libmilter, which drops a text without a word where it breaks a rule.
#include "milter/reply.hh"

#include <string_view>

namespace crmrelay::milter {

namespace {

constexpr std::size_t kTextCap = 900;   // libmilter refuses replies above 980 octets, code and enhanced code included

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (out.size() + 2 > kTextCap) break;
        if (c == '%') out += "%%";
        else out += c == '\r' || c == '\n' ? ' ' : c;
    }
    return out;
}

}  // namespace

SmtpReply smtp_reply(const policy::Reply& reply) {
    return {reply.is_temporary(), std::to_string(reply.code()), reply.enhanced(), escaped(reply.text())};
}

policy::Reply unavailable_reply() {
    return policy::Reply::temporary("3.0", "unavailable", "the relay's policy service cannot be reached, try again later");
}

policy::Reply unsigned_reply() { return policy::Reply::temporary("3.0", "unavailable", "the relay cannot sign this message now, try again later"); }

policy::Reply unsignable_reply(std::string_view why) {
    return policy::Reply::permanent("6.0", "dkim", "the message has to be signed: " + std::string(why));
}

}  // namespace crmrelay::milter
