// SPDX-License-Identifier: BSD-2-Clause
//
// What presets offer, and which of it is free in a master.cf. What the commands print of it stands in postfix_test.cc.
#include "ctl/crm_ports.hh"

#include <boost/test/unit_test.hpp>

namespace crmrelay::ctl {

namespace {

conf::Config config_with(const std::vector<std::string>& presets) {
    conf::Config config;
    config.service.presets = CRMRELAY_SRCDIR "/conf/crm";
    for (const auto& preset : presets) {
        conf::Domain domain;
        domain.crm = preset;
        config.domains.push_back(std::move(domain));
    }
    return config;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(crm_ports)

BOOST_AUTO_TEST_CASE(offers) {
    const struct {
        std::vector<std::string> presets;
        std::vector<int> ports;
        const char* want;   // empty: nothing to say
    } cases[] = {
        {{"zoho"}, {10587}, "Zoho CRM: 25, 465, 587"},
        {{"zoho"}, {10587, 587}, ""},
        {{"zoho"}, {}, ""},
        {{"zoho", "zoho", ""}, {10587}, "Zoho CRM: 25, 465, 587"},
        {{"zoho", "google"}, {10587}, ""},                               // the other domain's CRM can use it
        {{"google"}, {26}, "25, 587, 1024-65535"},
        {{"generic", ""}, {10587}, ""},                                  // no ports are known
        {{"absent"}, {10587}, ""},
    };
    for (const auto& c : cases) {
        const auto offered = other_ports_offered(config_with(c.presets), c.ports);
        BOOST_TEST(offered.has_value() == (*c.want != 0), c.want);
        if (offered && *c.want) BOOST_TEST(offered->words.ends_with(c.want), offered->words);
    }
}

BOOST_AUTO_TEST_CASE(the_first_that_is_free) {
    PostfixState state;
    for (const char* parameter : {"known_tcp_ports", "master_service_disable"}) state.expanded[parameter];
    state.expanded["queue_directory"] = "/var/spool/postfix";
    const auto config = config_with({"zoho"});
    const auto offered = other_ports_offered(config, {10587});
    BOOST_REQUIRE(offered.has_value());
    const struct {
        const char* name;   // one service more
        std::optional<int> want;
    } cases[] = {{"smtp", 465}, {"submissions", 587}, {"submission", std::nullopt}};
    BOOST_TEST((free_port(config, state, *offered) == 25));
    for (const auto& c : cases) {
        MasterService service;
        service.name = c.name;
        service.type = "inet";
        service.command = "smtpd";
        state.services.push_back(std::move(service));
        BOOST_TEST((free_port(config, state, *offered) == c.want), c.name);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
