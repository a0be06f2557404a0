// SPDX-License-Identifier: BSD-2-Clause
//
// The subcommands of crmrelayctl. Each lives in a file of its own, reads its own options and returns the exit status: 0 fine,
// 1 found something wrong, 2 usage.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crmrelay::ctl {

using Arguments = std::vector<std::string>;   // all words but the program's and the subcommand's

constexpr int kFine = 0, kWrong = 1, kUsage = 2;

int bounces(const Arguments& arguments);
int check(const Arguments& arguments);
int crm(const Arguments& arguments);
int dns(const Arguments& arguments);
int doctor(const Arguments& arguments);
int explain(const Arguments& arguments);
int forget(const Arguments& arguments);
int key(const Arguments& arguments);
int login(const Arguments& arguments);
int outbox(const Arguments& arguments);
int postfix(const Arguments& arguments);
int read_bounce(const Arguments& arguments);
int report(const Arguments& arguments);
int resume(const Arguments& arguments);
int status(const Arguments& arguments);
int store_command(const Arguments& arguments);
int suspend(const Arguments& arguments);
int trace(const Arguments& arguments);
int webhook(const Arguments& arguments);

struct Command {
    std::string_view name;
    std::string_view does;
    int (*run)(const Arguments&);
};

// In the order of their names.
inline constexpr Command kCommands[] = {
    {"bounces", "lists failures, newest first", bounces},
    {"check", "checks configuration, secrets, store, sockets and Postfix as the daemons would find them", check},
    {"crm", "lists the CRM presets, or shows one with the source of each fact", crm},
    {"dns", "prints the DNS records to publish for a domain", dns},
    {"doctor", "looks for everything that keeps mail from leaving or bounces from coming home, with the command that mends it", doctor},
    {"explain", "tells why something was refused and what to do, or what would be decided about a message", explain},
    {"forget", "removes what is kept of one recipient", forget},
    {"key", "lists the return-path keys (list), makes a new one that signs from now on (rotate), or the first (init)", key},
    {"login", "makes, removes, lists and verifies the CRM's app passwords (add, remove, list, verify)", login},
    {"outbox", "shows what is still to be told, and dead letters (list, show); has them tried or dropped (retry, drop)", outbox},
    {"postfix", "prints the lines that Postfix needs, sets them (--apply), or takes them out (--revert)", postfix},
    {"read-bounce", "tells what crmrelay makes of messages that came back, without storing it", read_bounce},
    {"report", "writes a page with a domain's figures and plots, or the figures as JSON", report},
    {"resume", "ends a domain's suspension", resume},
    {"status", "shows each domain: its state, what was relayed, refused and bounced today", status},
    {"store", "copies the store into another one (copy), to move an installation while it serves", store_command},
    {"suspend", "suspends a domain until it is resumed, or until a moment", suspend},
    {"trace", "tells one message's life, by token, return path, queue id or Message-ID", trace},
    {"webhook", "sends a signed sample to a domain's webhook (test), or has one used again that answered 410 (enable)", webhook},
};

// nullptr where there is none.
const Command* find_command(std::string_view name);

}  // namespace crmrelay::ctl
