// SPDX-License-Identifier: BSD-2-Clause
//
// Postfix's list values as text: what stands in them, and how ours is put in and taken out without touching a character of the rest.
// Pure. Items are separated by commas and blanks; braces hold an item together (postconf(5)).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crmrelay::ctl {

std::vector<std::string_view> items_of(std::string_view value);

// The entries of "inline:{key=value, {key = value}}" (DATABASE_README); none of anything else.
std::vector<std::pair<std::string_view, std::string_view>> inline_entries(std::string_view item);

// Whether both say the same, blanks, commas and the room around "=" within braces aside, and braces around an inline map's only entry.
bool same_item(std::string_view one, std::string_view other);
// An inline map of one entry is there, too, where it stands among those of another.
bool has_item(std::string_view value, std::string_view item);

// `item` goes last, where it is not there yet.
std::string with_item(std::string_view value, std::string_view item);
std::string without_item(std::string_view value, std::string_view item);

// A service in a list of milters, or the argument of check_policy_service: "unix:x", or "{ unix:x, … }".
bool is_service(std::string_view item, std::string_view socket);
bool has_service(std::string_view value, std::string_view socket);
std::string without_service(std::string_view value, std::string_view socket);

// Our policy entries at `socket` ("unix:crmrelay/policy.sock"), as they stand in restrictions.
std::string recipient_entry(std::string_view socket);
std::string relay_entry(std::string_view socket);
std::string granted_entry(std::string_view socket);

// smtpd_relay_restrictions: recipient entry, permit_auth_destination, relay entry, in this order and before everything that permits
// or that refuses whatever is left. Where ours stand elsewhere they are moved.
bool relay_restrictions_fine(std::string_view value, std::string_view socket);
std::string with_relay_restrictions(std::string_view value, std::string_view socket);

// smtpd_recipient_restrictions: the granted entry before reject_unauth_destination (or defer_…), where that stands. There Postfix asks about our own
// users' mail too, so this entry only says again what the relay entry has granted, and refuses nothing.
bool recipient_restrictions_fine(std::string_view value, std::string_view socket);
std::string with_recipient_restrictions(std::string_view value, std::string_view socket);

// Takes out of either what the above put in.
std::string without_policy(std::string_view value, std::string_view socket);

// A line of master.cf: its words, separated by blanks alone; and the line with that -o option set, or without it.
std::vector<std::string_view> words_of(std::string_view line);
std::string with_option(std::string_view line, std::string_view name, std::string_view value);
std::string without_option(std::string_view line, std::string_view name);

// The same for a master.cf service's -o smtpd_relay_restrictions. One that tells destinations apart is treated as main.cf's; one that does not
// (permit_sasl_authenticated, reject) gets the two entries alone: permit_auth_destination would open it to everybody.
bool service_restrictions_fine(std::string_view value, std::string_view socket);
std::string with_service_restrictions(std::string_view value, std::string_view socket);

// The restrictions of smtpd_relay_restrictions that mail to our own recipients does not reach any more behind our permit_auth_destination.
std::vector<std::string> skipped_restrictions(std::string_view value);

}  // namespace crmrelay::ctl
