// SPDX-License-Identifier: BSD-2-Clause
//
// Reads replies line by line, over a socket or over OpenSSL.
#include "ctl/smtp_client.hh"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <cerrno>
#include <ctime>
#include <stdexcept>
#include <system_error>

#include "base/text.hh"

namespace crmrelay::ctl {

namespace {

constexpr std::size_t kNamesCap = 100;   // of a certificate

struct ContextDelete {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct SslDelete {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};
struct X509Delete {
    void operator()(X509* certificate) const { X509_free(certificate); }
};
struct NamesDelete {
    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::string openssl_error() {
    const auto code = ERR_get_error();
    const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    return reason ? reason : "the connection broke";
}

base::Seconds seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? ::timegm(&parts) : 0;
}

std::vector<std::string> names_of(X509* certificate) {
    std::vector<std::string> out;
    const std::unique_ptr<GENERAL_NAMES, NamesDelete> names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()) && out.size() < kNamesCap; ++i) {
        const auto* const name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS) continue;
        const auto* const text = ASN1_STRING_get0_data(name->d.dNSName);
        out.emplace_back(reinterpret_cast<const char*>(text), static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    }
    char common[256] = "";
    if (out.empty() && X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, common, sizeof common) > 0) out.emplace_back(common);
    return out;
}

}  // namespace

std::string SmtpReply::text() const { return fmt::format("{} {}", code, lines.empty() ? "" : lines.back()); }

std::optional<std::string> SmtpReply::offer(std::string_view keyword) const {
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const auto end = lines[i].find_first_of(" =");
        if (base::iequals(std::string_view(lines[i]).substr(0, end), keyword)) return end == std::string::npos ? "" : lines[i].substr(end + 1);
    }
    return std::nullopt;
}

class SmtpClient::Impl {
public:
    Impl(const base::Endpoint& server, std::string name) : socket(base::connect_to(server, kSmtpSeconds)), name_(std::move(name)) {}

    void handshake() {
        context_.reset(SSL_CTX_new(TLS_client_method()));
        if (!context_) throw std::runtime_error(openssl_error());
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
        SSL_CTX_set_mode(context_.get(), SSL_MODE_AUTO_RETRY);
        ssl_.reset(SSL_new(context_.get()));
        if (!ssl_ || SSL_set_fd(ssl_.get(), socket.get()) != 1) throw std::runtime_error(openssl_error());
        SSL_set_tlsext_host_name(ssl_.get(), name_.c_str());
        if (SSL_connect(ssl_.get()) != 1) {
            ssl_.reset();
            throw std::runtime_error(openssl_error());
        }
        const std::unique_ptr<X509, X509Delete> shown(SSL_get1_peer_certificate(ssl_.get()));
        if (!shown) return;
        certificate = ServerCertificate{names_of(shown.get()), X509_check_host(shown.get(), name_.data(), name_.size(), 0, nullptr) == 1,
                                        seconds_of(X509_get0_notBefore(shown.get())), seconds_of(X509_get0_notAfter(shown.get()))};
    }

    void write(std::string_view text) {
        while (!text.empty()) {
            const auto count = ssl_ ? SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()))
                                    : static_cast<int>(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL));
            if (count <= 0) throw std::runtime_error(ssl_ ? openssl_error() : std::generic_category().message(errno));
            text.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    std::string read_line() {
        for (;;) {
            if (const auto end = buffer_.find('\n'); end != std::string::npos) {
                std::string line(base::trim(std::string_view(buffer_).substr(0, end)));
                buffer_.erase(0, end + 1);
                return line;
            }
            char some[4096];
            errno = 0;
            const auto count = ssl_ ? SSL_read(ssl_.get(), some, sizeof some) : static_cast<int>(::recv(socket.get(), some, sizeof some, 0));
            if (count <= 0) throw std::runtime_error(errno == EAGAIN ? fmt::format("no answer within {} seconds", kSmtpSeconds) : "the server closed the connection");
            buffer_.append(some, static_cast<std::size_t>(count));
            if (buffer_.size() > kSmtpReplyCap) throw std::runtime_error("an answer without end");
        }
    }

    SmtpReply read_reply() {
        SmtpReply out;
        std::size_t octets = 0;
        for (bool more = true; more;) {
            const auto line = read_line();
            octets += line.size();
            const auto code = base::parse_number(std::string_view(line).substr(0, 3));
            if (!code || *code < 200 || *code > 599 || octets > kSmtpReplyCap) throw std::runtime_error(fmt::format("no answer of SMTP: {}", base::neuter(line, 100)));
            out.code = static_cast<int>(*code);
            out.lines.push_back(line.size() > 4 ? line.substr(4) : "");
            more = line.size() > 3 && line[3] == '-';
        }
        return out;
    }

    base::Fd socket;
    std::optional<ServerCertificate> certificate;
    SmtpReply greeting;

private:
    std::string name_, buffer_;
    std::unique_ptr<SSL_CTX, ContextDelete> context_;
    std::unique_ptr<SSL, SslDelete> ssl_;
};

SmtpClient::SmtpClient(const base::Endpoint& server, bool implicit_tls, const std::string& name) : impl_(std::make_unique<Impl>(server, name)) {
    if (implicit_tls) impl_->handshake();
    impl_->greeting = impl_->read_reply();
}

SmtpClient::~SmtpClient() = default;

const SmtpReply& SmtpClient::greeting() const { return impl_->greeting; }

SmtpReply SmtpClient::command(std::string_view line) {
    impl_->write(std::string(line) + "\r\n");
    return impl_->read_reply();
}

void SmtpClient::start_tls() { impl_->handshake(); }

const std::optional<ServerCertificate>& SmtpClient::certificate() const { return impl_->certificate; }

}  // namespace crmrelay::ctl
