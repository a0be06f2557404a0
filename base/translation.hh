// SPDX-License-Identifier: BSD-2-Clause
//
// Texts for people in their own language: catalogues of GNU gettext (po/), read by Boost.Locale, so that each text can have a language of its own whatever
// the process's locale is. Thread-safe; a catalogue is read once a language. It never touches setlocale(), LANGUAGE or the C library's gettext.
// xgettext finds texts as arguments of tr(), plural() and N_(). Log lines, SMTP replies and JSON are not translated.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

// Marks a text that is translated later, by tr(variable).
#define N_(text) text

namespace crmrelay::base {

// The languages that crmrelay speaks: "en", "ja".
const std::vector<std::string_view>& languages();

class Translation {   // cheap to copy
public:
    // One of languages(). Any other one, and one without a readable catalogue, reads as English. Catalogues are
    // FOLDER/LANGUAGE/LC_MESSAGES/crmrelay.mo: FOLDER is $TEXTDOMAINDIR, else where they were installed.
    explicit Translation(std::string_view language);

    std::string operator()(const char* text) const;   // a variable of this class is called `tr`: tr("English text with {named} fields")
    std::string plural(const char* one, const char* many, long count) const;

    const std::string& language() const { return language_; }
    bool complete() const;   // its catalogue was read; English has none and needs none

private:
    struct Catalogue;
    static std::shared_ptr<const Catalogue> catalogue(const std::string& folder, const std::string& language);

    std::string language_;
    std::shared_ptr<const Catalogue> catalogue_;   // nullptr: English
};

// What the user of a command reads: the first of LC_ALL, LC_MESSAGES and LANG that is set, as one of languages(); "en" for every other language.
std::string language_of_environment();

}  // namespace crmrelay::base
