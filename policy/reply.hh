// SPDX-License-Identifier: BSD-2-Clause
//
// What a client is told: a refusal for good or for now. The class of its code and of its enhanced code (RFC 3463) cannot disagree,
// and the stable reason stands in brackets at its end.
#pragma once

#include <string>
#include <string_view>

namespace crmrelay::policy {

class Reply {
public:
    enum class Class { temporary = 4, permanent = 5 };

    // `detail` is the enhanced code without its class: "7.1". `reason` is the stable word in brackets: "network".
    static Reply permanent(std::string_view detail, std::string_view reason, std::string_view words);
    static Reply temporary(std::string_view detail, std::string_view reason, std::string_view words);

    // From another process' answer; the code's own class counts.
    static Reply from_parts(Class reply_class, std::string_view detail, std::string_view text);

    // The same with another code of its class, such as 450; what is no such code changes nothing.
    Reply with_code(int code) const;

    bool is_temporary() const { return class_ == Class::temporary; }
    int code() const { return code_; }
    std::string enhanced() const { return (is_temporary() ? "4." : "5.") + detail_; }
    const std::string& detail() const { return detail_; }
    const std::string& text() const { return text_; }          // "example.com: … [crmrelay:network]", one printable line
    std::string_view reason() const;                           // "network"; empty where the text ends without one
    std::string line() const;                                  // "550 5.7.1 example.com: …"

private:
    Reply(Class reply_class, std::string_view detail, std::string text);

    Class class_;
    int code_;   // 451 or 550 where no other was asked for
    std::string detail_;
    std::string text_;
};

}  // namespace crmrelay::policy
