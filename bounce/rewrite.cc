// SPDX-License-Identifier: BSD-2-Clause
//
// The hand-back's text surgery: a sorted list of edits of whole lines, and replacement of our address in what lies between them.
#include "bounce/rewrite.hh"

#include <algorithm>

#include "base/text.hh"
#include "bounce/mime.hh"
#include "bounce/replace_address.hh"
#include "bounce/transfer.hh"

namespace crmrelay::bounce {

namespace {

constexpr std::size_t kMaxExplanation = 256 << 10;   // octets of a part for people that are looked at, or written; a larger one is not kept where a recipient goes
constexpr std::size_t kMaxSought = 50;               // addresses that are looked for in it

struct Edit {
    View range;
    std::string text;
};

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

std::optional<base::Error> check_address(std::string_view name, std::string_view address) {
    const std::string shown = std::string(name) + " <" + base::neuter(address, 80) + ">";
    if (address.find('@') == std::string_view::npos) return base::Error{shown + " has no @: give a whole mailbox"};
    if (address.size() > kMaxRewriteAddress) return base::Error{shown + " has more than " + std::to_string(kMaxRewriteAddress) + " octets"};
    if (has_control(address)) return base::Error{shown + " holds a control character: it would break the report's header"};
    return std::nullopt;
}

// A header field with its folds, and nothing after it.
bool is_header(std::string_view text) {
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    if (field_name_length(text) == 0 || text.find('\0') != std::string_view::npos) return false;
    for (std::size_t at = text.find_first_of("\r\n"); at != std::string_view::npos; at = text.find_first_of("\r\n", at + 1)) {
        if (text[at] == '\r' && text[at + 1] == '\n') ++at;
        if (text[at + 1] != ' ' && text[at + 1] != '\t') return false;
    }
    return true;
}

std::optional<base::Error> check(const Report& report, const Rewrite& rewrite) {
    if (auto error = check_address("our address", rewrite.our_address)) return error;
    if (auto error = check_address("the original return path", rewrite.original_address)) return error;
    if (rewrite.original_envid && (has_control(*rewrite.original_envid) || rewrite.original_envid->size() > kMaxEnvelopeId))
        return base::Error{"the original ENVID \"" + base::neuter(*rewrite.original_envid, 80) + "\" holds a control character or is longer than " +
                           std::to_string(kMaxEnvelopeId) + " octets"};
    const auto& keep = rewrite.keep_recipient;
    if (!keep.empty() && keep.size() != report.recipients.size())
        return base::Error{"keep_recipient names " + std::to_string(keep.size()) + " of " + std::to_string(report.recipients.size()) + " recipients"};
    if (!keep.empty() && std::find(keep.begin(), keep.end(), true) == keep.end())
        return base::Error{"no recipient of the report is kept: there is nothing to hand back"};
    for (const auto& header : rewrite.added_headers)
        if (!is_header(header)) return base::Error{"added header \"" + base::neuter(header, 80) + "\" is no header field"};
    return std::nullopt;
}

std::string_view without_line_end(std::string_view text) {
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

class Rewriter {
public:
    Rewriter(std::string_view raw, const Report& report, const Rewrite& rewrite)
        : raw_(raw), report_(report), rewrite_(rewrite), message_(scan(raw)), line_end_(line_end_in(raw)),
          addresses_(rewrite.our_address, rewrite.original_address, line_end_) {
        for (std::size_t i = 0; i < rewrite.keep_recipient.size(); ++i)
            if (!rewrite.keep_recipient[i])
                for (const auto* address : {&report.recipients[i].final_recipient, &report.recipients[i].original_recipient})
                    if (!address->empty()) removed_.push_back(base::lower(*address));
    }

    std::string run() {
        edit_top();
        if (report_.status_encoding == Encoding::identity)
            edit_status(raw_, report_.status, edits_);
        else
            edit_encoded_status();
        edit_explanations();
        edit_quoted_printable();
        std::string out = apply(raw_, std::move(edits_));
        if (rewrite_.truncated) close_multiparts(out);
        return out;
    }

private:
    static std::string line_end_in(std::string_view text) {
        const auto at = text.find('\n');
        if (at == std::string_view::npos) return text.find('\r') == std::string_view::npos ? "\r\n" : "\r";
        return at > 0 && text[at - 1] == '\r' ? "\r\n" : "\n";
    }

    // The header on top: what is added, To, and what deliveries to our address left behind.
    void edit_top() {
        std::string top;
        for (const auto& header : rewrite_.added_headers) top.append(without_line_end(header)).append(line_end_);
        const View header = message_.parts[0].header;
        std::vector<Edit> later;
        bool to = false;
        FieldReader fields(raw_, header, message_.line_end);
        for (Field field; fields.next(field);) {
            const auto name = field.name.of(raw_);
            const bool ours = addresses_.found_in(field.value.of(raw_));
            // Postfix takes a Delivered-To of the address that it delivers to for a loop: ours must not become the original's.
            if ((base::iequals(name, "Delivered-To") && ours) || (base::iequals(name, "X-Failed-Recipients") && names_removed(field.value.of(raw_)))) later.push_back({field.whole, ""});
            if (!base::iequals(name, "To") || to) continue;
            to = true;
            if (!ours) later.push_back({field.whole, to_field()});
        }
        if (!to) top += to_field();
        // A mailbox's "From " line would end the header where other fields stand before it.
        std::size_t first = 0;
        if (raw_.starts_with("From ") || raw_.starts_with(">From ")) first = std::min(raw_.find(message_.line_end), raw_.size() - 1) + 1;
        edits_.push_back({{0, first}, std::move(top)});
        edits_.insert(edits_.end(), later.begin(), later.end());
    }

    std::string to_field() const { return "To: <" + rewrite_.original_address + ">" + line_end_; }

    // The envelope id as the report names it: decoded (RFC 3461 section 6.3a), unless that would bring in what is no text.
    std::string envelope_id() const {
        const auto decoded = decode_xtext(*rewrite_.original_envid);
        const bool text = decoded && std::all_of(decoded->begin(), decoded->end(), [](char c) { return c >= ' ' && c <= '~'; });
        return text ? *decoded : *rewrite_.original_envid;
    }

    // Edits of `text`, of which `range` is the content of the delivery-status part.
    void edit_status(std::string_view text, View range, std::vector<Edit>& edits) const {
        const auto removed = removed_views();
        auto skip = removed.begin();
        bool named = !rewrite_.original_envid.has_value();
        std::vector<Edit> found;
        FieldReader fields(text, range, report_.line_end, kMaxStatusFields, kMaxStatusOctets);
        for (Field field; fields.next(field);) {
            while (skip != removed.end() && skip->end() <= field.whole.offset) found.push_back({*skip++, ""});
            if (skip != removed.end() && field.whole.offset >= skip->offset) continue;
            if (!is_envelope_id(text, field)) continue;
            found.push_back({field.whole, named ? "" : std::string(field.name.of(text)) + ": " + envelope_id() + line_end_});
            named = true;
        }
        for (; skip != removed.end(); ++skip) found.push_back({*skip, ""});
        if (!named && !range.empty()) {   // an empty part may have no line of its own to put the field on
            const bool own_block = !base::trim(report_.message_block.of(text)).empty();
            edits.push_back({{range.offset, 0}, "Original-Envelope-Id: " + envelope_id() + line_end_ + (own_block ? "" : line_end_)});
        }
        edits.insert(edits.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
    }

    bool is_envelope_id(std::string_view text, const Field& field) const {
        if (base::iequals(field.name.of(text), "Original-Envelope-Id")) return true;
        return !rewrite_.token.empty() && base::iequals(base::trim(field.value.of(text)), rewrite_.token);
    }

    // The blocks that go, ascending; what was not read of a report goes too where a choice is made.
    std::vector<View> removed_views() const {
        std::vector<View> views;
        for (std::size_t i = 0; i < rewrite_.keep_recipient.size(); ++i)
            if (!rewrite_.keep_recipient[i]) views.push_back(report_.recipients[i].block);
        if (!rewrite_.keep_recipient.empty() && !report_.unread.empty()) views.push_back(report_.unread);
        return views;
    }

    // A status part in base64 or quoted-printable comes out decoded, with its header saying so.
    void edit_encoded_status() {
        std::vector<Edit> edits;
        const std::string_view text = report_.decoded_status;
        edit_status(text, {0, text.size()}, edits);
        FieldReader fields(raw_, report_.status_header, message_.line_end);
        for (Field field; fields.next(field);)
            if (base::iequals(field.name.of(raw_), "Content-Transfer-Encoding"))
                edits_.push_back({field.whole, "Content-Transfer-Encoding: 8bit" + line_end_});
        edits_.push_back({report_.status, apply(text, std::move(edits))});
    }

    // Whether this text names a recipient that goes. Too many to look for count as named.
    bool names_removed(std::string_view text) const {
        if (removed_.empty()) return false;
        if (removed_.size() > kMaxSought) return true;
        const auto lower = base::lower(text);
        return std::ranges::any_of(removed_, [&](const std::string& address) { return lower.find(address) != std::string::npos; });
    }

    static bool overlap(const View& one, const View& two) { return one.offset < two.end() && two.offset < one.end(); }

    // Words for people that name a recipient that goes are replaced by words of our own about those that stay.
    void edit_explanations() {
        for (const auto& part : message_.parts) {
            if (part.depth == 0 || !part.type.starts_with("text/") || part.type == "text/rfc822-headers") continue;
            if (overlap(part.body, report_.status) || overlap(part.body, report_.returned)) continue;
            const auto body = part.body.of(raw_);
            if (removed_.empty() || (body.size() <= kMaxExplanation && !names_removed(decode(part.encoding, body, kMaxExplanation)))) continue;
            const std::string header = "Content-Description: Notification" + line_end_ + "Content-Type: text/plain; charset=utf-8" + line_end_ + "Content-Transfer-Encoding: 8bit" + line_end_;
            if (!part.header.empty()) edits_.push_back({part.header, header});
            edits_.push_back({part.body, explanation()});
        }
    }

    std::string explanation() const {
        std::string out = "The mail system could not deliver this message to all of its recipients, or has more to say of them:" + line_end_;
        for (std::size_t i = 0; i < report_.recipients.size() && out.size() < kMaxExplanation; ++i) {
            if (!rewrite_.keep_recipient[i]) continue;
            const auto& said = report_.recipients[i];
            out += line_end_ + "<" + said.recipient() + ">: " + std::string(name_of(said.action)) + " " + said.status + line_end_;
            if (!said.diagnostic.empty() && !names_removed(said.diagnostic)) out += "    " + said.diagnostic + line_end_;
        }
        return out;
    }

    // Parts in quoted-printable get the address escaped.
    void edit_quoted_printable() {
        for (const auto& part : message_.parts) {
            if (part.encoding != Encoding::quoted_printable || !part.boundary.empty() || !addresses_.found_in(part.body.of(raw_))) continue;
            if (part.body.offset < report_.status.end() && report_.status.offset < part.body.end()) continue;
            Edit edit{part.body, ""};
            addresses_.append(edit.text, part.body.of(raw_), Medium::quoted_printable);
            edits_.push_back(std::move(edit));
        }
    }

    std::string apply(std::string_view text, std::vector<Edit> edits) const {
        std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.range.offset < b.range.offset; });
        std::string out;
        out.reserve(text.size() + 4'096);
        std::size_t done = 0;
        for (const auto& edit : edits) {
            if (edit.range.offset < done) continue;
            addresses_.append(out, text.substr(done, edit.range.offset - done), Medium::plain);
            out += edit.text;
            done = edit.range.end();
        }
        addresses_.append(out, text.substr(done), Medium::plain);
        return out;
    }

    void close_multiparts(std::string& out) const {
        if (message_.open.empty()) return;
        if (!out.ends_with(line_end_)) out += line_end_;
        if (!message_.parts.back().header_ended) out += line_end_;
        for (auto part = message_.open.rbegin(); part != message_.open.rend(); ++part) {
            const auto& boundary = message_.parts[*part].boundary;
            if (boundary.empty()) continue;
            out += "--";
            addresses_.append(out, boundary, Medium::plain);   // as it became in the text
            out += "--" + line_end_;
        }
    }

    std::string_view raw_;
    const Report& report_;
    const Rewrite& rewrite_;
    Message message_;
    std::string line_end_;
    AddressReplacer addresses_;
    std::vector<Edit> edits_;
    std::vector<std::string> removed_;   // lower case
};

bool takes_out(const Report& report, const Rewrite& rewrite) {
    const auto& keep = rewrite.keep_recipient;
    return !keep.empty() && (!report.unread.empty() || std::ranges::find(keep, false) != keep.end());
}

// What goes may have hidden a delimiter, behind which the rest names others: a report that somebody made for that.
bool names_only_kept(const std::string& rewritten, const Report& report, const Rewrite& rewrite) {
    const auto again = read_report(rewritten);
    if (!again) return false;
    return std::ranges::all_of(again->recipients, [&](const RecipientReport& recipient) {
        const auto& address = recipient.final_recipient;
        if (base::iequals(address, rewrite.original_address)) return true;
        for (std::size_t i = 0; i < report.recipients.size(); ++i)
            if (rewrite.keep_recipient[i] && base::iequals(address, report.recipients[i].final_recipient)) return true;
        return false;
    });
}

}  // namespace

base::Result<std::string> rewrite_report(std::string_view raw, const Report& report, const Rewrite& rewrite) {
    if (auto error = check(report, rewrite)) return *error;
    auto out = Rewriter(raw, report, rewrite).run();
    if (takes_out(report, rewrite) && !names_only_kept(out, report, rewrite))
        return base::Error{"without the recipients that the message did not have, the report reads as one of further recipients"};
    return out;
}

}  // namespace crmrelay::bounce
