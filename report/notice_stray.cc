// SPDX-License-Identifier: BSD-2-Clause
//
// Mail at a bounce address that leads to nothing for the CRM, or to nothing at all: it is attached as it came.
#include "report/notice_texts.hh"

namespace crmrelay::report {

namespace {

struct Words {
    std::string subject, explanation;
};

Words words_of(const base::Translation& tr, Stray stray) {
    switch (stray) {
        case Stray::hops:
            return {tr("{domain}: a message goes round"), tr("A message came to a bounce address that crmrelay had passed on several times. It is not passed on again.")};
        case Stray::forward_limit:
            return {tr("{domain}: a bounce address gets more mail than forward_limit"),
                    tr("More mail that is no report about a message of ours came to a bounce address today than forward_limit lets pass. What comes beyond it is logged (dropped, forward-limit) and "
                       "goes nowhere until tomorrow. The message attached is the first of these.")};
        case Stray::no_match:
            return {tr("{domain}: a delivery report that matches nothing"),
                    tr("A delivery report came to a bounce address, and names no recipient of a message that crmrelay relayed: it may be forged, about mail that is older than retain_days, or about a "
                       "forwarded copy. The CRM was not told.")};
        case Stray::no_handback:
            return {tr("{domain}: a delivery report that cannot be handed back"),
                    tr("A delivery report could not be written for the CRM: {detail}. The CRM was not told by mail; the failure is recorded, see `crmrelayctl bounces`.")};
        case Stray::loop:
            return {tr("{domain}: a delivery report that would come back here"),
                    tr("The return path that the CRM used, <{detail}>, is itself a bounce address of crmrelay, so that nothing can be handed back to it. Give the CRM another return path, or set "
                       "bounces = \"address:…\" for this domain.")};
        case Stray::archive:
            return {tr("{domain}: a copy for the archive was not delivered"),
                    tr("The copy of a relayed message for the archive, {detail}, was not delivered; the message itself is not concerned. Further ones are in the log and in "
                       "`crmrelayctl bounces --all`. See whether that mailbox takes mail, or mend the domain's archive setting.")};
    }
    return {};
}

}  // namespace

std::string_view name_of(Stray stray) {
    switch (stray) {
        case Stray::hops: return "hops";
        case Stray::forward_limit: return "forward-limit";
        case Stray::no_match: return "no-match";
        case Stray::no_handback: return "no-handback";
        case Stray::loop: return "loop";
        case Stray::archive: return "archive";
    }
    return "unknown";
}

NoticeText stray_text(const Wording& w, Stray stray, const StrayMail& mail) {
    const auto& tr = w.tr;
    const auto words = words_of(tr, stray);
    const auto say = [&](const std::string& text) {
        return filled(text, fmt::arg("domain", mail.domain), fmt::arg("detail", mail.detail), fmt::arg("recipient", mail.recipient), fmt::arg("sender", mail.sender));
    };
    NoticeText out;
    out.subject = say(words.subject);
    out.paragraphs = {say(words.explanation), say(tr("It was sent to {recipient} from <{sender}>, and is attached as it came."))};
    if (mail.truncated) out.paragraphs.push_back(tr("It was longer than bounce_size_limit: its end is missing."));
    out.attached = mail.message;
    out.hops = mail.hops;
    return out;
}

}  // namespace crmrelay::report
