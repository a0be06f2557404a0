// SPDX-License-Identifier: BSD-2-Clause
//
// Writes and reads DNS messages octet by octet; every read is checked against the message's end.
#include "base/dns_message.hh"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.hh"

namespace crmrelay::base {

namespace {

constexpr std::size_t kHeader = 12;
constexpr std::uint16_t kCname = 5, kSoa = 6, kClassIn = 1;
constexpr int kMostLabels = 128;   // a name of 255 octets has no more
constexpr int kMostJumps = 32;

void put16(std::string& out, unsigned value) {
    out += static_cast<char>(value >> 8);
    out += static_cast<char>(value & 0xff);
}

class Reader {
public:
    explicit Reader(std::string_view message) : message_(message) {}

    std::size_t at = 0;
    bool broken = false;

    std::uint32_t number(int octets) {
        std::uint32_t value = 0;
        for (int i = 0; i < octets; ++i) value = value << 8 | octet(at++);
        return value;
    }
    std::string_view octets(std::size_t length) {
        if (broken || at > message_.size() || length > message_.size() - at) {
            broken = true;
            return {};
        }
        at += length;
        return message_.substr(at - length, length);
    }
    // Without its final dot.
    std::string name() {
        std::string out;
        std::size_t place = at;
        bool jumped = false;
        int jumps = 0;
        for (int labels = 0; labels < kMostLabels && !broken; ++labels) {
            const unsigned length = octet(place);
            if ((length & 0xc0) == 0xc0) {
                const std::size_t target = (length & 0x3f) << 8 | octet(place + 1);
                if (!std::exchange(jumped, true)) at = place + 2;
                if (target >= place || ++jumps > kMostJumps) break;
                place = target;
                --labels;
                continue;
            }
            if (length == 0) {
                if (!jumped) at = place + 1;
                return out;
            }
            if (length > 63 || place + 1 + length > message_.size() || out.size() + length > kMostNameOctets) break;
            if (!out.empty()) out += '.';
            for (std::size_t i = 0; i < length; ++i) {
                const auto c = octet(place + 1 + i);
                // A dot or a control within a label has no place in a host's name; what is put instead equals none.
                out += c > 0x20 && c < 0x7f && c != '.' ? ascii_lower(static_cast<char>(c)) : '?';
            }
            place += 1 + length;
        }
        broken = true;
        return {};
    }

private:
    unsigned octet(std::size_t place) {
        if (place < message_.size()) return static_cast<unsigned char>(message_[place]);
        broken = true;
        return 0;
    }
    std::string_view message_;
};

std::string joined_text(std::string_view data) {
    std::string out;
    for (std::size_t at = 0; at < data.size() && out.size() <= kMostTxtOctets;) {
        const auto length = static_cast<unsigned char>(data[at]);
        out += data.substr(at + 1, length);
        at += 1u + length;
    }
    if (out.size() > kMostTxtOctets) out.resize(kMostTxtOctets + 1);
    return out;
}

// One record of the answer section; nothing where it is of no use to us.
std::optional<std::pair<unsigned, std::string>> record(Reader& reader, std::size_t end, DnsType type) {
    switch (type) {
    case DnsType::a:
    case DnsType::aaaa: {
        const std::size_t want = type == DnsType::a ? 4 : 16;
        if (end - reader.at != want) return {};
        return std::pair{0u, std::string(reader.octets(want))};
    }
    case DnsType::mx: {
        const unsigned preference = reader.number(2);
        return std::pair{preference, reader.name()};
    }
    case DnsType::ptr: return std::pair{0u, reader.name()};
    case DnsType::txt: return std::pair{0u, joined_text(reader.octets(end - reader.at))};
    }
    return {};
}

}  // namespace

Result<std::string> dns_question(std::uint16_t id, std::string_view name, DnsType type, bool edns) {
    std::string out;
    put16(out, id);
    put16(out, 0x0100);   // recursion desired
    put16(out, 1);
    put16(out, 0);
    put16(out, 0);
    put16(out, edns ? 1 : 0);
    if (name.empty() || name.size() > kMostNameOctets) return Error{"\"" + neuter(name, 80) + "\" is no domain name"};
    for (const auto label : split(name, '.')) {
        if (label.empty() || label.size() > 63) return Error{"\"" + neuter(name, 80) + "\" is no domain name"};
        out += static_cast<char>(label.size());
        out += label;
    }
    out += '\0';
    put16(out, static_cast<unsigned>(type));
    put16(out, kClassIn);
    if (edns) {
        out += '\0';
        put16(out, 41);
        put16(out, 1232);
        out.append(6, '\0');
    }
    return out;
}

Result<DnsReply> read_dns_reply(std::string_view message, std::string_view question, DnsType type) {
    DnsReply reply;
    if (message.size() < kHeader || question.size() < kHeader) return Error{"the answer is shorter than a DNS header"};
    Reader reader(message), asked(question);
    reader.at = 2;
    const auto flags = reader.number(2), questions = reader.number(2), answers = reader.number(2), authorities = reader.number(2);
    reader.at = asked.at = kHeader;
    if (message.substr(0, 2) != question.substr(0, 2) || !(flags & 0x8000) || questions != 1) return reply;
    if (reader.name() != asked.name() || reader.number(4) != asked.number(4) || reader.broken) return reply;
    reply.ours = true;
    reply.truncated = flags & 0x0200;
    reply.rcode = static_cast<int>(flags & 0xf);
    if (reply.truncated || (reply.rcode != 0 && reply.rcode != 3)) return reply;

    std::vector<std::pair<unsigned, std::string>> found;
    std::optional<Seconds> ttl;
    for (std::uint32_t i = 0; i < answers + authorities && !reader.broken; ++i) {
        reader.name();
        const auto its_type = reader.number(2), its_class = reader.number(2);
        std::uint32_t its_ttl = reader.number(4);
        if (its_ttl & 0x80000000u) its_ttl = 0;   // RFC 2181 section 8
        const std::size_t length = reader.number(2), end = reader.at + length;
        if (reader.broken || end > message.size()) return Error{"the answer breaks off"};
        if (its_class == kClassIn && i < answers && its_type == static_cast<unsigned>(type)) {
            if (auto one = record(reader, end, type); one && found.size() < kMostDnsRecords) found.push_back(std::move(*one));
            ttl = std::min<Seconds>(ttl.value_or(its_ttl), its_ttl);
        } else if (its_class == kClassIn && i < answers && its_type == kCname) {
            ttl = std::min<Seconds>(ttl.value_or(its_ttl), its_ttl);
        } else if (i >= answers && its_type == kSoa && found.empty() && length >= 22) {
            reader.at = end - 4;
            const auto least = std::min(its_ttl, reader.number(4));
            ttl = std::min<Seconds>(ttl.value_or(least), least);
        }
        if (!reader.broken) reader.at = end;
    }
    if (reader.broken) return Error{"the answer breaks off"};
    std::stable_sort(found.begin(), found.end(), [](const auto& one, const auto& other) { return one.first < other.first; });
    for (auto& [preference, value] : found) reply.answer.records.push_back(std::move(value));
    using Outcome = DnsAnswer::Outcome;
    reply.answer.outcome = reply.rcode == 3 ? Outcome::no_such_name : reply.answer.records.empty() ? Outcome::nothing : Outcome::found;
    if (reply.rcode == 3) reply.answer.records.clear();
    reply.answer.ttl = ttl.value_or(0);
    return reply;
}

}  // namespace crmrelay::base
