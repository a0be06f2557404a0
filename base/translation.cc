// SPDX-License-Identifier: BSD-2-Clause
//
// Boost.Locale's message facet, used by itself: no std::locale::global, no locale of the system need exist for it.
#include "base/translation.hh"

#include <boost/locale/gnu_gettext.hpp>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <locale>
#include <map>
#include <utility>

#include "base/guarded.hh"
#include "base/log.hh"

namespace crmrelay::base {

namespace {

constexpr const char* kName = "crmrelay";
constexpr const char* kEnglish = "en";

using Messages = boost::locale::message_format<char>;

std::string catalogue_folder() {
    const char* said = std::getenv("TEXTDOMAINDIR");
    return said && *said ? said : CRMRELAY_LOCALEDIR;
}

bool is_spoken(std::string_view language) { return std::find(languages().begin(), languages().end(), language) != languages().end(); }

}  // namespace

// The facet lives as long as the locale that holds it.
struct Translation::Catalogue {
    std::locale locale;
    const Messages* messages = nullptr;
};

const std::vector<std::string_view>& languages() {
    static const std::vector<std::string_view> all = {kEnglish, "ja"};
    return all;
}

// Kept for the life of the process: at most a catalogue a language (and folder, which changes in tests alone).
std::shared_ptr<const Translation::Catalogue> Translation::catalogue(const std::string& folder, const std::string& language) {
    static Guarded<std::map<std::pair<std::string, std::string>, std::shared_ptr<const Catalogue>>> read;
    auto all = read.lock();
    const auto [at, fresh] = all->try_emplace({folder, language});
    if (!fresh) return at->second;
    boost::locale::gnu_gettext::messages_info wanted;
    wanted.language = language;
    wanted.encoding = "UTF-8";
    wanted.domains = {boost::locale::gnu_gettext::messages_info::domain(kName)};
    wanted.paths = {folder};
    try {
        auto catalogue = std::make_shared<Catalogue>();
        const auto* facet = boost::locale::gnu_gettext::create_messages_facet<char>(wanted);
        catalogue->locale = std::locale(std::locale::classic(), facet);
        catalogue->messages = facet;
        if (facet->get(0, nullptr, "")) at->second = std::move(catalogue);   // its header: there is a catalogue
    } catch (const std::exception& error) {
        Line(Severity::warning, "language").field("language", language).field("folder", folder).field("error", error.what());
    }
    return at->second;
}

Translation::Translation(std::string_view language) : language_(is_spoken(language) ? language : kEnglish) {
    if (language_ != kEnglish) catalogue_ = catalogue(catalogue_folder(), language_);
}

bool Translation::complete() const { return language_ == kEnglish || catalogue_; }

std::string Translation::operator()(const char* text) const {
    const char* found = catalogue_ && *text ? catalogue_->messages->get(0, nullptr, text) : nullptr;   // "" is the catalogue's header
    return found ? found : text;
}

std::string Translation::plural(const char* one, const char* many, long count) const {
    const int n = static_cast<int>(std::clamp<long>(count, INT_MIN, INT_MAX));
    const char* found = catalogue_ ? catalogue_->messages->get(0, nullptr, one, n) : nullptr;
    return found ? found : count == 1 ? one : many;
}

std::string language_of_environment() {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (!value || !*value) continue;
        const std::string_view language = std::string_view(value).substr(0, std::string_view(value).find_first_of("_.@"));
        return std::string(is_spoken(language) ? language : kEnglish);
    }
    return kEnglish;
}

}  // namespace crmrelay::base
