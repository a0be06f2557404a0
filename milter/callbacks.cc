// SPDX-License-Identifier: BSD-2-Clause
//
// libmilter's callbacks: C arguments and macros into values, outcomes into edits and replies. A session's callbacks hop between worker
// threads, one at a time. Nothing is decided here.
#include "milter/callbacks.hh"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <libmilter/mfapi.h>
#include <netinet/in.h>

#include <atomic>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/text.hh"
#include "milter/guard.hh"
#include "milter/log.hh"
#include "milter/negotiate.hh"
#include "milter/reply.hh"

namespace crmrelay::milter {

namespace {

constexpr int kIdleTimeout = 2 * 3600;              // seconds until libmilter gives an MTA up; Postfix keeps a session as long as its client's
constexpr std::size_t kPacketCap = (1 << 20) - 1;   // a header field of Postfix has up to header_size_limit (102,400) octets, libmilter's default is 65,535

// libmilter hands its callbacks nothing of ours before the first of them has set it: this pointer, set once, is where they find it.
struct Bridge {
    Filter* filter = nullptr;
    std::atomic<std::size_t> running{0};
    std::atomic<std::uint64_t> finished{0};
};
Bridge bridge;

class Running {
public:
    Running() { ++bridge.running; }
    ~Running() {
        ++bridge.finished;
        --bridge.running;
    }
};

// Every callback runs through here: `body` where all goes well, `failed` where something throws.
template <typename Body, typename Failed>
sfsistat run(const char* name, Body&& body, Failed&& failed) noexcept {
    const Running running;
    return guarded(body, [&](const char* why) -> sfsistat {
        log::failed(name, why);
        return failed();
    });
}

sfsistat try_later() { return SMFIS_TEMPFAIL; }

std::string_view macro(SMFICTX* ctx, const char* name) {
    const char* value = smfi_getsymval(ctx, const_cast<char*>(name));
    return value ? value : std::string_view();
}

std::uint16_t port_macro(SMFICTX* ctx, const char* name) {
    const auto number = base::parse_number(macro(ctx, name));
    return number && *number <= 65535 ? static_cast<std::uint16_t>(*number) : 0;
}

Session& session_of(SMFICTX* ctx) {
    if (auto* session = static_cast<Session*>(smfi_getpriv(ctx))) return *session;
    auto session = std::make_unique<Session>(bridge.filter->new_session());
    if (smfi_setpriv(ctx, session.get()) != MI_SUCCESS) throw std::runtime_error("smfi_setpriv failed");
    if (auto* metrics = bridge.filter->metrics()) metrics->sessions.add(1);
    return *session.release();
}

// The session's message; null where MAIL did not reach us, or its end has come.
Message* message_of(SMFICTX* ctx) {
    const auto* session = static_cast<const Session*>(smfi_getpriv(ctx));
    return session ? session->message.get() : nullptr;
}

void forget_message(SMFICTX* ctx) {
    if (auto* session = static_cast<Session*>(smfi_getpriv(ctx))) {
        session->content.reset();
        session->message.reset();
    }
}

policy::SessionFacts session_facts(SMFICTX* ctx, const Session& session) {
    policy::SessionFacts facts{session.client, port_macro(ctx, "{client_port}"), std::string(macro(ctx, "{auth_authen}")), std::string(macro(ctx, "{tls_version}")), 0};
    if (const auto client = base::IpAddress::parse(macro(ctx, "{client_addr}"))) facts.client = *client;
    if (facts.port == 0) facts.port = session.port;
    facts.service = port_macro(ctx, "{daemon_port}");
    if (const auto server = base::IpAddress::parse(macro(ctx, "{daemon_addr}"))) facts.server = *server;
    return facts;
}

std::vector<std::string_view> arguments(char** argv) {
    std::vector<std::string_view> out;
    for (; argv && *argv; ++argv) out.emplace_back(*argv);
    return out;
}

void note_peer(Session& session, const sockaddr* peer) {
    if (!peer) return;
    if (peer->sa_family == AF_INET) {
        const auto& in = *reinterpret_cast<const sockaddr_in*>(peer);
        session.client.octets = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
        std::memcpy(&session.client.octets[12], &in.sin_addr, 4);
        session.port = ntohs(in.sin_port);
    } else if (peer->sa_family == AF_INET6) {
        const auto& in6 = *reinterpret_cast<const sockaddr_in6*>(peer);
        std::memcpy(session.client.octets.data(), &in6.sin6_addr, 16);
        session.port = ntohs(in6.sin6_port);
    }
}

sfsistat refuse(SMFICTX* ctx, const policy::Reply& reply) {
    SmtpReply out = smtp_reply(reply);
    if (smfi_setreply(ctx, out.code.data(), out.enhanced.data(), out.text.data()) != MI_SUCCESS)
        log::protocol(macro(ctx, "i"), "libmilter does not take this reply, the client is told a plain one: " + reply.line());
    return out.temporary ? SMFIS_TEMPFAIL : SMFIS_REJECT;
}

// Edits are legal at end of message only. An MTA that takes one of them not gets the message back later: half of them are none.
bool edit(SMFICTX* ctx, const Edits& edits, bool verbatim) {
    const auto done = [](int result) { return result == MI_SUCCESS; };
    if (!edits.sender.empty()) {
        std::string sender = "<" + edits.sender + ">", arguments = edits.arguments;
        if (!done(smfi_chgfrom(ctx, sender.data(), arguments.empty() ? nullptr : arguments.data()))) return false;
    }
    // From the last to the first: they are numbered anew after each.
    for (auto [name, count] : edits.removed)
        for (; count > 0; --count)
            if (!done(smfi_chgheader(ctx, name.data(), count, nullptr))) return false;
    static char field[] = "DKIM-Signature";
    for (const auto& signature : edits.signatures) {
        std::string value = (verbatim ? " " : "") + signature;
        if (!done(smfi_insheader(ctx, 0, field, value.data()))) return false;
    }
    if (!edits.recipient.empty()) {
        std::string recipient = "<" + edits.recipient + ">", arguments = "NOTIFY=FAILURE";
        if (!done(smfi_addrcpt_par(ctx, recipient.data(), arguments.data()))) return false;
    }
    return true;
}

sfsistat relay(SMFICTX* ctx, const Edits& edits) {
    if (edit(ctx, edits, session_of(ctx).verbatim)) return SMFIS_CONTINUE;
    log::protocol(macro(ctx, "i"), "the MTA does not take what changes of this message (sender, header, recipient), it is deferred");
    return SMFIS_TEMPFAIL;
}

void count(const Outcome& outcome, sfsistat answer) {
    auto* metrics = bridge.filter->metrics();
    if (!metrics) return;
    if (answer == SMFIS_TEMPFAIL) metrics->deferred.add();
    else if (answer == SMFIS_REJECT) metrics->refused.add();
    else (std::holds_alternative<Edits>(outcome) ? metrics->relayed : metrics->left_alone).add();
}

sfsistat answer_of(SMFICTX* ctx, const Outcome& outcome) {
    if (const auto* edits = std::get_if<Edits>(&outcome)) return relay(ctx, *edits);
    if (const auto* reply = std::get_if<policy::Reply>(&outcome)) return refuse(ctx, *reply);
    return SMFIS_ACCEPT;
}

// Anything but GoOn ends the message for us.
sfsistat carry_out(SMFICTX* ctx, const Outcome& outcome) {
    if (std::holds_alternative<GoOn>(outcome)) return SMFIS_CONTINUE;
    forget_message(ctx);
    const auto answer = answer_of(ctx, outcome);
    count(outcome, answer);
    return answer;
}

// RCPT and header fields get no answer, so a message whose facts are lost there is refused at DATA or at its end.
sfsistat facts_lost(SMFICTX* ctx) {
    if (auto* message = message_of(ctx)) message->lose_facts();
    return SMFIS_NOREPLY;
}

sfsistat on_negotiate(SMFICTX* ctx, unsigned long actions, unsigned long steps, unsigned long, unsigned long, unsigned long* want_actions,
                      unsigned long* want_steps, unsigned long* want_f2, unsigned long* want_f3) {
    return run("negotiate", [&]() -> sfsistat {
        const auto now = bridge.filter->snapshot();
        const auto chosen = negotiate({actions, steps}, {now->dkim != nullptr, now->archives, !now->removable.empty()});
        if (!chosen) {
            log::protocol("", chosen.error());
            return SMFIS_REJECT;
        }
        *want_actions = chosen->actions;
        *want_steps = chosen->steps;
        *want_f2 = *want_f3 = 0;
        Session& session = session_of(ctx);
        session.has_body = now->dkim != nullptr;
        session.verbatim = (chosen->steps & SMFIP_HDR_LEADSPC) != 0;
        if (chosen->actions & SMFIF_SETSYMLIST)
            for (const auto& [stage, names] : wanted_macros())
                if (smfi_setsymlist(ctx, stage, const_cast<char*>(names)) != MI_SUCCESS) throw std::runtime_error("smfi_setsymlist failed");
        return SMFIS_CONTINUE;
    }, [] { return SMFIS_REJECT; });
}

sfsistat on_connect(SMFICTX* ctx, char*, sockaddr* peer) {
    return run("connect", [&] {
        Session& session = session_of(ctx);
        note_peer(session, peer);
        session.service = port_macro(ctx, "{daemon_port}");
        return SMFIS_NOREPLY;
    }, [] { return SMFIS_NOREPLY; });
}

// After STARTTLS a client greets again.
sfsistat on_helo(SMFICTX* ctx, char*) {
    return run("helo", [&] {
        Session& session = session_of(ctx);
        ++session.greetings;
        session.tls = macro(ctx, "{tls_version}");
        return SMFIS_CONTINUE;
    }, [] { return SMFIS_CONTINUE; });
}

sfsistat on_mail(SMFICTX* ctx, char** argv) {
    return run("mail", [&] {
        Session& session = session_of(ctx);
        session.content.reset();
        session.mail = true;
        session.message = std::make_unique<Message>(session_facts(ctx, session), arguments(argv));
        session.service = port_macro(ctx, "{daemon_port}");
        bridge.filter->announce(session);
        return SMFIS_CONTINUE;
    }, try_later);
}

sfsistat on_rcpt(SMFICTX* ctx, char** argv) {
    return run("rcpt", [&] {
        if (auto* message = message_of(ctx)) message->add_recipient(arguments(argv), macro(ctx, "{rcpt_mailer}"));
        return SMFIS_NOREPLY;
    }, [&] { return facts_lost(ctx); });
}

sfsistat on_data(SMFICTX* ctx) {
    return run("data", [&] {
        auto* message = message_of(ctx);
        if (!message) return SMFIS_ACCEPT;
        message->set_queue_id(macro(ctx, "i"));
        return carry_out(ctx, bridge.filter->claim(session_of(ctx)));
    }, try_later);
}

// The space behind the colon belongs to what is signed and to no fact.
void add_header(Session& session, std::string_view name, std::string_view value) {
    const auto now = bridge.filter->snapshot();
    const auto text = session.verbatim && value.starts_with(' ') ? value.substr(1) : value;
    session.message->add_header(name, text, now->headers);
    session.message->add_leaving(name, text, now->removable);
    if (session.content) session.content->header(name, value);
}

sfsistat on_header(SMFICTX* ctx, char* name, char* value) {
    return run("header", [&] {
        if (message_of(ctx)) add_header(session_of(ctx), name, value);
        return SMFIS_NOREPLY;
    }, [&] { return facts_lost(ctx); });
}

sfsistat on_header_end(SMFICTX* ctx) {
    return run("header_end", [&] {
        if (message_of(ctx)) Filter::end_of_header(session_of(ctx));
        return SMFIS_NOREPLY;
    }, [&] { return facts_lost(ctx); });
}

sfsistat on_body(SMFICTX* ctx, unsigned char* chunk, std::size_t size) {
    return run("body", [&] {
        if (message_of(ctx))
            if (const auto& content = session_of(ctx).content) content->body({reinterpret_cast<const char*>(chunk), size});
        return SMFIS_NOREPLY;
    }, [&] { return facts_lost(ctx); });
}

sfsistat on_end(SMFICTX* ctx) {
    return run("end", [&] {
        auto* message = message_of(ctx);
        if (!message) return SMFIS_ACCEPT;
        if (const auto id = macro(ctx, "i"); !id.empty()) message->set_queue_id(id);
        const base::Stopwatch time;
        const auto answer = carry_out(ctx, bridge.filter->admit(session_of(ctx)));
        if (auto* metrics = bridge.filter->metrics()) metrics->message.observe(time.seconds());
        return answer;
    }, try_later);
}

// RSET, a refusal by somebody else, a client that vanished.
sfsistat on_abort(SMFICTX* ctx) {
    forget_message(ctx);
    return SMFIS_CONTINUE;
}

// May be a session's first callback.
sfsistat on_close(SMFICTX* ctx) {
    return run("close", [&] {
        const std::unique_ptr<Session> session(static_cast<Session*>(smfi_getpriv(ctx)));
        smfi_setpriv(ctx, nullptr);
        if (!session) return SMFIS_CONTINUE;
        if (auto* metrics = bridge.filter->metrics()) metrics->sessions.add(-1);
        bridge.filter->close(*session);
        return SMFIS_CONTINUE;
    }, [] { return SMFIS_CONTINUE; });
}

void must(int result, const char* what) {
    if (result != MI_SUCCESS) throw std::runtime_error(fmt::format("libmilter: {} failed, see its own line in the system log", what));
}

}  // namespace

void register_callbacks(Filter& filter, base::Fd listening) {
    bridge.filter = &filter;
    static char name[] = "crmrelay-milter";
    smfiDesc description{};
    description.xxfi_name = name;
    description.xxfi_version = SMFI_VERSION;
    description.xxfi_flags = SMFIF_CHGFROM | SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_ADDRCPT_PAR | SMFIF_SETSYMLIST;
    description.xxfi_negotiate = on_negotiate;
    description.xxfi_connect = on_connect;
    description.xxfi_helo = on_helo;
    description.xxfi_envfrom = on_mail;
    description.xxfi_envrcpt = on_rcpt;
    description.xxfi_data = on_data;
    description.xxfi_header = on_header;
    description.xxfi_eoh = on_header_end;
    description.xxfi_body = on_body;
    description.xxfi_eom = on_end;
    description.xxfi_abort = on_abort;
    description.xxfi_close = on_close;
    must(smfi_register(description), "smfi_register");
    must(smfi_settimeout(kIdleTimeout), "smfi_settimeout");
    smfi_setmaxdatasize(kPacketCap);
    auto endpoint = fmt::format("fd:{}", listening.release());   // Debian's libmilter takes a socket that is bound already
    must(smfi_setconn(endpoint.data()), "smfi_setconn");
    must(smfi_opensocket(false), "smfi_opensocket");
}

void serve() { must(smfi_main(), "smfi_main"); }

std::size_t drain(std::chrono::seconds limit) {
    constexpr auto kQuiet = std::chrono::milliseconds(200);   // for a worker to send the answer of the callback that has just returned
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (std::uint64_t before = ~std::uint64_t{0}; std::chrono::steady_clock::now() < deadline; std::this_thread::sleep_for(kQuiet)) {
        const auto finished = bridge.finished.load();
        if (bridge.running == 0 && finished == before) return 0;
        before = finished;
    }
    return bridge.running;
}

}  // namespace crmrelay::milter
