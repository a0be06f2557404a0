// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of ctl/advice.cc: every reason that a client may be told has its advice, and the texts hold only fields that are filled.
#include "ctl/advice.hh"

#include <boost/test/unit_test.hpp>
#include <fmt/args.h>

#include <regex>
#include <set>
#include <string>

namespace crmrelay::ctl {

BOOST_AUTO_TEST_SUITE(advice)

BOOST_AUTO_TEST_CASE(every_reason) {
    for (const char* reason : {"network", "login", "tls", "certificate", "tenant", "dkim", "from", "limit", "suspended", "bounce-address", "unavailable", "password"})
        BOOST_TEST((advice_on(reason) != nullptr), reason);
    BOOST_TEST((advice_on("") == nullptr));
    BOOST_TEST((advice_on("weather") == nullptr));
    BOOST_TEST(all_advice().size() == 12U);
}

BOOST_AUTO_TEST_CASE(says_something_of_each) {
    const std::set<std::string> known = {"{domain}", "{client}", "{login}", "{from}", "{crm}"};
    const std::regex field(R"(\{[^}]*\})");
    for (const auto& advice : all_advice())
        BOOST_TEST_CONTEXT(advice.reason) {
            BOOST_TEST(!advice.causes.empty());
            BOOST_TEST(!advice.steps.empty());
            bool any = false;
            std::vector<std::string> texts{advice.title, advice.meaning};
            texts.insert(texts.end(), advice.causes.begin(), advice.causes.end());
            for (const auto& step : advice.steps) {
                any = any || *step.command;
                texts.insert(texts.end(), {step.what, step.command});
            }
            BOOST_TEST(any);   // what to do has a command
            for (const auto& text : texts)
                for (std::sregex_iterator at(text.begin(), text.end(), field), end; at != end; ++at) BOOST_TEST(known.contains(at->str()), text);
        }
}

BOOST_AUTO_TEST_CASE(the_guides_words) {
    const struct {
        const char* reason;
        std::vector<const char*> want;
    } cases[] = {
        {"password", {"check the password", "app password", "whitelisted", "crmrelayctl login add {login}"}},
        {"network", {"whitelist the CRM's addresses", "settings are per domain"}},
        {"from", {"every domain needs its own", "Add the domain"}},
        {"suspended", {"until the next day", "from its own servers meanwhile", "crmrelayctl resume {domain}"}},
        {"bounce-address", {"bounce management", "return address"}},
    };
    for (const auto& c : cases) {
        const auto* advice = advice_on(c.reason);
        BOOST_REQUIRE(advice);
        std::string all = advice->meaning;
        for (const auto* cause : advice->causes) all.append("\n").append(cause);
        for (const auto& step : advice->steps) all.append("\n").append(step.what).append("\n").append(step.command);
        for (const auto* want : c.want) BOOST_TEST(all.find(want) != std::string::npos, c.reason << ": " << want);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
