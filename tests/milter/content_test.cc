// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of milter/content.cc and milter/dkim_settings.cc: whose keys sign which message, what the signature covers, what is verified.
#include "milter/content.hh"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/milter/dkim_fixture.hh"
#include "tests/milter/fake_policyd.hh"

namespace {

using namespace crmrelay;
using namespace crmrelay::milter;
using namespace crmrelay::milter::test;
using Fields = std::vector<std::pair<std::string, std::string>>;

const Fields kMessage = {{"Received", "from crm"}, {"From", "Sales <sales@example.com>"}, {"Subject", "a\n folded one"}, {"X-Leak", "1"}};

conf::Domain domain(const std::string& name, std::vector<std::string> also = {}) {
    conf::Domain out;
    out.name = name;
    out.also = std::move(also);
    return out;
}

// example.com signs with two keys, signed.test verifies, plain.test does neither.
struct Setting {
    Folder folder;
    Keys keys;
    conf::Config config;

    Setting() {
        config.domains = {domain("example.com", {".mail.example.com"}), domain("plain.test"), domain("signed.test")};
        config.by_name = {{"example.com", 0}, {"plain.test", 1}, {"signed.test", 2}};
        config.by_suffix = {{"mail.example.com", 0}};
        conf::DkimSigning dkim;
        dkim.sign = conf::DkimSigning::Sign::always;
        dkim.keys = {{"r1", write("r1", pem_of(keys.first))}, {"e1", write("e1", pem_of(keys.second))}};
        dkim.domain = "example.com";
        config.domains[0].dkim = dkim;
        config.domains[0].remove_headers = {"X-Leak"};
        config.domains[2].require = {{conf::Evidence::network, conf::Evidence::dkim}};
    }
    std::string write(const std::string& name, const std::string& text) {
        const auto path = folder.file(name);
        std::ofstream(path) << text;
        ::chmod(path.c_str(), 0600);
        return path;
    }
    std::shared_ptr<const DkimSettings> settings() { return load_dkim(config, keys.source()).settings; }

    // What a verifier says of `content`'s signatures on top of `message`.
    std::vector<std::string> verified(const std::vector<Signature>& signatures, const Fields& message, const std::string& body) {
        Fields all = message;
        for (const auto& signature : signatures) all.insert(all.begin(), {"DKIM-Signature", signature.value});
        Content content(settings(), false);
        for (const auto& [name, value] : all) content.header(name, value);
        content.end_of_header({}, {});
        content.body(body);
        return content.verify().domains;
    }
};

void feed(Content& content, const Fields& message, const std::string& from, const std::string& body, const Names& removable = {}) {
    LeavingFields leaving;
    for (const auto& [name, value] : message) {
        content.header(name, value);
        leaving.add(name, value, removable);
    }
    content.end_of_header({from}, leaving);
    content.body(body);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(content)

BOOST_FIXTURE_TEST_CASE(whose_keys, Setting) {
    const struct {
        std::vector<std::string> from;
        std::string want_entry;   // empty: nobody's
    } cases[] = {
        {{"Sales <sales@example.com>"}, "example.com"},
        {{"SALES@EXAMPLE.COM"}, "example.com"},
        {{"a@x.mail.example.com, b@example.com"}, "example.com"},
        {{"a@plain.test"}, "plain.test"},
        {{"a@example.com, b@plain.test"}, ""},
        {{"a@example.com", "b@example.com"}, ""},
        {{"a@other.test"}, ""},
        {{"a@sub.example.com"}, ""},
        {{"Group: a@example.com;"}, ""},
        {{}, ""},
    };
    for (const auto& c : cases) {
        const auto* entry = entry_of(config, c.from);
        BOOST_TEST((entry ? entry->name : "") == c.want_entry);
    }
}

BOOST_FIXTURE_TEST_CASE(who_needs_dkim, Setting) {
    const auto full = settings();
    BOOST_REQUIRE(full);
    BOOST_TEST(full->verifies);
    BOOST_TEST(full->signing.size() == 1u);
    for (const auto* name : {"example.com", "EXAMPLE.com", "a.b.example.com", "signed.test", "x.plain.test"}) BOOST_TEST(full->may_align(name), name);
    for (const auto* name : {"salesforce.com", "com", "test", "notexample.com", ""}) BOOST_TEST(!full->may_align(name), name);
    config.domains[2].require.clear();
    BOOST_TEST(!settings()->verifies);              // sign = "always" needs none
    config.domains[0].dkim->sign = conf::DkimSigning::Sign::missing;
    BOOST_TEST(settings()->verifies);
    config.domains[0].dkim->sign = conf::DkimSigning::Sign::never;
    BOOST_TEST(!settings());                        // bodies stay with the MTA
}

BOOST_FIXTURE_TEST_CASE(keys_that_cannot_be_used_are_named, Setting) {
    config.domains[0].dkim->keys[0].path = folder.file("missing.pem");
    write("e1", "no key");
    const auto loaded = load_dkim(config, keys.source());
    BOOST_REQUIRE(loaded.problems.size() == 2u);
    BOOST_TEST(loaded.problems[0].find("missing.pem") != std::string::npos, loaded.problems[0]);
    BOOST_TEST(loaded.problems[0].find("example.com") != std::string::npos);
    BOOST_TEST(loaded.problems[1].find("e1") != std::string::npos, loaded.problems[1]);
    write("e1", pem_of(keys.first));
    config.domains[0].dkim->keys[0].path = folder.file("r1");
    BOOST_TEST(load_dkim(config, keys.source()).problems.size() == 1u);   // two of a kind
}

BOOST_FIXTURE_TEST_CASE(signing, Setting) {
    for (const bool verbatim : {false, true}) {
        Content content(settings(), verbatim);
        Fields message = kMessage;
        if (verbatim)
            for (auto& field : message) field.second.insert(0, " ");
        feed(content, message, "Sales <sales@example.com>", "text\r\n");
        const auto signatures = content.sign("example.com");
        BOOST_REQUIRE_MESSAGE(signatures.ok(), (signatures ? "" : signatures.error()));
        BOOST_REQUIRE(signatures->size() == 2u);
        BOOST_TEST((*signatures)[0].selector == "r1");
        BOOST_TEST((*signatures)[1].selector == "e1");
        for (const auto& one : *signatures) {
            BOOST_TEST(verified({one}, kMessage, "text\r\n").size() == 1u, one.selector);
            BOOST_TEST(verified({one}, kMessage, "texT\r\n").empty(), one.selector);
            BOOST_TEST(!covered_names(one.value).contains("received"));
        }
    }
}

BOOST_FIXTURE_TEST_CASE(what_can_never_be_signed, Setting) {
    const struct {
        const char* what;
        Fields more;
        std::string body;
        bool want_unsignable;
    } cases[] = {{"a message", {}, "text\r\n", false},
                 {"a CR within the body", {}, "te\rxt\r\n", true},
                 {"a CR at its end", {}, "text\r", true},
                 {"a CR within the header", {{"Subject", "one\rtwo"}}, "text\r\n", true}};
    for (const auto& c : cases) {
        Content content(settings(), false);
        Fields message = {{"From", "sales@example.com"}};
        message.insert(message.end(), c.more.begin(), c.more.end());
        feed(content, message, "sales@example.com", c.body);
        BOOST_TEST(content.sign("example.com").ok() != c.want_unsignable, c.what);
        BOOST_TEST(content.unsignable() == c.want_unsignable, c.what);
    }
    Content other(settings(), false);
    feed(other, {{"From", "sales@example.com"}}, "sales@example.com", "text\r\n");
    BOOST_TEST(!other.sign("signed.test").ok());
    BOOST_TEST(!other.unsignable());   // ours to mend
}

BOOST_FIXTURE_TEST_CASE(no_signature_but_by_order, Setting) {
    const struct {
        std::string from, order;
    } cases[] = {{"a@plain.test", "plain.test"}, {"a@plain.test", "example.com"}, {"a@example.com", "plain.test"}, {"a@signed.test", "signed.test"}, {"", "example.com"}};
    for (const auto& c : cases) {
        Content content(settings(), false);
        feed(content, {{"From", c.from}}, c.from, "text\r\n");
        BOOST_TEST(!content.sign(c.order).ok(), c.from << " " << c.order);
    }
}

BOOST_FIXTURE_TEST_CASE(what_leaves_is_not_signed, Setting) {
    config.domains[0].remove_headers = {"X-Leak", "Sender"};
    const struct {
        std::string covered;          // by a signature that is there
        bool want_sender_signed;
    } cases[] = {{"From", false}, {"From:Sender", true}};
    for (const auto& c : cases) {
        Fields message = kMessage;
        message.emplace_back("Sender", "crm@example.com");
        message.emplace_back("DKIM-Signature", "v=1; h=" + c.covered);
        Content content(settings(), false);
        feed(content, message, "sales@example.com", "text\r\n", {"x-leak", "sender"});
        const auto signatures = content.sign("example.com");
        BOOST_REQUIRE_MESSAGE(signatures.ok(), (signatures ? "" : signatures.error()));
        BOOST_TEST(covered_names((*signatures)[0].value).contains("sender") == c.want_sender_signed);
        BOOST_TEST(content.covers("sender") == c.want_sender_signed);
        BOOST_TEST(!content.covers("x-leak"));
        Fields after = message;
        if (!c.want_sender_signed) std::erase_if(after, [](const auto& field) { return field.first == "Sender"; });
        BOOST_TEST(verified(*signatures, after, "text\r\n").size() == 1u);
    }
}

BOOST_FIXTURE_TEST_CASE(beyond_its_caps_nothing_is_signed, Setting) {
    const Fields headers[] = {Fields(kHeaderFields + 1, {"X", "y"}), Fields(50, {"X", std::string(100'000, 'y')}), Fields(kSignedNamesCap / 5, {"Subject", "y"})};
    for (auto header : headers) {
        header.insert(header.begin(), {"From", "sales@example.com"});
        Content content(settings(), false);
        feed(content, header, "sales@example.com", "text\r\n");
        const auto signatures = content.sign("example.com");
        BOOST_REQUIRE(!signatures.ok());
        BOOST_TEST(signatures.error().find("exceed") + signatures.error().find("more than") != 2 * std::string::npos, signatures.error());
    }
}

BOOST_AUTO_TEST_SUITE_END()
