// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of base/translation.cc with catalogues of their own, written octet by octet as gettext's manual describes them ("The Format of GNU MO Files").
#include "base/translation.hh"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <thread>
#include <vector>

#include "folder.hh"

using namespace crmrelay::base;

namespace {

void put(std::string& into, std::uint32_t number) {
    for (int shift = 0; shift < 32; shift += 8) into += static_cast<char>(number >> shift & 0xff);
}

// msgid (of plurals: both, with a NUL between) → msgstr. A std::map has them in the order that the format asks for.
std::string mo(const std::map<std::string, std::string>& entries) {
    const auto count = static_cast<std::uint32_t>(entries.size());
    std::string out, texts;
    for (const std::uint32_t number : {0x950412deu, 0u, count, 28u, 28u + count * 8, 0u, 28u + count * 16}) put(out, number);
    const auto table = [&](bool translated) {
        for (const auto& [id, text] : entries) {
            const auto& said = translated ? text : id;
            put(out, static_cast<std::uint32_t>(said.size()));
            put(out, 28 + count * 16 + static_cast<std::uint32_t>(texts.size()));
            texts += said + '\0';
        }
    };
    table(false);
    table(true);
    return out + texts;
}

const std::string kHeader = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=1; plural=0;\n";

// Sets an environment variable for one test.
class Variable {
public:
    Variable(const char* name, const char* value) : name_(name) {
        if (const char* old = std::getenv(name)) old_ = old, had_ = true;
        value ? ::setenv(name, value, 1) : ::unsetenv(name);
    }
    Variable(const Variable&) = delete;
    ~Variable() { had_ ? ::setenv(name_, old_.c_str(), 1) : ::unsetenv(name_); }

private:
    const char* name_;
    std::string old_;
    bool had_ = false;
};

struct Catalogues : tests::Folder {
    Variable variable{"TEXTDOMAINDIR", path().c_str()};
    void japanese(const std::string& octets) { write("ja/LC_MESSAGES/crmrelay.mo", octets); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(translation)

BOOST_FIXTURE_TEST_CASE(a_text_in_its_language, Catalogues) {
    japanese(mo({{"", kHeader}, {"{domain} is suspended", "{domain} は停止中です"}, {std::string("{n} message") + '\0' + "{n} messages", "{n} 通"}}));
    const struct {
        const char* language;
        const char* want_language;
        const char* want_text;
        const char* want_unknown;
        const char* want_one;
        const char* want_many;
    } cases[] = {
        {"en", "en", "{domain} is suspended", "not there", "{n} message", "{n} messages"},
        {"ja", "ja", "{domain} は停止中です", "not there", "{n} 通", "{n} 通"},
        {"de", "en", "{domain} is suspended", "not there", "{n} message", "{n} messages"},
        {"", "en", "{domain} is suspended", "not there", "{n} message", "{n} messages"},
        {"../ja", "en", "{domain} is suspended", "not there", "{n} message", "{n} messages"},
        {"ja_JP", "en", "{domain} is suspended", "not there", "{n} message", "{n} messages"},
    };
    for (const auto& c : cases) {
        BOOST_TEST_CONTEXT(c.language) {
            const Translation tr(c.language);
            BOOST_TEST(tr.language() == c.want_language);
            BOOST_TEST(tr.complete());
            BOOST_TEST(tr("{domain} is suspended") == c.want_text);
            BOOST_TEST(tr("not there") == c.want_unknown);
            BOOST_TEST(tr("") == "");
            BOOST_TEST(tr.plural("{n} message", "{n} messages", 1) == c.want_one);
            for (const long many : {0L, 2L, 5'000'000'000L}) BOOST_TEST(tr.plural("{n} message", "{n} messages", many) == c.want_many);
            BOOST_TEST(tr.plural("one more", "{n} more", 1) == "one more");
            BOOST_TEST(tr.plural("one more", "{n} more", 2) == "{n} more");
        }
    }
}

BOOST_FIXTURE_TEST_CASE(without_a_catalogue_it_is_english, Catalogues) {
    const Translation tr("ja");
    BOOST_TEST(tr("text") == "text");
    BOOST_TEST(!tr.complete());
    BOOST_TEST(tr.plural("one", "many", 2) == "many");
}

BOOST_FIXTURE_TEST_CASE(a_damaged_catalogue_is_english, Catalogues) {
    const auto sound = mo({{"", kHeader}, {"text", "文"}});
    auto wrong_magic = sound;
    wrong_magic[0] = 'x';
    int number = 0;
    for (const auto& octets : {std::string(), std::string("no catalogue"), sound.substr(0, 20), wrong_magic}) {
        const std::string folder = "damaged" + std::to_string(number++);
        write(folder + "/ja/LC_MESSAGES/crmrelay.mo", octets);
        const Variable other("TEXTDOMAINDIR", file(folder).c_str());
        const Translation tr("ja");
        BOOST_TEST(tr("text") == "text");
        BOOST_TEST(!tr.complete());
    }
}

BOOST_FIXTURE_TEST_CASE(it_is_read_once_and_shared_by_threads, Catalogues) {
    japanese(mo({{"", kHeader}, {"text", "文"}}));
    BOOST_TEST(Translation("ja")("text") == "文");
    japanese(mo({{"", kHeader}, {"text", "別"}}));
    std::vector<std::string> read(8);
    std::vector<std::thread> threads;
    for (auto& into : read)
        threads.emplace_back([&into] {
            for (int i = 0; i < 200; ++i) into = Translation("ja")("text");
        });
    for (auto& thread : threads) thread.join();
    for (const auto& text : read) BOOST_TEST(text == "文");
}

BOOST_AUTO_TEST_CASE(language_of_the_environment) {
    const struct {
        const char* lc_all;
        const char* lc_messages;
        const char* lang;
        const char* want;
    } cases[] = {
        {nullptr, nullptr, nullptr, "en"},
        {nullptr, nullptr, "ja_JP.UTF-8", "ja"},
        {nullptr, nullptr, "ja", "ja"},
        {"", "", "ja_JP", "ja"},
        {nullptr, "en_GB.UTF-8", "ja_JP.UTF-8", "en"},
        {"C.UTF-8", "ja_JP.UTF-8", "ja_JP.UTF-8", "en"},
        {"ja_JP.eucJP", "de_DE", "de_DE", "ja"},
        {nullptr, nullptr, "de_DE.UTF-8", "en"},
        {nullptr, nullptr, "jam_JM", "en"},
    };
    for (const auto& c : cases) {
        const Variable all("LC_ALL", c.lc_all), messages("LC_MESSAGES", c.lc_messages), lang("LANG", c.lang);
        BOOST_TEST_CONTEXT("LANG=" << (c.lang ? c.lang : "") << " LC_MESSAGES=" << (c.lc_messages ? c.lc_messages : "") << " LC_ALL=" << (c.lc_all ? c.lc_all : ""))
            BOOST_TEST(language_of_environment() == c.want);
    }
}

BOOST_AUTO_TEST_SUITE_END()
