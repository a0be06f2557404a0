// SPDX-License-Identifier: BSD-2-Clause
//
// The admission protocol's form on the wire. Values cannot hold NUL: encoding cuts them there.
#include "policy/admission.hh"

#include <fmt/format.h>

#include <charconv>

#include "base/text.hh"

namespace crmrelay::policy {

namespace {

using base::Error;
using base::Result;

class Writer {
public:
    Writer() : frame_(kFrameHead, '\0') {}

    Writer& put(std::string_view name, std::string_view value) {
        frame_.append(name);
        frame_ += '\0';
        frame_.append(value.substr(0, value.find('\0')));
        frame_ += '\0';
        return *this;
    }
    Writer& put_some(std::string_view name, std::string_view value) { return value.empty() ? *this : put(name, value); }
    Writer& put_number(std::string_view name, std::uint64_t value) {
        char digits[24];
        const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        return put(name, {digits, static_cast<std::size_t>(end - digits)});
    }
    Writer& put(const SessionFacts& facts) {
        put("client", facts.client.text()).put_number("port", facts.port);
        if (facts.service != 0) put_number("service", facts.service);
        if (facts.server != base::IpAddress()) put("server", facts.server.text());
        return put_some("login", facts.login).put_some("tls", facts.tls);
    }

    std::string frame() && {
        const auto length = static_cast<std::uint32_t>(frame_.size() - kFrameHead);
        for (std::size_t i = 0; i < kFrameHead; ++i) frame_[i] = static_cast<char>(length >> (8 * (3 - i)) & 0xff);
        return std::move(frame_);
    }

private:
    std::string frame_;
};

// Walks the attributes of a frame.
class Reader {
public:
    explicit Reader(std::string_view attributes) : rest_(attributes) {}

    // The next attribute; false at the end, or where the rest is broken.
    bool next(std::string_view& name, std::string_view& value) {
        if (rest_.empty()) return false;
        broken_ = !take(name) || !take(value);
        return !broken_;
    }
    bool broken() const { return broken_; }

private:
    bool take(std::string_view& into) {
        const auto end = rest_.find('\0');
        if (end == std::string_view::npos) return false;
        into = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return true;
    }

    std::string_view rest_;
    bool broken_ = false;
};

struct Fields {
    std::string_view ask, session, client, server;
    std::uint64_t port = 0, service = 0, greetings = 0;
    SessionFacts facts;
    MessageFacts message;
};

bool number(std::string_view value, std::uint64_t& into) {
    const auto parsed = base::parse_number(value);
    into = parsed.value_or(0);
    return parsed.has_value();
}

// Puts one attribute where it belongs; false where its value is impossible.
bool assign(Fields& fields, std::string_view name, std::string_view value) {
    auto& message = fields.message;
    const bool has_recipient = !message.recipients.empty();
    if (name == "ask") fields.ask = value;
    else if (name == "session") fields.session = value;
    else if (name == "client") fields.client = value;
    else if (name == "server") fields.server = value;
    else if (name == "port") return number(value, fields.port) && fields.port <= 65535;
    else if (name == "service") return number(value, fields.service) && fields.service <= 65535;
    else if (name == "greetings") return number(value, fields.greetings) && fields.greetings <= 1'000'000;
    else if (name == "login") fields.facts.login = value;
    else if (name == "tls") fields.facts.tls = value;
    else if (name == "queue_id") message.queue_id = value;
    else if (name == "sender") message.sender = value;
    else if (name == "envid") message.envid = value;
    else if (name == "ret") message.ret = value;
    else if (name == "size") return number(value, message.size);
    else if (name == "rcpt") message.recipients.push_back({std::string(value), {}, {}});
    else if (name == "orcpt" && has_recipient) message.recipients.back().orcpt = value;
    else if (name == "notify" && has_recipient) message.recipients.back().notify = value;
    else if (name == "from") message.from.emplace_back(value);
    else if (name == "message_id") message.message_id = value;
    else if (name == "dkim") message.dkim.emplace_back(value);
    else if (name == "dkim_error") message.dkim_trouble = value;
    else if (name == "header") message.headers.emplace_back(value.substr(0, value.find(':')), value.substr(std::min(value.size(), value.find(':') + 1)));
    return true;
}

}  // namespace

std::string encode(const Question& question) {
    Writer out;
    if (const auto* announce = std::get_if<Announce>(&question)) {
        out.put("ask", "announce").put("session", announce->session).put(announce->facts);
    } else if (const auto* close = std::get_if<Close>(&question)) {
        out.put("ask", "close").put("session", close->session);
    } else if (const auto* ended = std::get_if<Ended>(&question)) {
        out.put("ask", "ended").put("session", ended->session).put(ended->facts).put_number("greetings", ended->greetings);
    } else if (const auto* whose = std::get_if<Whose>(&question)) {
        out.put("ask", "whose").put("session", whose->session).put(whose->facts);
    } else {
        const auto& admit = std::get<Admit>(question);
        const auto& message = admit.message;
        out.put("ask", "admit").put("session", admit.session).put(admit.facts);
        out.put("queue_id", message.queue_id).put("sender", message.sender).put_some("envid", message.envid).put_some("ret", message.ret);
        out.put_number("size", message.size);
        for (const auto& recipient : message.recipients)
            out.put("rcpt", recipient.address).put_some("orcpt", recipient.orcpt).put_some("notify", recipient.notify);
        for (const auto& from : message.from) out.put("from", from);
        out.put_some("message_id", message.message_id);
        for (const auto& [name, value] : message.headers) out.put("header", name + ":" + value);
        for (const auto& domain : message.dkim) out.put("dkim", domain);
        out.put_some("dkim_error", message.dkim_trouble);
    }
    return std::move(out).frame();
}

std::string encode(const Answer& answer) {
    Writer out;
    if (std::holds_alternative<Mine>(answer)) {
        out.put("answer", "mine");
    } else if (std::holds_alternative<Pass>(answer)) {
        out.put("answer", "pass");
    } else if (const auto* relay = std::get_if<Relay>(&answer)) {
        out.put("answer", "relay").put("return_path", relay->return_path).put("envid", relay->envid).put("ret", relay->set_ret_hdrs ? "hdrs" : "");
        out.put_some("sign", relay->sign).put_some("archive", relay->archive);
        for (const auto& name : relay->remove) out.put("remove", name);
    } else {
        const auto& reply = std::get<Reply>(answer);
        out.put("answer", reply.is_temporary() ? "temporary" : "permanent").put("detail", reply.detail()).put_number("code", static_cast<std::uint64_t>(reply.code())).put("text", reply.text());
    }
    return std::move(out).frame();
}

Result<std::size_t> frame_length(std::string_view head) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < kFrameHead; ++i) length = length << 8 | static_cast<unsigned char>(head[i]);
    if (length > kFrameCap) return Error{fmt::format("a frame of {} octets, above the cap of {}", length, kFrameCap)};
    return length;
}

Result<Question> decode_question(std::string_view attributes) {
    Fields fields;
    Reader reader(attributes);
    std::string_view name, value;
    while (reader.next(name, value))
        if (!assign(fields, name, value)) return Error{fmt::format("attribute {}: impossible value \"{}\"", name, base::neuter(value, 64))};
    if (reader.broken()) return Error{"an attribute without its end"};
    if (fields.session.empty()) return Error{"no session attribute"};
    std::string session(fields.session);
    if (fields.ask == "close") return Question(Close{std::move(session)});

    const auto client = base::IpAddress::parse(fields.client);
    if (!client) return Error{"attribute client: " + client.error()};
    fields.facts.client = *client;
    if (!fields.server.empty()) {
        const auto server = base::IpAddress::parse(fields.server);
        if (!server) return Error{"attribute server: " + server.error()};
        fields.facts.server = *server;
    }
    fields.facts.port = static_cast<std::uint16_t>(fields.port);
    fields.facts.service = static_cast<std::uint16_t>(fields.service);
    if (fields.ask == "announce") return Question(Announce{std::move(session), std::move(fields.facts)});
    if (fields.ask == "ended") return Question(Ended{std::move(session), std::move(fields.facts), static_cast<std::uint32_t>(fields.greetings)});
    if (fields.ask == "whose") return Question(Whose{std::move(session), std::move(fields.facts)});
    if (fields.ask == "admit") return Question(Admit{std::move(session), std::move(fields.facts), std::move(fields.message)});
    return Error{fmt::format("unknown question \"{}\"", base::neuter(fields.ask, 64))};
}

Result<Answer> decode_answer(std::string_view attributes) {
    Reader reader(attributes);
    std::string_view name, value, answer, ret, detail, text;
    Relay relay;
    std::uint64_t code = 0;
    while (reader.next(name, value)) {
        if (name == "answer") answer = value;
        else if (name == "return_path") relay.return_path = value;
        else if (name == "envid") relay.envid = value;
        else if (name == "sign") relay.sign = value;
        else if (name == "archive") relay.archive = value;
        else if (name == "remove") relay.remove.emplace_back(value);
        else if (name == "ret") ret = value;
        else if (name == "detail") detail = value;
        else if (name == "text") text = value;
        else if (name == "code" && (!number(value, code) || code > 999)) return Error{"attribute code: impossible value"};
    }
    if (reader.broken()) return Error{"an attribute without its end"};
    if (answer == "mine") return Answer(Mine{});
    if (answer == "pass") return Answer(Pass{});
    relay.set_ret_hdrs = ret == "hdrs";
    if (answer == "relay") return Answer(std::move(relay));
    if (answer == "temporary") return Answer(Reply::from_parts(Reply::Class::temporary, detail, text).with_code(static_cast<int>(code)));
    if (answer == "permanent") return Answer(Reply::from_parts(Reply::Class::permanent, detail, text).with_code(static_cast<int>(code)));
    return Error{fmt::format("unknown answer \"{}\"", base::neuter(answer, 64))};
}

}  // namespace crmrelay::policy
