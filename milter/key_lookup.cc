// SPDX-License-Identifier: BSD-2-Clause
//
// Asks in the thread of the callback that needs the key.
#include "milter/key_lookup.hh"

#include <algorithm>
#include <string>
#include <utility>

#include "base/dns_message.hh"

namespace crmrelay::milter {

KeyAnswer key_in(base::DnsAnswer answer) {
    if (answer.outcome == base::DnsAnswer::Outcome::temporary) return {KeyAnswer::Kind::trouble, std::move(answer.error)};
    if (answer.records.empty()) return {};
    // Several records: the one that says that it is a key. RFC 6376 section 3.6.2.2 leaves undefined what they mean.
    auto key = std::ranges::find_if(answer.records, [](const std::string& text) { return text.starts_with("v=DKIM1"); });
    if (key == answer.records.end()) key = answer.records.begin();
    return {KeyAnswer::Kind::found, key->substr(0, key->find('\0'))};   // libopendkim takes it as a C string
}

KeySource key_source(std::vector<base::Endpoint> resolvers) {
    return [client = base::DnsClient(std::move(resolvers))](const std::string& name, KeyDeadline deadline) -> KeyAnswer {
        if (!base::dns_question(0, name, base::DnsType::txt, false)) return {};   // no such name can be
        return key_in(client.ask(name, base::DnsType::txt, {deadline}));
    };
}

}  // namespace crmrelay::milter
