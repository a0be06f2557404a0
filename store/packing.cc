// SPDX-License-Identifier: BSD-2-Clause
//
// Packs lists into one column and takes them apart again; what does not read whole is a damaged row.
#include "store/packing.hh"

#include <charconv>
#include <stdexcept>

namespace crmrelay::store {

namespace {

std::vector<std::string> unpack_groups(std::string_view packed, std::size_t group) {
    auto texts = unpack_texts(packed);
    if (texts.size() % group != 0) throw std::runtime_error("a stored list is not whole: the row is damaged");
    return texts;
}

}  // namespace

void pack_text(std::string& packed, std::string_view text) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, text.size()).ptr;
    packed.append(digits, end);
    packed += ':';
    packed += text;
}

std::vector<std::string> unpack_texts(std::string_view packed) {
    std::vector<std::string> texts;
    while (!packed.empty()) {
        std::size_t size = 0;
        const auto [end, error] = std::from_chars(packed.data(), packed.data() + packed.size(), size);
        const auto digits = static_cast<std::size_t>(end - packed.data());
        if (error != std::errc() || digits == packed.size() || *end != ':' || size > packed.size() - digits - 1)
            throw std::runtime_error("a stored list cannot be read: the row is damaged");
        texts.emplace_back(packed.substr(digits + 1, size));
        packed.remove_prefix(digits + 1 + size);
    }
    return texts;
}

std::string pack(const std::vector<std::string>& texts) {
    std::string packed;
    for (const auto& text : texts) pack_text(packed, text);
    return packed;
}

void pack_into(std::string& packed, const std::vector<Recipient>& recipients) {
    packed.clear();
    for (const auto& recipient : recipients) {
        pack_text(packed, recipient.address);
        pack_text(packed, recipient.orcpt);
        pack_text(packed, recipient.notify);
    }
}

std::vector<Recipient> unpack_recipients(std::string_view packed) {
    auto texts = unpack_groups(packed, 3);
    std::vector<Recipient> recipients;
    recipients.reserve(texts.size() / 3);
    for (std::size_t i = 0; i < texts.size(); i += 3) recipients.push_back({std::move(texts[i]), std::move(texts[i + 1]), std::move(texts[i + 2])});
    return recipients;
}

void pack_into(std::string& packed, const Headers& headers) {
    packed.clear();
    for (const auto& [name, value] : headers) {
        pack_text(packed, name);
        pack_text(packed, value);
    }
}

Headers unpack_headers(std::string_view packed) {
    auto texts = unpack_groups(packed, 2);
    Headers headers;
    headers.reserve(texts.size() / 2);
    for (std::size_t i = 0; i < texts.size(); i += 2) headers.emplace_back(std::move(texts[i]), std::move(texts[i + 1]));
    return headers;
}

}  // namespace crmrelay::store
