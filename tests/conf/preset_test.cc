// SPDX-License-Identifier: BSD-2-Clause
//
// Presets: every shipped one loads and gives the source of each fact; what is wrong with one is said with its place.
#include "conf/preset.hh"

#include <boost/test/unit_test.hpp>

#include "tests/base/folder.hh"

using namespace crmrelay::conf;
using crmrelay::base::tests::Folder;

namespace {

const std::string kShipped = CRMRELAY_SRCDIR "/conf/crm";

bool has(std::string_view text, std::string_view piece) { return text.find(piece) != std::string_view::npos; }

// How many facts are known.
std::size_t facts_of(const Preset& preset) {
    return !preset.networks.empty() + !preset.tenant_header.empty() + !preset.ports.empty() + !preset.return_path_patterns.empty() +
           preset.fallback.has_value() + !preset.headers.empty() + !preset.remove_headers.empty();
}

using Texts = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_CASE(every_shipped_preset_loads_with_its_sources) {
    const auto names = preset_names(kShipped);
    BOOST_REQUIRE_MESSAGE(names.ok(), (names.ok() ? std::string() : names.error()));
    BOOST_TEST(*names == (Texts{"generic", "google", "hubspot", "microsoft365", "salesforce", "zoho"}), boost::test_tools::per_element());
    for (const auto& name : *names)
        BOOST_TEST_CONTEXT(name) {
            const auto preset = load_preset(kShipped, name);
            BOOST_REQUIRE_MESSAGE(preset.ok(), (preset.ok() ? std::string() : preset.error()));
            BOOST_TEST(preset->key == name);
            BOOST_TEST(!preset->name.empty());
            BOOST_TEST(!preset->notes.empty());
            BOOST_TEST(preset->sources.size() == facts_of(*preset));
            for (const auto& [fact, source] : preset->sources) BOOST_TEST((!source.pages.empty() || !source.observed.empty()), fact);
        }
}

BOOST_AUTO_TEST_CASE(what_the_shipped_presets_say) {
    const auto zoho = *load_preset(kShipped, "zoho");
    BOOST_TEST(zoho.networks == (Texts{"spf:transmail.net", "spf:zcsend.net"}), boost::test_tools::per_element());
    BOOST_TEST((zoho.fallback == true));
    const auto salesforce = *load_preset(kShipped, "salesforce");
    BOOST_TEST(salesforce.networks == (Texts{"spf:_spf.salesforce.com"}), boost::test_tools::per_element());
    BOOST_TEST(salesforce.tenant_header == "X-SFDC-LK");
    BOOST_TEST(!salesforce.fallback.has_value());
    BOOST_TEST(salesforce.return_path_patterns == (Texts{"*@*.bnc.salesforce.com"}), boost::test_tools::per_element());
    BOOST_TEST(salesforce.remove_headers == (Texts{"X-SFDCRelayAddr", "X-SFDCRelayPort", "X-SFDCTLS"}), boost::test_tools::per_element());
    BOOST_TEST(facts_of(*load_preset(kShipped, "generic")) == 0U);
}

BOOST_AUTO_TEST_CASE(every_fact_is_read) {
    const auto preset = parse_preset(R"(name = " One "
notes = "first\nsecond"
networks = { value = ["SPF:_Spf.Example.com", "192.0.2.0/24"], source = ["https://a.example/x", "https://b.example"] }
tenant = { value = "X-Tenant", observed = "seen" }
ports = { value = [25, 587, "1024-65535"], source = "https://a.example/p" }
return_path = { value = ["b+*@r.example"], source = "https://a.example/r" }
fallback = { value = false, source = "https://a.example/f" }
headers = { value = ["X-A"], source = "https://a.example/h" }
remove_headers = { value = ["X-B"], source = "https://a.example/b" }
)",
                                     "/p/one.toml", "one");
    BOOST_REQUIRE_MESSAGE(preset.ok(), (preset.ok() ? std::string() : preset.error()));
    BOOST_TEST(preset->key == "one");
    BOOST_TEST(preset->name == "One");
    BOOST_TEST(preset->notes == "first\nsecond");
    BOOST_TEST(preset->networks == (Texts{"spf:_spf.example.com", "192.0.2.0/24"}), boost::test_tools::per_element());
    BOOST_TEST(preset->tenant_header == "X-Tenant");
    BOOST_TEST((preset->ports == std::vector{25, 587}));
    BOOST_TEST((preset->port_texts() == std::vector<std::string>{"25", "587", "1024-65535"}));
    for (const int port : {25, 587, 1024, 10587, 65535}) BOOST_TEST(preset->offers(port), port);
    for (const int port : {1, 465, 1023}) BOOST_TEST(!preset->offers(port), port);
    BOOST_TEST(preset->return_path_patterns.front() == "b+*@r.example");
    BOOST_TEST((preset->fallback == false));
    BOOST_TEST(preset->headers.front() == "X-A");
    BOOST_TEST(preset->remove_headers.front() == "X-B");
    BOOST_TEST(preset->sources.size() == 7U);
    BOOST_TEST((preset->sources.at("networks") == FactSource{{"https://a.example/x", "https://b.example"}, ""}));
    BOOST_TEST((preset->sources.at("tenant") == FactSource{{}, "seen"}));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_with_its_place) {
    const std::string source = ", source = \"https://a.example/\" }\n";
    const struct {
        std::string text;
        const char* want;   // behind the file's name
    } cases[] = {
        {"", ":1:1: name is missing"},
        {"name = 1\n", ":1:8: name is a whole number"},
        {"name = \" \"\n", ":1:8: name is empty"},
        {"name = \"x\"\nnetwork = 1\n", ":2:1: unknown key \"network\" in this preset; did you mean \"networks\"?"},
        {"name = \"x\"\nnetworks = [\"spf:a.example\"]\n", ":2:12: networks is a list; write a table"},
        {"name = \"x\"\nnetworks = { value = [\"spf:a.example\"] }\n", ":2:12: networks has no source"},
        {"name = \"x\"\nnetworks = { source = \"https://a.example/\" }\n", ":2:12: networks has no value"},
        {"name = \"x\"\nnetworks = { value = []" + source, ":2:22: networks is empty"},
        {"name = \"x\"\nnetworks = { value = [\"spf:\"]" + source, ":2:23: networks: \"spf:\" is no spf: entry"},
        {"name = \"x\"\nnetworks = { value = [\"spf:a b\"]" + source, "is no spf: entry"},
        {"name = \"x\"\nnetworks = { value = [\"192.0.2.1/24\"]" + source, ":2:23: networks: "},
        {"name = \"x\"\nnetworks = { value = [\"192.0.2.1\", \"192.0.2.1\"]" + source, "networks names \"192.0.2.1\" twice"},
        {"name = \"x\"\nnetworks = { vlaue = 1, value = [\"::1\"]" + source, "unknown key \"vlaue\" in [networks]"},
        {"name = \"x\"\ntenant = { value = \"X A\"" + source, ":2:20: tenant: "},
        {"name = \"x\"\nports = { value = [0]" + source, ":2:20: an entry of ports is 0"},
        {"name = \"x\"\nports = { value = []" + source, "ports is empty"},
        {"name = \"x\"\nports = { value = [25, 25]" + source, "ports names 25 twice"},
        {"name = \"x\"\nports = { value = [\"25\"]" + source, "\"25\" is no range of ports"},
        {"name = \"x\"\nports = { value = [\"9-1\"]" + source, "\"9-1\" is no range of ports"},
        {"name = \"x\"\nports = { value = [\"1-65536\"]" + source, "is no range of ports"},
        {"name = \"x\"\nreturn_path = { value = [\"x\"]" + source, ":2:26: return_path: \"x\" is no pattern"},
        {"name = \"x\"\nfallback = { value = \"yes\"" + source, ":2:22: fallback is a string; write true or false"},
        {"name = \"x\"\nheaders = { value = [\"X:\"]" + source, ":2:22: headers: "},
        {"name = \"x\"\nheaders = { value = [\"X\"], source = \"http://a.example/\" }\n", "write its https:// URL"},
        {"name = \"x\"\nheaders = { value = [\"X\"], observed = \"\" }\n", "observed is empty"},
        {"name = \"x\"\nnotes = 1\n", ":2:9: notes is a whole number"},
        {"name = \"x\"\nnotes = \"\\u0007\"\n", ":2:9: notes holds a control character"},
        {"name = \"x\n", ":1:"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.text) {
            const auto preset = parse_preset(c.text, "/p/x.toml", "x");
            BOOST_REQUIRE(!preset.ok());
            BOOST_TEST_INFO(preset.error());
            BOOST_TEST(preset.error().starts_with("/p/x.toml:"));
            BOOST_TEST_INFO(preset.error());
            BOOST_TEST(has(preset.error(), c.want));
            BOOST_TEST_INFO(preset.error());
            BOOST_TEST(!has(preset.error(), "; /p/x.toml"));   // one fault, one problem
        }
}

BOOST_AUTO_TEST_CASE(two_faults_are_two_problems) {
    const auto preset = parse_preset("notes = 1\nname = 2\n", "f", "x");
    BOOST_REQUIRE(!preset.ok());
    BOOST_TEST(has(preset.error(), "f:1:9: notes"));
    BOOST_TEST(has(preset.error(), "; f:2:8: name"));
}

BOOST_AUTO_TEST_CASE(a_name_that_is_not_there_brings_those_that_are) {
    const Folder folder;
    folder.write("zoho.toml", "name = \"Z\"\n", 0644);
    folder.write("acme.toml", "name = \"A\"\n", 0644);
    folder.write("README", "x");
    folder.write("Not A Name.toml", "x");
    BOOST_TEST((*preset_names(folder.path()) == Texts{"acme", "zoho"}));
    BOOST_TEST(load_preset(folder.path(), "acme")->name == "A");
    const struct {
        const char* name;
        const char* want;
    } cases[] = {
        {"zohoo", "no preset \"zohoo\"; did you mean \"zoho\"? there are: acme, zoho"},
        {"", "no preset \"\"; there are: acme, zoho"},
        {"../zoho", "no preset \"../zoho\"; there are: acme, zoho"},
        {"Zoho", "there are: acme, zoho"},
        {"README", "there are: acme, zoho"},
        {"\x1b[31m", "no preset \"?[31m\"; there are: acme, zoho"},
    };
    for (const auto& c : cases) {
        const auto preset = load_preset(folder.path(), c.name);
        BOOST_REQUIRE(!preset.ok());
        BOOST_TEST(has(preset.error(), c.want), preset.error());
    }
}

BOOST_AUTO_TEST_CASE(folders_and_files_that_cannot_be_read) {
    const Folder folder;
    BOOST_TEST(has(load_preset(folder.path() + "/none", "zoho").error(), folder.path() + "/none cannot be read: No such file"));
    BOOST_TEST(has(load_preset(folder.path(), "zoho").error(), "no preset \"zoho\": " + folder.path() + " holds none"));
    std::filesystem::create_directory(folder.path() + "/zoho.toml");
    BOOST_TEST(has(load_preset(folder.path(), "zoho").error(), "zoho.toml: not a regular file"));
    const auto large = folder.write("large.toml", "name = \"x\"\n");
    std::filesystem::resize_file(large, 1 << 20);
    BOOST_TEST(has(load_preset(folder.path(), "large").error(), "large.toml: larger than 64 KiB"));
}
