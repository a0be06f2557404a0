// SPDX-License-Identifier: BSD-2-Clause
//
// The MIME scanner: one pass over the lines with a stack of at most kMaxDepth open multiparts.
#include "bounce/mime.hh"

#include <algorithm>

#include "base/text.hh"
#include "bounce/content_type.hh"

namespace crmrelay::bounce {

namespace {

constexpr std::size_t kMinDamaged = 12;   // octets of a boundary that is told from a damaged one

class Scanner {
public:
    // `told` stands in for the boundary that the message's own header names; empty where that is to be believed.
    explicit Scanner(std::string_view text, std::string_view told = {}) : told_(told) {
        message_.text = text;
        message_.line_end = line_end_of(text);
    }

    Message run() {
        const View all{0, message_.text.size()};
        begin_part(0);
        LineReader lines(message_.text, all, message_.line_end);
        for (Line line; lines.next(line);) {
            if (!take_boundary(line) && in_header_) take_header_line(line);
            last_text_end_ = line.text.end();
            if (!in_header_ && stack_.empty()) break;   // what follows is one body, or an epilogue
        }
        if (in_header_) end_header(all.end(), all.end(), false);
        end_part(all.end());
        for (const auto part : stack_) set_end(message_.parts[part], all.end());
        message_.open = std::move(stack_);
        return std::move(message_);
    }

private:
    static void set_end(Part& part, std::size_t end) { part.body = View::between(part.body.offset, std::max(end, part.body.offset)); }

    void begin_part(std::size_t offset) {
        if (message_.parts.size() == kMaxParts) {
            message_.truncated = true;
            current_ = kNoPart;
            in_header_ = false;
            return;
        }
        Part part;
        part.header.offset = part.body.offset = offset;
        part.depth = stack_.size();
        if (!stack_.empty()) part.parent = stack_.back();
        current_ = message_.parts.size();
        message_.parts.push_back(std::move(part));
        in_header_ = true;
        header_lines_ = 0;
    }

    void end_part(std::size_t end) {
        if (current_ != kNoPart) set_end(message_.parts[current_], end);
        current_ = kNoPart;
        in_header_ = false;
    }

    void take_header_line(const Line& line) {
        const auto text = line.text.of(message_.text);
        const bool first = header_lines_++ == 0;
        if (text.empty() || (first && base::trim(text).empty())) return end_header(line.whole.offset, line.whole.end(), true);
        const bool continuation = !first && (text[0] == ' ' || text[0] == '\t');
        const bool mailbox_line = first && current_ == 0 && (text.starts_with("From ") || text.starts_with(">From "));
        // A line that is no field ends the header, as Postfix's cleanup(8) has it: the body begins with it.
        if (!continuation && !mailbox_line && field_name_length(text) == 0) end_header(line.whole.offset, line.whole.offset, true);
    }

    void end_header(std::size_t header_end, std::size_t body, bool ended) {
        in_header_ = false;
        Part& part = message_.parts[current_];
        part.header = View::between(part.header.offset, header_end);
        part.body = {body, 0};
        part.header_ended = ended;
        const bool digest = part.parent != kNoPart && message_.parts[part.parent].type == "multipart/digest";
        part.type = digest ? "message/rfc822" : "text/plain";

        ContentType content;
        bool typed = false;
        bool encoded = false;
        FieldReader fields(message_.text, part.header, message_.line_end);
        for (Field field; fields.next(field);) {
            const auto name = field.name.of(message_.text);
            if (!typed && base::iequals(name, "Content-Type")) {
                typed = true;
                content = parse_content_type(unfolded(field.value.of(message_.text)));
            } else if (!encoded && base::iequals(name, "Content-Transfer-Encoding")) {
                encoded = true;
                part.encoding = parse_encoding(unfolded(field.value.of(message_.text), 256));
            }
        }
        if (!content.type.empty()) part.type = content.type;
        part.charset = content.parameter("charset");
        if (base::istarts_with(part.type, "multipart/")) open_multipart(part, content.parameter("boundary"));
    }

    void open_multipart(Part& part, std::string_view boundary) {
        if (stack_.size() == kMaxDepth || boundary.size() > kMaxBoundary) {
            message_.truncated = true;
            return;
        }
        if (&part == message_.parts.data() && !told_.empty()) boundary = told_;
        while (boundary.ends_with(' ')) boundary.remove_suffix(1);
        part.boundary = boundary;
        part.encoding = Encoding::identity;   // RFC 2045 section 6.4 allows no other for a multipart
        stack_.push_back(current_);
        current_ = kNoPart;   // the preamble belongs to no part
    }

    // The level of the open multipart that `line` delimits, stack_.size() where it delimits none.
    std::size_t find_level(std::string_view line, bool& closing) {
        for (std::size_t level = stack_.size(); level-- > 0;) {
            const auto& boundary = message_.parts[stack_[level]].boundary;
            if (boundary.empty() || !line.starts_with(boundary)) continue;
            const auto rest = line.substr(boundary.size());
            closing = rest == "--";
            if (rest.empty() || closing) return level;
        }
        if (is_damaged_delimiter(line)) {
            closing = false;
            return stack_.size() - 1;
        }
        // A multipart that names no boundary: the first delimiter-like line after its header tells it.
        auto& untold = message_.parts[stack_.back()].boundary;
        if (untold.empty() && current_ == kNoPart && !line.empty() && line.size() <= kMaxBoundary) {
            untold = line;
            closing = false;
            return stack_.size() - 1;
        }
        return stack_.size();
    }

    // A delimiter that a gateway damaged: about as long as the innermost boundary, alike in its first half, and a part's header follows. Within a
    // returned message nothing is one: its own multiparts look alike.
    bool is_damaged_delimiter(std::string_view line) const {
        if (current_ == kNoPart || in_header_ || base::istarts_with(message_.parts[current_].type, "message/rfc822")) return false;
        const std::string_view boundary = message_.parts[stack_.back()].boundary;
        if (boundary.size() < kMinDamaged || line.substr(0, boundary.size() / 2) != boundary.substr(0, boundary.size() / 2)) return false;
        if (line.size() > boundary.size() + boundary.size() / 4 || boundary.size() > line.size() + boundary.size() / 4) return false;
        return base::istarts_with(message_.text.substr(next_line_), "Content-");
    }

    bool take_boundary(const Line& line) {
        next_line_ = line.whole.end();
        auto text = line.text.of(message_.text);
        if (stack_.empty() || !text.starts_with("--")) return false;
        while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
        bool closing = false;
        const auto level = find_level(text.substr(std::min<std::size_t>(2, text.size())), closing);
        if (level == stack_.size()) return false;

        if (in_header_) end_header_at_boundary(line.whole.offset);
        end_part(last_text_end_);
        const std::size_t keep = closing ? level : level + 1;
        while (stack_.size() > keep) {
            Part& part = message_.parts[stack_.back()];
            part.closed = closing && stack_.size() == level + 1;
            set_end(part, part.closed ? line.text.end() : last_text_end_);
            stack_.pop_back();
        }
        if (!closing) begin_part(line.whole.end());
        return true;
    }

    // A header that a boundary cut off: its part has no body, and is not opened even where it says multipart.
    void end_header_at_boundary(std::size_t offset) {
        const auto depth = stack_.size();
        end_header(offset, offset, false);
        if (stack_.size() > depth) {
            current_ = stack_.back();
            message_.parts[current_].boundary.clear();
            stack_.pop_back();
        }
    }

    std::string_view told_;
    Message message_;
    std::vector<std::size_t> stack_;     // open multiparts, outermost first
    std::size_t current_ = kNoPart;      // the leaf, or the part whose header is being read
    bool in_header_ = false;
    std::size_t header_lines_ = 0;
    std::size_t last_text_end_ = 0;      // of the line before
    std::size_t next_line_ = 0;          // after the line that is looked at
};

// What follows the "--" of the first line that looks like a delimiter: a field of a part's header comes next.
std::string_view first_delimiter(const Message& message) {
    LineReader lines(message.text, message.parts[0].body, message.line_end);
    std::string_view candidate;
    for (Line line; lines.next(line);) {
        const auto text = line.text.of(message.text);
        if (!candidate.empty() && base::istarts_with(text, "Content-")) return candidate;
        candidate = text.starts_with("--") && text.size() > 3 && text.size() <= kMaxBoundary ? base::trim(text.substr(2)) : std::string_view{};
    }
    return {};
}

}  // namespace

Message scan(std::string_view text) {
    Message message = Scanner(text).run();
    if (message.parts.size() > 1 || message.parts[0].boundary.empty()) return message;
    // The boundary that the header names is nowhere: some gateways rewrite one of the two.
    const auto told = first_delimiter(message);
    return told.empty() ? message : Scanner(text, told).run();
}

}  // namespace crmrelay::bounce
