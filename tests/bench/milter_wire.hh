// SPDX-License-Identifier: BSD-2-Clause
//
// The MTA's side of the milter protocol, version 6, as tests and benchmarks drive it: one object is one SMTP session's connection to a milter.
// It honours what the milter negotiates, as Postfix does, and waits for every answer that is due, never longer than its limit.
#pragma once

#include <arpa/inet.h>
#include <libmilter/mfdef.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/endpoint.hh"
#include "base/fd.hh"

namespace crmrelay::bench {

struct Edit {
    char command = 0;                      // SMFIR_CHGFROM and the like
    std::vector<std::string> arguments;    // split at NUL
    std::string raw;                       // as it came: header edits begin with a number
};

// What a milter says to one command. `verdict` is SMFIR_CONTINUE where nothing is sent, or no answer is due.
struct Answer {
    char verdict = SMFIR_CONTINUE;
    std::string reply;          // "550 5.7.1 text", for SMFIR_REPLYCODE
    std::vector<Edit> edits;    // at the end of a message

    bool goes_on() const { return verdict == SMFIR_CONTINUE || verdict == SMFIR_SKIP; }
};

using Macros = std::vector<std::pair<std::string, std::string>>;

class MilterWire {
public:
    static constexpr std::size_t kPacketCap = 1 << 24;   // of what a milter may send

    explicit MilterWire(const base::Endpoint& endpoint, int limit_seconds = 60) : fd_(base::connect_to(endpoint, limit_seconds)) {}

    // Offers actions (SMFIF_*) and steps (SMFIP_*); throws where the milter closes the connection.
    void negotiate(std::uint32_t actions = SMFI_CURR_ACTS, std::uint32_t steps = SMFI_CURR_PROT & ~static_cast<std::uint32_t>(SMFIP_HDR_LEADSPC)) {
        std::string offer;
        put_number(offer, SMFI_PROT_VERSION);
        put_number(offer, actions);
        put_number(offer, steps);
        put_packet(SMFIC_OPTNEG, offer);
        const auto [command, data] = packet();
        if (command != SMFIC_OPTNEG || data.size() < MILTER_OPTLEN) throw std::runtime_error("the milter does not negotiate");
        actions_ = number(data, 4);
        steps_ = number(data, 8);
        for (std::size_t at = MILTER_OPTLEN; at + 4 < data.size();) {
            const std::string names(data.c_str() + at + 4);
            symbols_[static_cast<int>(number(data, at))] = names;
            at += 4 + names.size() + 1;
        }
    }
    std::uint32_t actions() const { return actions_; }
    std::uint32_t steps() const { return steps_; }
    const std::map<int, std::string>& symbols() const { return symbols_; }   // what the milter asked for, by SMFIM_*

    // `address` is IPv4 or IPv6; without one the client is unknown.
    Answer connect(const std::string& name, const std::optional<std::string>& address, std::uint16_t port, const Macros& macros = {}) {
        std::string data = name + '\0';
        if (address) {
            data += address->find(':') == std::string::npos ? SMFIA_INET : SMFIA_INET6;
            data += {static_cast<char>(port >> 8), static_cast<char>(port & 0xff)};
            data += *address + '\0';
        } else {
            data += SMFIA_UNKNOWN;
        }
        return step(SMFIC_CONNECT, data, macros, SMFIP_NOCONNECT, SMFIP_NR_CONN);
    }
    Answer helo(const std::string& name, const Macros& macros = {}) { return step(SMFIC_HELO, name + '\0', macros, SMFIP_NOHELO, SMFIP_NR_HELO); }
    // `arguments`: the address in its angles, then parameters.
    Answer mail(std::initializer_list<std::string_view> arguments, const Macros& macros = {}) {
        return step(SMFIC_MAIL, joined(arguments), macros, SMFIP_NOMAIL, SMFIP_NR_MAIL);
    }
    Answer rcpt(std::initializer_list<std::string_view> arguments, const Macros& macros = {}) {
        return step(SMFIC_RCPT, joined(arguments), macros, SMFIP_NORCPT, SMFIP_NR_RCPT);
    }
    Answer data(const Macros& macros = {}) { return step(SMFIC_DATA, "", macros, SMFIP_NODATA, SMFIP_NR_DATA); }
    Answer header(std::string_view name, std::string_view value) { return step(SMFIC_HEADER, joined({name, value}), {}, SMFIP_NOHDRS, SMFIP_NR_HDR); }
    Answer end_of_header() { return step(SMFIC_EOH, "", {}, SMFIP_NOEOH, SMFIP_NR_EOH); }
    Answer body(std::string_view text) {
        Answer answer;
        for (; !text.empty() && answer.goes_on(); text.remove_prefix(std::min<std::size_t>(text.size(), MILTER_CHUNK_SIZE))) {
            answer = step(SMFIC_BODY, std::string(text.substr(0, MILTER_CHUNK_SIZE)), {}, SMFIP_NOBODY, SMFIP_NR_BODY);
            if (answer.verdict == SMFIR_SKIP) break;
        }
        return answer;
    }
    Answer end(const Macros& macros = {}) { return step(SMFIC_BODYEOB, "", macros, 0, 0); }

    void abort() {
        put_packet(SMFIC_ABORT, "");
        flush();
    }
    void quit() {
        put_packet(SMFIC_QUIT, "");
        flush();
    }
    // Sends what is buffered; commands that need no answer wait for the next one that does.
    void flush() {
        for (std::string_view rest = out_; !rest.empty();) {
            const ssize_t n = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
            if (n <= 0) fail("writing to the milter");
            rest.remove_prefix(static_cast<std::size_t>(n));
        }
        out_.clear();
    }

    // A command as it is, for those that are broken on purpose.
    void put_packet(char command, std::string_view data) {
        put_number(out_, static_cast<std::uint32_t>(data.size() + 1));
        out_ += command;
        out_ += data;
    }

private:
    [[noreturn]] static void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

    static void put_number(std::string& out, std::uint32_t value) {
        value = htonl(value);
        out.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    static std::uint32_t number(const std::string& in, std::size_t at) {
        std::uint32_t value = 0;
        std::memcpy(&value, in.data() + at, sizeof value);
        return ntohl(value);
    }
    static std::string joined(std::initializer_list<std::string_view> parts) {
        std::string out;
        for (const auto part : parts) (out += part) += '\0';
        return out;
    }
    static std::vector<std::string> split(std::string_view data) {
        std::vector<std::string> out;
        while (!data.empty()) {
            const auto end = std::min(data.find('\0'), data.size());
            out.emplace_back(data.substr(0, end));
            data.remove_prefix(std::min(end + 1, data.size()));
        }
        return out;
    }

    Answer step(char command, const std::string& data, const Macros& macros, unsigned long skipped, unsigned long unanswered) {
        if (steps_ & skipped) return {};
        if (!macros.empty()) {
            std::string values(1, command);
            for (const auto& [name, value] : macros) values += name + '\0' + value + '\0';
            put_packet(SMFIC_MACRO, values);
        }
        put_packet(command, data);
        if (steps_ & unanswered) return {};
        return read_answer();
    }

    Answer read_answer() {
        Answer answer;
        for (;;) {
            const auto [command, data] = packet();
            switch (command) {
                case SMFIR_PROGRESS: break;
                case SMFIR_CONTINUE: case SMFIR_ACCEPT: case SMFIR_REJECT: case SMFIR_TEMPFAIL: case SMFIR_DISCARD: case SMFIR_SKIP:
                    answer.verdict = command;
                    return answer;
                case SMFIR_REPLYCODE:
                    answer.verdict = command;
                    answer.reply = data.substr(0, data.find('\0'));
                    return answer;
                default: answer.edits.push_back({command, split(data), data});
            }
        }
    }

    std::pair<char, std::string> packet() {
        flush();
        std::string head = octets(5);
        const std::uint32_t length = number(head, 0);
        if (length == 0 || length > kPacketCap) throw std::runtime_error("the milter sent an impossible packet");
        return {head[4], octets(length - 1)};
    }

    std::string octets(std::size_t count) {
        while (in_.size() - at_ < count) {
            in_.erase(0, at_);
            at_ = 0;
            char buffer[16384];
            const ssize_t n = ::recv(fd_.get(), buffer, sizeof buffer, 0);
            if (n < 0) fail("reading from the milter");
            if (n == 0) throw std::runtime_error("the milter closed the connection");
            in_.append(buffer, static_cast<std::size_t>(n));
        }
        at_ += count;
        return in_.substr(at_ - count, count);
    }

    base::Fd fd_;
    std::uint32_t actions_ = 0, steps_ = 0;
    std::map<int, std::string> symbols_;
    std::string out_, in_;
    std::size_t at_ = 0;
};

}  // namespace crmrelay::bench
