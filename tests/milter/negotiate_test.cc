// SPDX-License-Identifier: BSD-2-Clause
//
// What is negotiated away, and with whom there is nothing to negotiate.
#include "milter/negotiate.hh"

#include <libmilter/mfapi.h>

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace crmrelay;

}  // namespace

BOOST_AUTO_TEST_SUITE(negotiation)

BOOST_AUTO_TEST_CASE(choices) {
    constexpr unsigned long kQuiet = SMFIP_NR_CONN | SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_EOH;   // always: libmilter answers for an MTA that wants an answer
    constexpr unsigned long kAway = SMFIP_NOBODY | SMFIP_NOUNKNOWN;
    constexpr unsigned long kEdits = SMFIF_CHGFROM | SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_ADDRCPT_PAR;
    const struct {
        unsigned long actions, steps;
        bool want_ok;
        unsigned long want_actions, want_steps;
    } cases[] = {
        {SMFI_CURR_ACTS, SMFI_CURR_PROT, true, kEdits | SMFIF_SETSYMLIST, kQuiet | kAway},
        {SMFI_CURR_ACTS & ~SMFIF_SETSYMLIST, SMFI_CURR_PROT, true, kEdits, kQuiet | kAway},
        {SMFI_CURR_ACTS & ~SMFIF_ADDRCPT_PAR, SMFI_V1_PROT, true, (kEdits & ~SMFIF_ADDRCPT_PAR) | SMFIF_SETSYMLIST, kQuiet | SMFIP_NOBODY},
        {SMFI_CURR_ACTS & ~SMFIF_CHGFROM, SMFI_CURR_PROT, false, 0, 0},
        {SMFI_V2_ACTS, SMFI_V2_PROT, false, 0, 0},
    };
    for (const auto& c : cases) {
        const auto chosen = milter::negotiate({c.actions, c.steps});
        BOOST_TEST(chosen.ok() == c.want_ok);
        if (!chosen) continue;
        BOOST_TEST(chosen->actions == c.want_actions);
        BOOST_TEST(chosen->steps == c.want_steps);
        BOOST_TEST((chosen->steps & (SMFIP_NOMAIL | SMFIP_NORCPT | SMFIP_NOHDRS | SMFIP_NOEOH | SMFIP_NODATA)) == 0u);
    }
}

BOOST_AUTO_TEST_CASE(needs) {
    constexpr unsigned long kAll = SMFI_CURR_ACTS;
    const struct {
        milter::Needs needs;
        unsigned long actions, steps;
        bool want_ok, want_body, want_verbatim;
    } cases[] = {
        {{}, kAll, SMFI_CURR_PROT, true, false, false},
        {{true, false, false}, kAll, SMFI_CURR_PROT, true, true, true},
        {{true, false, false}, kAll, SMFI_CURR_PROT & ~SMFIP_HDR_LEADSPC, true, true, false},
        {{false, true, true}, kAll, SMFI_CURR_PROT, true, false, false},
        {{true, false, false}, kAll & ~SMFIF_ADDHDRS, SMFI_CURR_PROT, false, false, false},
        {{false, true, false}, kAll & ~SMFIF_ADDRCPT_PAR, SMFI_CURR_PROT, false, false, false},
        {{false, false, true}, kAll & ~SMFIF_CHGHDRS, SMFI_CURR_PROT, false, false, false},
        {{}, SMFIF_CHGFROM, SMFI_CURR_PROT, true, false, false},
    };
    for (const auto& c : cases) {
        const auto chosen = milter::negotiate({c.actions, c.steps}, c.needs);
        BOOST_TEST(chosen.ok() == c.want_ok);
        if (!chosen) continue;
        BOOST_TEST(((chosen->steps & SMFIP_NOBODY) == 0) == c.want_body);
        BOOST_TEST(((chosen->steps & SMFIP_NR_BODY) != 0) == c.want_body);
        BOOST_TEST(((chosen->steps & SMFIP_HDR_LEADSPC) != 0) == c.want_verbatim);
    }
}

BOOST_AUTO_TEST_CASE(macros_are_asked_for_where_they_are_needed) {
    const struct {
        int stage;
        std::string want_name;
    } cases[] = {{SMFIM_ENVFROM, "{client_addr}"}, {SMFIM_ENVFROM, "{client_port}"}, {SMFIM_ENVFROM, "{auth_authen}"}, {SMFIM_ENVFROM, "{tls_version}"},
                 {SMFIM_ENVRCPT, "{rcpt_mailer}"}, {SMFIM_DATA, "i"},                {SMFIM_EOM, "i"}};
    for (const auto& c : cases) {
        bool found = false;
        for (const auto& [stage, names] : milter::wanted_macros())
            found = found || (stage == c.stage && (" " + std::string(names) + " ").find(" " + c.want_name + " ") != std::string::npos);
        BOOST_TEST(found, c.want_name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
