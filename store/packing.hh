// SPDX-License-Identifier: BSD-2-Clause
//
// Lists of texts in one column: each text is its length in octets (decimal), a colon and the octets themselves, one after the
// other ("11:a@dest.test0:"). Any octets pass unchanged, so that what the CRM wrote comes back as it was. Knows no SQL.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/records.hh"

namespace crmrelay::store {

void pack_text(std::string& packed, std::string_view text);
std::vector<std::string> unpack_texts(std::string_view packed);   // throws std::runtime_error where it is not packed so

std::string pack(const std::vector<std::string>& texts);

void pack_into(std::string& packed, const std::vector<Recipient>& recipients);   // address, ORCPT, NOTIFY of each
std::vector<Recipient> unpack_recipients(std::string_view packed);

using Headers = std::vector<std::pair<std::string, std::string>>;
void pack_into(std::string& packed, const Headers& headers);                     // name, value of each
Headers unpack_headers(std::string_view packed);

}  // namespace crmrelay::store
