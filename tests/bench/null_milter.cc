// SPDX-License-Identifier: BSD-2-Clause
//
// A libmilter filter that does nothing, to compare with: all callbacks are there and go on.
//
//   null_milter [-n] unix:PATH | inet:PORT@HOST
//
// -n negotiates as crmrelay-milter does; without it nothing is negotiated and every step has its answer. It ends at SIGTERM.
#include <libmilter/mfapi.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "base/endpoint.hh"
#include "milter/negotiate.hh"

namespace {

using namespace crmrelay;

sfsistat on_connect(SMFICTX*, char*, sockaddr*) { return SMFIS_CONTINUE; }
sfsistat on_helo(SMFICTX*, char*) { return SMFIS_CONTINUE; }
sfsistat on_arguments(SMFICTX*, char**) { return SMFIS_CONTINUE; }
sfsistat on_header(SMFICTX*, char*, char*) { return SMFIS_CONTINUE; }
sfsistat on_body(SMFICTX*, unsigned char*, size_t) { return SMFIS_CONTINUE; }
sfsistat on_step(SMFICTX*) { return SMFIS_CONTINUE; }

sfsistat on_connect_quietly(SMFICTX*, char*, sockaddr*) { return SMFIS_NOREPLY; }
sfsistat on_arguments_quietly(SMFICTX*, char**) { return SMFIS_NOREPLY; }
sfsistat on_header_quietly(SMFICTX*, char*, char*) { return SMFIS_NOREPLY; }

sfsistat on_step_quietly(SMFICTX*) { return SMFIS_NOREPLY; }

sfsistat on_negotiate(SMFICTX* ctx, unsigned long actions, unsigned long steps, unsigned long, unsigned long, unsigned long* want_actions,
                      unsigned long* want_steps, unsigned long* want_f2, unsigned long* want_f3) {
    const auto chosen = milter::negotiate({actions, steps});
    if (!chosen) return SMFIS_REJECT;
    *want_actions = chosen->actions;
    *want_steps = chosen->steps;
    *want_f2 = *want_f3 = 0;
    for (const auto& [stage, names] : milter::wanted_macros()) smfi_setsymlist(ctx, stage, const_cast<char*>(names));
    return SMFIS_CONTINUE;
}

smfiDesc description(bool negotiates) {
    static char name[] = "null";
    smfiDesc out{};
    out.xxfi_name = name;
    out.xxfi_version = SMFI_VERSION;
    out.xxfi_flags = SMFIF_CHGFROM | (negotiates ? SMFIF_SETSYMLIST : 0);
    out.xxfi_connect = negotiates ? on_connect_quietly : on_connect;
    out.xxfi_envfrom = on_arguments;
    out.xxfi_envrcpt = negotiates ? on_arguments_quietly : on_arguments;
    out.xxfi_data = on_step;
    out.xxfi_header = negotiates ? on_header_quietly : on_header;
    out.xxfi_eoh = negotiates ? on_step_quietly : on_step;
    out.xxfi_eom = on_step;
    out.xxfi_abort = on_step;
    out.xxfi_close = on_step;
    if (negotiates) {
        out.xxfi_negotiate = on_negotiate;
    } else {
        out.xxfi_helo = on_helo;
        out.xxfi_body = on_body;
    }
    return out;
}

}  // namespace

int main(int argc, char** argv) {
    const bool negotiates = argc > 1 && std::string(argv[1]) == "-n";
    const auto endpoint = base::Endpoint::parse(argc == (negotiates ? 3 : 2) ? argv[argc - 1] : "");
    if (!endpoint) {
        std::fprintf(stderr, "usage: null_milter [-n] unix:PATH | inet:PORT@HOST\n%s\n", endpoint.error().c_str());
        return 2;
    }
    std::string socket = "fd:" + std::to_string(base::listen_on(*endpoint, "postfix", ::geteuid() != 0).release());
    if (smfi_register(description(negotiates)) != MI_SUCCESS || smfi_setconn(socket.data()) != MI_SUCCESS) return 1;
    return smfi_main() == MI_SUCCESS ? 0 : 1;
}
