// SPDX-License-Identifier: BSD-2-Clause
//
// The key webhook, and the steps of retries.
#include "conf/webhook_reader.hh"

#include "tests/conf/check.hh"

using namespace crmrelay::conf;
using tests::check;
using tests::domain;
using tests::in_a_row;
using tests::load_text;

namespace {

const std::string kBoth = R"(url = "https://h.test/x", secret = "/s")";

std::optional<Webhook> read(const std::string& keys) { return load_text(domain("webhook = { " + keys + " }")).domains.at(0).webhook; }

std::string events_of(const Webhook& webhook) {
    return in_a_row(webhook.events, [](const auto& event) { return event; });
}

// One problem, at the place of `at` in the line.
void mind(const std::string& keys, const std::string& at, const char* want) {
    const std::string line = "webhook = { " + keys + " }";
    check({{domain(line), {{2, static_cast<int>(line.find(at)) + 1, want}}}});
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_webhook) {
    BOOST_TEST(!load_text(domain("")).domains.at(0).webhook.has_value());
    const auto usual = read(kBoth);
    BOOST_REQUIRE(usual.has_value());
    BOOST_TEST(usual->url == "https://h.test/x");
    BOOST_TEST(usual->secret == "/s");
    BOOST_TEST((usual->format == Webhook::Format::standard));
    BOOST_TEST(events_of(*usual) == "bounce delay complaint autoreply suspended resumed");
    BOOST_TEST(!usual->headers.has_value());
    BOOST_TEST(!usual->private_addresses);
    BOOST_TEST(usual->connections == 8);
    BOOST_TEST(usual->connect_timeout == 10);
    BOOST_TEST(usual->timeout == 30);
    BOOST_TEST((usual->wants("bounce") && !usual->wants("delivered")));

    const auto all = read(R"(url = "http://[::1]:8080/x?a=1", secret = "/s", format = "mailgun", events = ["delivered"], headers = ["X-A"], private_addresses = true, )"
                          R"(ca = "/ca.pem", proxy = "http://proxy.test:3128", connections = 64, connect_timeout = 2, timeout = 300)");
    BOOST_TEST((all->format == Webhook::Format::mailgun));
    BOOST_TEST(events_of(*all) == "delivered");
    BOOST_TEST(all->headers->front() == "X-A");
    BOOST_TEST(all->private_addresses);
    BOOST_TEST(all->ca == "/ca.pem");
    BOOST_TEST(all->proxy == "http://proxy.test:3128");
    BOOST_TEST(all->connections == 64);
    BOOST_TEST(all->connect_timeout == 2);
    BOOST_TEST(all->timeout == 300);
    BOOST_TEST(events_of(*read(kBoth + ", format = \"mailgun\"")) == "bounce delay complaint");
    BOOST_TEST(read(kBoth + ", timeout = 3")->connect_timeout == 3);
    BOOST_TEST(!read("events = []").has_value());
}

BOOST_AUTO_TEST_CASE(bad_webhooks) {
    check({{domain("webhook = \"x\""), {{2, 11, "webhook is a string; write { url = "}}}, {domain("webhook = {}"), {{2, 11, "webhook: url is missing"}}}});
    mind("url = \"https://h.test\"", "{ url", "webhook: secret is missing");
    const auto bad_url = [](const std::string& url, const char* want) { mind("url = \"" + url + "\", secret = \"/s\"", "\"" + url, want); };
    bad_url("ftp://h.test/", "does not begin with https://");
    bad_url("https://u:p@h.test/", "a name and password stand in it");
    bad_url("https:///x", "its host and port are none");
    bad_url("https://h.test:0/", "its host and port are none");
    bad_url("https://h.test:65536/", "its host and port are none");
    bad_url("https://h_t/", "its host and port are none");
    bad_url("https://::1/", "its host and port are none");
    bad_url("https://h.test/#x", "a fragment");
    bad_url("https://h.test/a b", "percent-encode");
    bad_url("http://h.test/", "hides nothing on its way");
    mind("url = \"https://h.test/\", secret = \"s\"", "\"s\"", "no absolute path");
    mind(kBoth + ", format = \"slack\"", "\"slack\"", "format is \"slack\"");
    mind(kBoth + ", events = [\"bounced\"]", "\"bounced\"", "\"bounced\" is no type of event");
    mind(kBoth + ", events = [\"suspended\"], format = \"mailgun\"", "[\"susp", "Mailgun's webhooks have no \"suspended\"");
    mind(kBoth + ", private_addresses = 1", "1 }", "private_addresses is a whole number");
    mind(kBoth + ", proxy = \"socks5://p:1\"", "\"socks", "write \"http://HOST:PORT\"");
    mind(kBoth + ", connections = 65", "65", "from 1 to 64");
    mind(kBoth + ", timeout = 0", "0 }", "from 1 to 300");
    mind(kBoth + ", timeout = 5, connect_timeout = 6", "6 }", "connect_timeout (6) is longer than timeout (5)");
    mind(kBoth + ", headers = [\"a b\"]", "\"a b\"", "no header name");
    mind(kBoth + ", urll = \"x\"", "urll", "did you mean \"url\"?");
}

BOOST_AUTO_TEST_CASE(a_default_and_an_exception) {
    const auto config = load_text("[defaults]\nwebhook = { " + kBoth + " }\n" + domain("") + "\n" + "[domain.\"f.com\"]\nrequire = [\"login\"]\nlogins = [\"a@f.com\"]\nreturn_path = \"{token}@r.f\"\n"
                                  "admins = [\"a@f.com\"]\nwebhook = { events = [] }\n");
    BOOST_TEST(config.domains.at(0).webhook.has_value());
    BOOST_TEST(!config.domains.at(1).webhook.has_value());
}

BOOST_AUTO_TEST_CASE(steps_of_retries) {
    const auto service = [](const std::string& lines) { return "[service]\n" + lines + "\n" + domain(""); };
    const std::vector<int> usual = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400}, short_ones = {1, 2};
    BOOST_TEST(load_text(domain("")).service.retry_after == usual, boost::test_tools::per_element());
    const auto changed = load_text(service("retry_after = [1, 2]\nretry_for = 60")).service;
    BOOST_TEST(changed.retry_after == short_ones, boost::test_tools::per_element());
    BOOST_TEST(changed.retry_for == 60);
    check({
        {service("retry_after = 5"), {{2, 15, "retry_after is a whole number; write a list of seconds"}}},
        {service("retry_after = []"), {{2, 15, "retry_after holds 0 steps"}}},
        {service("retry_after = [0]"), {{2, 16, "from 1 to 604800"}}},
        {service("retry_for = 59"), {{2, 13, "from 60 to 2592000"}}},
    });
}
