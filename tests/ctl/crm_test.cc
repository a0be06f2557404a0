// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl crm lists presets and explains each that is shipped.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/ctl/support.hh"

namespace crmrelay::ctl {

namespace {

using Json = nlohmann::json;

const std::string kShipped = CRMRELAY_SRCDIR "/conf/crm";

bool has(std::string_view text, std::string_view piece) { return text.find(piece) != std::string_view::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(crm_command)

BOOST_AUTO_TEST_CASE(the_list) {
    const test::Installation here;
    const auto printed = here.run(crm, {"--presets", kShipped});
    BOOST_TEST(printed.status == kFine, printed.error);
    for (const char* const want : {"PRESET ", "generic ", "google ", "hubspot ", "microsoft365 ", "salesforce ", "zoho ", "Zoho CRM          yes       spf:transmail.net, spf:zcsend.net\n",
                                   "Salesforce        -         spf:_spf.salesforce.com\n"})
        BOOST_TEST(has(printed.out, want), want << " is not in:\n" << printed.out);
}

BOOST_AUTO_TEST_CASE(each_explains_itself) {
    const test::Installation here;
    for (const auto& each : Json::parse(here.run(crm, {"--presets", kShipped, "--json"}).out)) {
        const std::string name = each["preset"];
        const auto printed = here.run(crm, {name, "--presets", kShipped});
        BOOST_TEST(printed.status == kFine, printed.error);
        BOOST_TEST(printed.out.starts_with(name + ": "));
        BOOST_TEST(has(printed.out, "\nnotes\n"));
        for (const auto& [fact, content] : each["facts"].items()) {
            BOOST_TEST(has(printed.out, "\n" + fact + "  ("), printed.out);
            for (const auto& page : content["source"]) BOOST_TEST(has(printed.out, page.get<std::string>()), printed.out);
            BOOST_TEST((!content["source"].empty() || content.contains("observed")), name << " " << fact);
        }
    }
}

BOOST_AUTO_TEST_CASE(one_for_programs) {
    const test::Installation here;
    const auto json = Json::parse(here.run(crm, {"salesforce", "--json", "--presets", kShipped}).out);
    BOOST_TEST(json["name"] == "Salesforce");
    BOOST_TEST(json["facts"]["tenant"]["value"] == "X-SFDC-LK");
    BOOST_TEST(json["facts"]["ports"]["value"][0] == 25);
    BOOST_TEST(!json["facts"].contains("fallback"));
    BOOST_TEST(has(json["facts"]["remove_headers"]["observed"].get<std::string>(), "no page names"));
}

BOOST_AUTO_TEST_CASE(the_folder_of_the_configuration) {
    const test::Installation here;
    auto text = test::read_text(here.config());
    text.insert(text.find("[domain"), "presets = \"" + kShipped + "\"\n");
    test::write_file(here.config(), text);
    BOOST_TEST(has(here.run(crm, {}).out, "zoho "));
    BOOST_TEST(has(here.run(crm, {"zoho"}).out, "zoho: Zoho CRM\n"));
}

BOOST_AUTO_TEST_CASE(what_is_not_there) {
    const test::Installation here;
    const auto unknown = here.run(crm, {"zohoo", "--presets", kShipped});
    BOOST_TEST(unknown.status == kWrong);
    BOOST_TEST(has(unknown.error, "did you mean \"zoho\"? there are: generic, google"), unknown.error);
    BOOST_TEST(has(here.run(crm, {"--presets", here.dir() / "none"}).error, "cannot be read"));
    const test::TempDir dir;
    BOOST_TEST(has(here.run(crm, {"--presets", dir.path()}).out, "none in "));
    test::write_file(dir / "bad.toml", "name = 1\n");
    test::write_file(dir / "good.toml", "name = \"Good\"\n");
    const auto half = here.run(crm, {"--presets", dir.path()});
    BOOST_TEST(half.status == kWrong);
    BOOST_TEST(has(half.error, "bad.toml:1:8: name is a whole number"), half.error);
    BOOST_TEST(has(half.out, "good    Good"), half.out);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
