// SPDX-License-Identifier: BSD-2-Clause
//
// Text parts put together, quotes taken away.
#include "bounce/explanation.hh"

#include "base/text.hh"
#include "bounce/readable.hh"
#include "bounce/report.hh"

namespace crmrelay::bounce {

std::string explanation_of(const Message& message) {
    for (const std::string_view type : {"text/plain", "text/html"}) {
        std::string text;
        std::size_t taken = 0;
        for (const auto& part : message.parts) {
            if (part.type != type || !part.boundary.empty() || taken == kMaxTextParts || text.size() >= kMaxReadable) continue;
            if (!text.empty()) text += "\n\n";
            text += readable(message, part, kMaxReadable - text.size());
            ++taken;
        }
        if (text.find_first_not_of(" \t\n") != std::string::npos) return text;
    }
    // A multipart whose delimiters got lost.
    const auto& top = message.parts[0];
    return message.parts.size() == 1 && !top.boundary.empty() ? readable(message, top) : std::string();
}

std::string unquoted(std::string_view text) {
    std::string out;
    std::size_t quoted = 0, plain = 0;
    bool header = true;   // of the bounce that was forwarded
    LineReader lines(text, {0, text.size()}, '\n');
    for (Line line; lines.next(line);) {
        auto content = line.text.of(text);
        if (base::trim(content).empty()) {
            out += '\n';
            continue;
        }
        if (!content.starts_with('>')) {
            ++plain;
            continue;
        }
        ++quoted;
        content.remove_prefix(1);
        if (content.starts_with(' ')) content.remove_prefix(1);
        header = header && !content.empty();
        if (!header) out.append(content) += '\n';
    }
    return quoted > 4 && quoted > 4 * plain ? out : std::string();
}

std::string clean_id(std::string_view value) {
    value = base::trim(value);
    if (const auto open = value.find('<'); open != std::string_view::npos) {
        const auto close = value.find('>', open);
        value = value.substr(open + 1, close == std::string_view::npos ? close : close - open - 1);
    }
    return base::neuter(base::trim(value), kMaxReportValue);
}

std::string stray_message_id(std::string_view text) {
    LineReader lines(text, {0, text.size()}, '\n');
    for (Line line; lines.next(line);) {
        const auto content = line.text.of(text);
        if (base::istarts_with(content, "Message-ID:")) return clean_id(content.substr(11));
    }
    return {};
}

}  // namespace crmrelay::bounce
