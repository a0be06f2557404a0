// SPDX-License-Identifier: BSD-2-Clause
//
// SMTP by libcurl. It is told no MAIL FROM, which makes it <>. Replies reach us as "headers", so the last of them says what became of
// the mail, whatever error code libcurl makes of it.
#include "report/submit.hh"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <stdexcept>

#include "base/text.hh"
#include "report/curl_global.hh"

namespace crmrelay::report {

namespace {

constexpr std::size_t kRepliesCap = 65536;   // octets of all replies to one mail
constexpr std::size_t kReplyCap = 1024;      // octets of a reply line that are kept
constexpr unsigned kClosing = 221;           // the reply to QUIT, which libcurl says after a refusal
constexpr std::size_t kQueueIdCap = 64;      // a longer word is no queue id

struct EasyDelete {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListDelete {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// What one submission sends and hears.
struct Exchange {
    std::string_view rest;
    std::size_t heard = 0;
    int replies = 0;         // whole ones
    int consents = 0;        // 2xx or 3xx among them
    int code = 0;            // of the last reply line
    std::string last;        // its text
    const std::atomic<bool>* aborted = nullptr;

    static std::size_t read(char* to, std::size_t size, std::size_t count, void* self) {
        auto& rest = static_cast<Exchange*>(self)->rest;
        const std::size_t octets = std::min(size * count, rest.size());
        std::memcpy(to, rest.data(), octets);
        rest.remove_prefix(octets);
        return octets;
    }

    static std::size_t hear(char* line, std::size_t size, std::size_t count, void* self) {
        const std::string_view text(line, size * count);
        return static_cast<Exchange*>(self)->take(text) ? text.size() : 0;
    }

    bool take(std::string_view line) {
        heard += line.size();
        if (heard > kRepliesCap) return false;
        line = base::trim(line);
        const auto number = base::parse_number(line.substr(0, 3));
        if (!number || *number == kClosing) return true;
        code = static_cast<int>(*number);
        last = line.substr(0, kReplyCap);
        if (line.size() > 3 && line[3] == '-') return true;
        ++replies;
        if (code / 100 == 2 || code / 100 == 3) ++consents;
        return true;
    }

    static int look(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return *static_cast<Exchange*>(self)->aborted ? 1 : 0; }
};

bool is_mailbox(std::string_view text) {
    return !text.empty() && text.size() <= 512 && std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) > ' ' && c != 0x7f && c != '<' && c != '>';
    });
}

class SmtpSubmitter : public Submitter {
public:
    explicit SmtpSubmitter(SubmitLimits limits) : limits_(limits) {}

    Submitted submit(const std::string& url, const std::string& recipient, const std::string& mail) override {
        if (!is_mailbox(recipient)) return {Submitted::State::permanent, "", fmt::format("<{}> is no mailbox that SMTP can carry", base::neuter(recipient)), 553};
        const bool reused = easy_ != nullptr;
        Submitted result;
        const bool answered = attempt(url, recipient, mail, result);
        // A kept connection may have died since: that says nothing about the mail or the server.
        if (!answered && reused && !aborted_) {
            rest();
            attempt(url, recipient, mail, result);
        }
        if (result.state != Submitted::State::queued && result.state != Submitted::State::permanent) rest();
        return result;
    }

    void rest() override { easy_.reset(); }
    void abort() override { aborted_ = true; }

private:
    void prepare(Exchange& exchange, const std::string& url, curl_slist* recipients, char* error) {
        if (!easy_) easy_.reset(curl_easy_init());
        CURL* easy = easy_.get();
        if (!easy) throw std::runtime_error("libcurl has no memory");
        curl_easy_reset(easy);   // keeps the connection
        curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp");
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect.count()));
        curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, std::max(1L, static_cast<long>(limits_.total.count() / 1000)));
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limits_.total.count()));
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
        curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, recipients);
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(exchange.rest.size()));
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, &Exchange::read);
        curl_easy_setopt(easy, CURLOPT_READDATA, &exchange);
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Exchange::hear);
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
        curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &Exchange::look);
        curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &exchange);
    }

    // False where the server said nothing at all.
    bool attempt(const std::string& url, const std::string& recipient, const std::string& mail, Submitted& result) {
        char error[CURL_ERROR_SIZE] = "";
        Exchange exchange;
        exchange.rest = mail;
        exchange.aborted = &aborted_;
        const std::unique_ptr<curl_slist, ListDelete> recipients(curl_slist_append(nullptr, recipient.c_str()));
        prepare(exchange, url, recipients.get(), error);
        const CURLcode code = curl_easy_perform(easy_.get());
        long connects = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_NUM_CONNECTS, &connects);
        result = judge(code, exchange, connects > 0, error);
        return exchange.replies > 0;
    }

    Submitted judge(CURLcode code, const Exchange& exchange, bool connected_anew, const char* error) const {
        using State = Submitted::State;
        const std::string heard = base::neuter(exchange.last, kReplyCap);
        if (code == CURLE_OK) return {State::queued, queue_id_in(exchange.last), heard, exchange.code};
        const bool refused = exchange.code / 100 == 5, put_off = exchange.code / 100 == 4;
        const std::string cause = refused || put_off ? heard : fmt::format("{}{}", error[0] ? error : curl_easy_strerror(code), heard.empty() ? "" : " after \"" + heard + "\"");
        // Greeting, EHLO and 421 speak for the whole server, and so does a connection that never was.
        if (exchange.replies == 0 || exchange.code == 421 || (connected_anew && exchange.consents < 2)) return {State::unreachable, "", cause, exchange.code};
        return {refused ? State::permanent : State::temporary, "", cause, exchange.code};
    }

    const SubmitLimits limits_;
    CurlGlobal global_;
    std::unique_ptr<CURL, EasyDelete> easy_;
    std::atomic<bool> aborted_{false};
};

}  // namespace

std::unique_ptr<Submitter> make_smtp_submitter(SubmitLimits limits) { return std::make_unique<SmtpSubmitter>(limits); }

std::string queue_id_in(std::string_view reply) {
    constexpr std::string_view kMark = "queued as ";
    const auto at = reply.find(kMark);
    if (at == std::string_view::npos) return {};
    auto word = reply.substr(at + kMark.size());
    word = word.substr(0, word.find_first_of(" \t\r\n"));
    const bool plain = std::all_of(word.begin(), word.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
    return plain && word.size() <= kQueueIdCap ? std::string(word) : std::string();
}

}  // namespace crmrelay::report
