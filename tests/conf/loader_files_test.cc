// SPDX-License-Identifier: BSD-2-Clause
//
// Which files are read: the main file, domains.d beside it, and what is refused.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <unistd.h>

#include "conf/loader.hh"
#include "tests/base/folder.hh"

using namespace crmrelay::conf;
using crmrelay::base::tests::Folder;

namespace {

const std::string kDefaults = "[defaults]\nnetworks=[\"192.0.2.0/24\"]\nlogins=[\"crm\"]\nadmins=[\"a@b.c\"]\nreturn_path=\"{token}@r.e\"\n";

std::string domain(const std::string& name) { return "[domain.\"" + name + "\"]\n"; }

std::string names(const std::variant<Config, Problems>& loaded) {
    std::string out;
    if (const auto* problems = std::get_if<Problems>(&loaded))
        for (const auto& problem : *problems) out += problem.message() + "\n";
    else
        for (const auto& each : std::get<Config>(loaded).domains) out += each.name + " ";
    return out;
}

bool has(std::string_view text, std::string_view piece) { return text.find(piece) != std::string_view::npos; }

}  // namespace

BOOST_AUTO_TEST_CASE(domains_d_is_read_beside_the_main_file) {
    const Folder folder;
    const auto main = folder.write("crmrelay.toml", kDefaults + domain("m.com"));
    folder.write("domains.d/20.toml", domain("a.com"));
    folder.write("domains.d/10.toml", domain("z.com") + domain("y.com"));
    folder.write("domains.d/.hidden.toml", "x");
    folder.write("domains.d/30.toml~", "x");
    folder.write("domains.d/40.toml.dpkg-new", "x");
    folder.write("domains.d/README", "x");
    BOOST_TEST(names(load(main)) == "a.com m.com y.com z.com ");
}

BOOST_AUTO_TEST_CASE(a_relative_path_has_its_domains_d_too) {
    const Folder folder;
    folder.write("c.toml", kDefaults);
    folder.write("domains.d/10.toml", domain("a.com"));
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder.path());
    const auto loaded = load("c.toml");
    std::filesystem::current_path(before);
    BOOST_TEST(names(loaded) == "a.com ");
}

BOOST_AUTO_TEST_CASE(problems_of_all_files_come_in_the_order_of_reading) {
    const Folder folder;
    const auto main = folder.write("crmrelay.toml", kDefaults + domain("m.com") + "moed=1\n");
    const auto one = folder.write("domains.d/1.toml", domain("M.com") + "[service]\n[defaults]\nmode=1\n");
    const auto two = folder.write("domains.d/2.toml", domain("x.com") + "also=[\n");
    const auto three = folder.write("domains.d/3.toml", "other=1\n" + domain("y.com") + "also=[\".m.com\", \"m.com\"]\nnetworks=[\"1.2.3.4/8\"]\n");
    const auto text = names(load(main));
    BOOST_TEST_CONTEXT(text) {
        const std::string want[] = {main + ":7:1: unknown key \"moed\"",
                                    one + ":1:9: duplicate domain \"m.com\": it stands at " + main + ":6:9 already",
                                    one + ":2:2: [service] stands in the main file",
                                    one + ":3:2: [defaults] stands in the main file",
                                    two + ":",
                                    three + ":1:1: unknown key \"other\"; files of domains.d hold",
                                    three + ":3:17: duplicate domain \"m.com\": it stands at " + main + ":6:9 already",
                                    three + ":4:11: networks: \"1.2.3.4/8\" has host bits"};
        std::size_t at = 0;
        std::size_t lines = 0;
        for (const auto& piece : want) {
            at = text.find(piece, at);
            BOOST_TEST_CONTEXT(piece) BOOST_REQUIRE(at != std::string::npos);
        }
        for (const char c : text) lines += c == '\n';
        BOOST_TEST(lines == std::size(want));
    }
}

BOOST_AUTO_TEST_CASE(many_files_are_read_as_few_are) {
    const Folder folder;
    const auto main = folder.write("crmrelay.toml", kDefaults);
    std::string all, problems;
    for (int i = 100; i < 400; ++i) {
        const auto name = "d" + std::to_string(i) + ".com";
        const auto part = folder.write("domains.d/" + std::to_string(i) + ".toml", domain(name));
        all += name + " ";
        if (i % 7 == 0) problems += part + "\n";
    }
    BOOST_TEST(names(load(main)) == all);
    for (int i = 100; i < 400; ++i)
        if (i % 7 == 0) folder.write("domains.d/" + std::to_string(i) + ".toml", domain("d" + std::to_string(i) + ".com") + "mdoe=1\n");
    std::string told;
    const auto loaded = load(main);
    for (const auto& problem : std::get<Problems>(loaded)) told += problem.file + "\n";
    BOOST_TEST(told == problems);
}

BOOST_AUTO_TEST_CASE(a_syntax_error_in_the_main_file_brings_no_complaint_about_its_defaults) {
    const Folder folder;
    const auto main = folder.write("crmrelay.toml", kDefaults + "oops\n");
    const auto part = folder.write("domains.d/1.toml", domain("a.com") + "mdoe=1\n");
    const auto text = names(load(main));
    BOOST_TEST_CONTEXT(text) {
        BOOST_TEST(has(text, main + ":6:"));
        BOOST_TEST(has(text, part + ":2:1: unknown key \"mdoe\""));
        BOOST_TEST(!has(text, "missing"));
        BOOST_TEST(!has(text, "listed"));
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_configuration_file_is_refused) {
    const Folder folder;
    BOOST_TEST(has(names(load(folder.path() + "/none.toml")), "none.toml: cannot be read: No such file"));
    BOOST_TEST(has(names(load(folder.path())), "not a regular file"));
    const std::string fifo = folder.path() + "/fifo";
    BOOST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    BOOST_TEST(has(names(load(fifo)), "fifo: not a regular file"));
    const auto large = folder.write("large.toml", "");
    std::filesystem::resize_file(large, (64u << 20) + 1);   // a hole
    BOOST_TEST(has(names(load(large)), "larger than 64 MiB"));
    const auto main = folder.write("crmrelay.toml", "");
    std::filesystem::create_directories(folder.path() + "/domains.d/x.toml");
    BOOST_TEST(has(names(load(main)), "domains.d/x.toml: not a regular file"));
}

BOOST_AUTO_TEST_CASE(a_domains_d_that_cannot_be_read_is_a_problem) {
    const Folder folder;
    const auto main = folder.write("crmrelay.toml", "");
    BOOST_TEST(names(load(main)) == "");
    folder.write("domains.d", "a file");
    BOOST_TEST(has(names(load(main)), folder.path() + "/domains.d: cannot be read: Not a directory"));
    if (::geteuid() == 0) return;   // root reads everything
    std::filesystem::remove(folder.path() + "/domains.d");
    const auto part = folder.write("domains.d/a.toml", "", 0000);
    BOOST_TEST(has(names(load(main)), part + ": cannot be read: Permission denied; make it readable"));
    BOOST_REQUIRE(::chmod((folder.path() + "/domains.d").c_str(), 0000) == 0);
    BOOST_TEST(has(names(load(main)), folder.path() + "/domains.d: cannot be read: Permission denied"));
    BOOST_REQUIRE(::chmod((folder.path() + "/domains.d").c_str(), 0700) == 0);
}

BOOST_AUTO_TEST_CASE(a_message_names_file_line_and_column) {
    BOOST_TEST((Problem{"/f", 3, 4, "x"}.message()) == "/f:3:4: x");
    BOOST_TEST((Problem{"/f", 0, 0, "x"}.message()) == "/f: x");
}
