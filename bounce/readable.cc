// SPDX-License-Identifier: BSD-2-Clause
//
// Text parts decoded; HTML by a scanner that knows tags, comments and a handful of entities, in one pass.
#include "bounce/readable.hh"

#include <algorithm>
#include <array>

#include "base/text.hh"
#include "bounce/charset.hh"

namespace crmrelay::bounce {

namespace {

constexpr std::size_t kMaxLookedAt = 8'192;   // octets that are looked at for a lost encoding
constexpr std::size_t kMaxEntity = 10;
constexpr std::size_t kMaxTag = 4'096;   // octets of a tag; a longer one is text

struct Entity {
    std::string_view name;
    std::string_view text;
};

constexpr std::array kEntities{
    Entity{"lt", "<"}, Entity{"gt", ">"}, Entity{"amp", "&"}, Entity{"quot", "\""}, Entity{"apos", "'"}, Entity{"nbsp", " "},
};

// The tags that end a line.
constexpr std::array<std::string_view, 14> kLineTags{"br", "p", "div", "tr", "li", "ul", "ol", "h1", "h2", "h3", "table", "pre", "hr", "blockquote"};

// The length of the entity at the start of `text`, 0 where there is none.
std::size_t take_entity(std::string_view text, std::string& out) {
    const auto end = text.substr(0, kMaxEntity).find(';');
    if (end == std::string_view::npos) return 0;
    const auto name = text.substr(1, end - 1);
    for (const auto& entity : kEntities)
        if (base::iequals(name, entity.name)) {
            out += entity.text;
            return end + 1;
        }
    if (!name.starts_with('#')) return 0;
    const auto number = base::parse_number(name.substr(1));
    if (!number || *number < 32 || *number > 126) return 0;
    out += static_cast<char>(*number);
    return end + 1;
}

std::string_view tag_name(std::string_view tag) {
    if (tag.starts_with('/')) tag.remove_prefix(1);
    std::size_t length = 0;
    while (length < tag.size() && ((tag[length] >= 'a' && tag[length] <= 'z') || (tag[length] >= 'A' && tag[length] <= 'Z') || (tag[length] >= '0' && tag[length] <= '9')))
        ++length;
    return tag.substr(0, length);
}

// Where the content of <script> or <style> ends; the search for an end that never comes is done once.
class Skipper {
public:
    std::size_t end_of(std::string_view html, std::size_t from, std::string_view name) {
        if (from >= none_from_) return html.size();
        for (std::size_t at = from; at + name.size() + 2 <= html.size(); ++at) {
            at = html.find("</", at);
            if (at == std::string_view::npos) break;
            if (base::istarts_with(html.substr(at + 2), name)) return at;
        }
        none_from_ = from;
        return html.size();
    }

private:
    std::size_t none_from_ = std::string_view::npos;
};

// Quoted-printable whose Content-Transfer-Encoding got lost on the way: full lines that end in "=".
bool looks_quoted_printable(std::string_view text) {
    std::size_t broken = 0;
    for (auto at = text.find("=\n"); at != std::string_view::npos; at = text.find("=\n", at + 1)) {
        const auto before = text.rfind('\n', at);
        const auto length = at - (before == std::string_view::npos ? 0 : before + 1);
        broken += length >= 60 && length <= 76 ? 1 : 0;
    }
    return broken >= 2;
}

}  // namespace

std::string html_text(std::string_view html) {
    std::string out;
    Skipper skipper;
    std::size_t no_close = std::string_view::npos;   // no ">" stands after here
    for (std::size_t at = 0; at < html.size();) {
        const char c = html[at];
        if (c == '&') {
            if (const auto length = take_entity(html.substr(at), out); length > 0) {
                at += length;
                continue;
            }
        }
        const bool tag = c == '<' && at + 1 < html.size() && at < no_close && (html[at + 1] == '/' || html[at + 1] == '!' || tag_name(html.substr(at + 1)).size() > 0);
        if (tag) {
            const auto end = html.find('>', at);
            if (end == std::string_view::npos) no_close = at;
            // "<user@example.com>" unescaped is no tag.
            const auto inside = end == std::string_view::npos ? std::string_view{} : html.substr(at + 1, end - at - 1);
            const auto name = tag_name(inside);
            const bool address = inside.find('@') != std::string_view::npos && inside.find_first_of(" =") == std::string_view::npos;
            if (end != std::string_view::npos && inside.size() <= kMaxTag && !address) {
                at = end + 1;
                if (base::iequals(name, "script") || base::iequals(name, "style")) {
                    if (!inside.starts_with('/')) at = skipper.end_of(html, at, name);
                } else if (std::any_of(kLineTags.begin(), kLineTags.end(), [&](std::string_view known) { return base::iequals(name, known); })) {
                    out += '\n';
                }
                continue;
            }
        }
        out += c;
        ++at;
    }
    return out;
}

std::string readable(const Message& message, const Part& part, std::size_t cap) {
    const auto body = part.body.of(message.text);
    const auto encoding = part.encoding == Encoding::identity && looks_quoted_printable(body.substr(0, kMaxLookedAt)) ? Encoding::quoted_printable : part.encoding;
    std::string text = to_utf8(decode(encoding, body, cap), part.charset, cap);
    if (part.type == "text/html") text = html_text(text);
    if (text.find('\r') == std::string::npos) return text;
    // CRLF and bare CR both end a line here.
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\r') {
            out += text[at];
        } else if (at + 1 >= text.size() || text[at + 1] != '\n') {
            if (at + 1 < text.size() && text[at + 1] == '\r') continue;
            out += '\n';
        }
    }
    return out;
}

}  // namespace crmrelay::bounce
