// SPDX-License-Identifier: BSD-2-Clause
//
// The legs, one after the other; the first that fails is the last. What the probe left behind is taken out again.
#include "ctl/round_trip.hh"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/crypto.hh"
#include "base/text.hh"
#include "ctl/smtp_client.hh"

namespace crmrelay::ctl {

namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds kHomeWithin{90}, kHandedBackWithin{60}, kGoneWithin{60};
constexpr std::chrono::milliseconds kLookEvery{200};
const std::string kRecipient = "nobody@" + std::string(store::kProbeDomain);   // RFC 2606: no such host, anywhere

// The messages in Postfix's queue; nothing where it cannot be asked.
std::optional<std::vector<Json>> queue_of(const Postfix& postfix) {
    const auto ran = postfix.run_command({"postqueue", "-j"});
    if (ran.status != 0) return std::nullopt;
    std::vector<Json> out;
    for (const auto line : base::split(ran.out, '\n')) {
        auto message = Json::parse(line, nullptr, false);
        if (message.is_object()) out.push_back(std::move(message));
    }
    return out;
}

std::string text_in(const Json& object, const char* name) {
    const auto at = object.find(name);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

bool concerns(const Json& message, const std::string& address) {
    if (base::iequals(text_in(message, "sender"), address)) return true;
    const auto recipients = message.find("recipients");
    return recipients != message.end() && recipients->is_array() &&
           std::ranges::any_of(*recipients, [&](const Json& recipient) { return recipient.is_object() && base::iequals(text_in(recipient, "address"), address); });
}

std::optional<base::Endpoint> endpoint_of(std::string url) {
    url.erase(0, url.find("//") + 2);
    const auto colon = url.rfind(':');
    const auto port = colon == std::string::npos ? 0 : base::parse_number(std::string_view(url).substr(colon + 1)).value_or(0);
    auto host = url.substr(0, colon);
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = "127.0.0.1";
    if (port == 0 || port > 65535 || !base::IpAddress::parse(host)) return std::nullopt;
    base::Endpoint out;
    out.is_unix = false;
    out.host = host;
    out.port = static_cast<std::uint16_t>(port);
    return out;
}

}  // namespace

RoundTrip::RoundTrip(const Examination& about, const conf::Domain& domain, const policy::TokenKeys& keys, std::string hand_back, const std::function<void(Finding)>& say)
    : tr(about.scene.tr), about_(about), domain_(domain), keys_(keys), hand_back_(std::move(hand_back)), say_(say), began_(Clock::now()) {}

void RoundTrip::run() {
    try {
        if (record() && judge() && submit() && come_home() && hand_back()) leave();
    } catch (const std::exception& e) {
        failed(e.what());
    }
    clean_up();
}

std::string RoundTrip::address() const { return domain_.return_path->address(token_); }

void RoundTrip::passed(std::string what) {
    const std::chrono::duration<double> took = Clock::now() - began_;
    say_({Level::ok, fmt::format("{} ({:.2f} s)", what, took.count()), "", domain_.name, "round-trip"});
    began_ = Clock::now();
}

bool RoundTrip::failed(std::string what, std::string mend, Level level) {
    say_({level, std::move(what), std::move(mend), domain_.name, "round-trip"});
    return false;
}

bool RoundTrip::record() {
    const auto now = base::now();
    token_ = keys_.make(now, base::random_octets(8), domain_.return_path->domain);
    store::Message message;
    message.token = token_;
    message.relayed_at = now;
    message.message_id = fmt::format("<{}@{}>", token_, store::kProbeDomain);
    message.sender = hand_back_;
    message.from = "doctor@" + domain_.name;
    message.client = "127.0.0.1";
    message.recipients = {{kRecipient, "", ""}};
    about_.store->record_probe(std::move(message));
    passed(tr("round trip 1: a record is made, its return path is {address}", "address"_a = address()));
    return true;
}

// As a remote server would bring the bounce: the return path is known, and a forged one is not.
bool RoundTrip::judge() {
    const auto endpoint = endpoint_of(about_.scene.config.service.submit);
    if (!endpoint) return true;
    SmtpClient client(*endpoint, false, "localhost");
    client.command("EHLO doctor.localhost");
    client.command("MAIL FROM:<>");
    const auto genuine = client.command(fmt::format("RCPT TO:<{}>", address()));
    auto forged = token_;
    forged.back() = forged.back() == 'a' ? 'b' : 'a';
    const auto refused = client.command(fmt::format("RCPT TO:<{}>", domain_.return_path->address(forged)));
    client.command("QUIT");
    if (!genuine.is(2))
        return failed(tr("round trip 2: Postfix does not take mail to the return path: {reply}", "reply"_a = genuine.text()),
                      genuine.is(4) ? about_.scene.mend.start("crmrelay-policyd") : about_.scene.mend.apply(shares_milter(about_.scene.config, *about_.scene.state)));
    if (refused.is(2))
        return failed(tr("round trip 2: Postfix takes mail to a forged return path: crmrelay-policyd is not asked"), about_.scene.mend.apply(shares_milter(about_.scene.config, *about_.scene.state)));
    passed(tr("round trip 2: Postfix takes mail to this return path, and refuses a forged one"));
    return true;
}

bool RoundTrip::submit() {
    const auto& state = *about_.scene.state;
    const auto mail = fmt::format("From: doctor@{0}\nTo: {1}\nSubject: crmrelayctl doctor --round-trip\nMessage-ID: <{2}@{3}>\nDate: {4}\nAuto-Submitted: auto-generated\n\n"
                                  "A probe of crmrelayctl doctor: it cannot be delivered, and its bounce is to come home.\n",
                                  domain_.name, kRecipient, token_, store::kProbeDomain, base::rfc5322_date(base::now()));
    const auto ran = crmrelay::ctl::run({state.expanded.at("sendmail_path"), "-C", state.directory, "-i", "-f", address(), "-V", token_, "--", kRecipient}, mail);
    if (ran.status != 0) return failed(tr("round trip 3: sendmail does not take the probe: {error}", "error"_a = base::trim(ran.error)), about_.scene.postfix.command("postfix") + " start");
    passed(tr("round trip 3: Postfix has taken a probe to {recipient}", "recipient"_a = kRecipient));
    return true;
}

bool RoundTrip::come_home() {
    const auto deadline = Clock::now() + kHomeWithin;
    while (Clock::now() < deadline) {
        for (const auto& event : about_.store->events_of(token_)) {
            if (event.type != "bounce") continue;
            passed(tr("round trip 4: its bounce came home: {status} {diagnostic} (found by {way})", "status"_a = event.status, "diagnostic"_a = event.diagnostic, "way"_a = event.matched_by));
            return true;
        }
        if (const auto reason = deferred_reason(""); !reason.empty())
            return failed(tr("round trip 4: it waits in Postfix's queue: {reason}", "reason"_a = reason),
                          reason.find("bounce.sock") != std::string::npos || reason.find("lmtp") != std::string::npos ? about_.scene.mend.start("crmrelay-bounced") : "");
        std::this_thread::sleep_for(kLookEvery);
    }
    return failed(tr("round trip 4: no bounce came home within {seconds} seconds; Postfix's log tells where it went", "seconds"_a = kHomeWithin.count()),
                  about_.scene.mend.apply(shares_milter(about_.scene.config, *about_.scene.state)));
}

bool RoundTrip::hand_back() {
    const auto deadline = Clock::now() + kHandedBackWithin;
    std::string error;
    while (Clock::now() < deadline) {
        const auto rows = about_.store->outgoing_of(token_);
        const auto row = std::ranges::find(rows, store::Outgoing::Kind::handback, &store::Outgoing::kind);
        if (row == rows.end()) return failed(tr("round trip 5: no hand-back was made: `bounces` of this return path says so"), "", Level::warn);
        handback_id_ = row->queue_id;
        if (row->state == store::Outgoing::State::queued || row->state == store::Outgoing::State::failed) {
            passed(tr("round trip 5: the hand-back to {address} is in Postfix's queue as {id}", "address"_a = row->recipient, "id"_a = handback_id_));
            keep_ = true;
            return true;
        }
        error = row->last_error;
        std::this_thread::sleep_for(kLookEvery);
    }
    return failed(tr("round trip 5: the hand-back does not get into Postfix ({url}): {error}", "url"_a = about_.scene.config.service.submit, "error"_a = error), about_.scene.mend.start("crmrelay-bounced"));
}

// Delivered, or handed on: a refusal would have come to 2bounce@ and failed the row.
bool RoundTrip::leave() {
    const auto deadline = Clock::now() + kGoneWithin;
    while (Clock::now() < deadline) {
        const auto rows = about_.store->outgoing_of(token_);
        const auto row = std::ranges::find(rows, store::Outgoing::Kind::handback, &store::Outgoing::kind);
        if (row != rows.end() && row->state == store::Outgoing::State::failed) {
            keep_ = false;
            return failed(tr("round trip 6: the hand-back to {address} was refused: {error}", "address"_a = row->recipient, "error"_a = row->last_error), tr("name a mailbox that takes mail: --hand-back-to ADDRESS"));
        }
        const auto queued = is_queued(handback_id_);
        if (queued && !*queued) {
            keep_ = false;
            passed(tr("round trip 6: the hand-back has left Postfix's queue"));
            return true;
        }
        if (const auto reason = deferred_reason(handback_id_); !reason.empty())
            return failed(tr("round trip 6: the hand-back waits in Postfix's queue: {reason}", "reason"_a = reason), "", Level::warn);
        std::this_thread::sleep_for(kLookEvery);
    }
    return failed(tr("round trip 6: the hand-back is still in Postfix's queue after {seconds} seconds", "seconds"_a = kGoneWithin.count()), "", Level::warn);
}

// A record whose hand-back may still be refused stays until then: retain_days takes it away.
void RoundTrip::clean_up() {
    for (const auto& id : own_queue_ids()) about_.scene.postfix.run_command({"postsuper", "-d", id});
    if (!keep_) try {
            about_.store->erase_probe(token_);
        } catch (const std::exception& e) {
            failed(e.what());
        }
}

std::string RoundTrip::deferred_reason(const std::string& queue_id) const {
    const auto queue = queue_of(about_.scene.postfix);
    if (!queue) return {};
    for (const auto& message : *queue) {
        const bool ours = queue_id.empty() ? concerns(message, address()) : text_in(message, "queue_id") == queue_id;
        if (!ours || text_in(message, "queue_name") != "deferred") continue;
        const auto recipients = message.find("recipients");
        if (recipients != message.end() && recipients->is_array() && !recipients->empty()) return text_in(recipients->front(), "delay_reason");
    }
    return {};
}

std::optional<bool> RoundTrip::is_queued(const std::string& queue_id) const {
    const auto queue = queue_of(about_.scene.postfix);
    if (!queue) return std::nullopt;
    return std::ranges::any_of(*queue, [&](const Json& message) { return text_in(message, "queue_id") == queue_id; });
}

std::vector<std::string> RoundTrip::own_queue_ids() const {
    std::vector<std::string> out;
    if (const auto queue = queue_of(about_.scene.postfix); queue && !token_.empty())
        for (const auto& message : *queue)
            if (concerns(message, address())) out.push_back(text_in(message, "queue_id"));
    return out;
}

}  // namespace crmrelay::ctl
