// SPDX-License-Identifier: BSD-2-Clause
//
// crmrelayctl login: adds, rotates, lists, verifies, removes; shows a password once and a hash never.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "policy/logins.hh"
#include "tests/ctl/support.hh"

namespace crmrelay::ctl {

namespace {

// An installation whose logins file is its own.
class Here : public test::Installation {
public:
    Here() {
        auto text = test::read_text(config());
        text.insert(text.find("store     ="), "logins    = \"" + logins() + "\"\n");
        test::write_file(config(), text);
    }
    std::string logins() const { return dir() / "logins"; }
    test::Printed verify(const std::string& name, const std::string& password) const {
        test::write_file(dir() / "typed", password + "\n", 0600);
        const int kept = ::dup(STDIN_FILENO), typed = ::open((dir() / "typed").c_str(), O_RDONLY | O_CLOEXEC);
        ::dup2(typed, STDIN_FILENO);
        auto out = run(login, {"verify", name});
        ::dup2(kept, STDIN_FILENO);
        ::close(kept);
        ::close(typed);
        return out;
    }
    // The password that it shows.
    std::string add(const std::string& name) const {
        auto out = run(login, {"add", name});
        BOOST_REQUIRE_MESSAGE(out.status == kFine, out.error);
        BOOST_REQUIRE(out.out.ends_with('\n'));
        out.out.pop_back();
        return out.out;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(login_command)

BOOST_AUTO_TEST_CASE(a_life) {
    const Here here;
    const auto one = here.add("crm@example.com");
    BOOST_TEST(one.size() >= 26u);
    BOOST_TEST(one.find_first_of(" \n0O1lI") == std::string::npos);
    struct stat st{};
    BOOST_REQUIRE(::stat(here.logins().c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 07777) == 0640U);
    BOOST_TEST(test::read_text(here.logins()).find(one) == std::string::npos);
    BOOST_TEST(here.verify("crm@example.com", one).status == kFine);
    BOOST_TEST(here.verify("CRM@example.com", one).status == kFine);
    BOOST_TEST(here.verify("crm@example.com", one + "x").status == kWrong);
    BOOST_TEST(here.verify("crm@example.com", "").status == kWrong);
    BOOST_TEST(here.verify("nobody@example.com", one).status == kWrong);

    const auto two = here.add("CRM@example.com");
    BOOST_TEST(two != one);
    BOOST_TEST(here.verify("crm@example.com", one).status == kFine);
    BOOST_TEST(here.verify("crm@example.com", two).status == kFine);
    const auto before = test::read_text(here.logins());
    const auto third = here.run(login, {"add", "crm@example.com"});
    BOOST_TEST(third.status == kWrong);
    BOOST_TEST(third.error.find("--old") != std::string::npos);
    BOOST_TEST(third.out.empty());
    BOOST_TEST(test::read_text(here.logins()) == before);

    BOOST_TEST(here.run(login, {"remove", "crm@example.com", "--old"}).status == kFine);
    BOOST_TEST(here.verify("crm@example.com", one).status == kWrong);
    BOOST_TEST(here.verify("crm@example.com", two).status == kFine);
    BOOST_TEST(here.run(login, {"remove", "crm@example.com", "--old"}).status == kWrong);
    BOOST_TEST(here.run(login, {"remove", "crm@example.com"}).status == kFine);
    BOOST_TEST(here.verify("crm@example.com", two).status == kWrong);
    BOOST_TEST(here.run(login, {"remove", "crm@example.com"}).status == kWrong);
    BOOST_TEST(policy::Logins::parse(test::read_text(here.logins()), "")->empty());
    BOOST_TEST(test::read_text(here.logins()).starts_with("# "));   // the head stays
}

BOOST_AUTO_TEST_CASE(lists) {
    const Here here;
    BOOST_TEST(here.run(login, {"list", "--json"}).out == "[]\n");
    const auto password = here.add("crm@example.com");
    here.add("crm@example.com");
    const auto orphan = here.run(login, {"add", "orphan@example.com"});
    BOOST_TEST(orphan.status == kFine);
    BOOST_TEST(orphan.error.find("no domain lists") != std::string::npos);
    auto text = test::read_text(here.logins());
    text.insert(text.size() - 1, ":disabled");
    test::write_file(here.logins(), text, 0640);
    const auto listed = here.run(login, {"list", "--json"});
    const auto json = nlohmann::json::parse(listed.out);
    BOOST_REQUIRE(json.size() == 2U);
    BOOST_TEST(json[0]["login"] == "crm@example.com");
    BOOST_TEST(json[0]["passwords"] == 2);
    BOOST_TEST(json[0]["created"].size() == 2U);
    BOOST_TEST((json[0]["domains"] == nlohmann::json{"example.com"}));
    BOOST_TEST(json[0]["disabled"] == false);
    BOOST_TEST(json[1]["domains"].empty());
    BOOST_TEST(json[1]["disabled"] == true);
    const auto shown = here.run(login, {"list"});
    BOOST_TEST(shown.out.find("(disabled)") != std::string::npos);
    for (const auto& out : {listed.out, shown.out}) {
        BOOST_TEST(out.find("$y$") == std::string::npos);
        BOOST_TEST(out.find(password) == std::string::npos);
    }
    const auto made = nlohmann::json::parse(here.run(login, {"add", "--json", "crm@example.org"}).out);
    BOOST_TEST(here.verify("crm@example.org", made["password"]).status == kFine);
}

BOOST_AUTO_TEST_CASE(leaves_a_broken_file_alone) {
    const Here here;
    test::write_file(here.logins(), "rubbish\n", 0640);
    for (const auto* verb : {"add", "remove", "verify"}) {
        const auto out = here.run(login, {verb, "crm@example.com"});
        BOOST_TEST(out.status == kWrong);
        BOOST_TEST(out.error.find(here.logins() + ":1: ") != std::string::npos);
    }
    BOOST_TEST(here.run(login, {"list"}).status == kWrong);
    BOOST_TEST(test::read_text(here.logins()) == "rubbish\n");
    test::write_file(here.logins(), "", 0644);
    BOOST_TEST(here.run(login, {"add", "crm@example.com"}).status == kWrong);
}

BOOST_AUTO_TEST_CASE(follows_a_symbolic_link_and_keeps_owner_and_comments) {
    const Here here;
    const auto real = here.dir() / "real";
    test::write_file(real, "# mine\n", 0600);
    if (::geteuid() == 0) BOOST_REQUIRE(::chown(real.c_str(), 0, 65534) == 0);
    BOOST_REQUIRE(::symlink(real.c_str(), here.logins().c_str()) == 0);
    here.add("crm@example.com");
    struct stat st{};
    BOOST_REQUIRE(::lstat(here.logins().c_str(), &st) == 0);
    BOOST_TEST(S_ISLNK(st.st_mode));
    BOOST_REQUIRE(::stat(real.c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 07777) == 0640U);
    if (::geteuid() == 0) BOOST_TEST(st.st_gid == 65534U);
    BOOST_TEST(test::read_text(real).starts_with("# mine\ncrm@example.com:"));
}

BOOST_AUTO_TEST_CASE(usage) {
    const Here here;
    const Arguments cases[] = {{}, {"show"}, {"add"}, {"remove"}, {"verify"}, {"list", "crm@example.com"}, {"add", "crm@example.com", "--old"}};
    for (const auto& arguments : cases) BOOST_TEST(here.run(login, arguments).status == kUsage);
    for (const auto* bad : {"a:b", "a b", "#a"}) BOOST_TEST(here.run(login, {"add", bad}).status == kWrong);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
