// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of report/wrap.cc: where lines are broken, in English and Japanese.
#include "report/wrap.hh"

#include <boost/test/unit_test.hpp>

#include <string>

namespace crmrelay::report {
namespace {

BOOST_AUTO_TEST_CASE(lines) {
    const struct {
        const char* line;
        std::size_t columns;
        const char* want;   // lines with "|" between
    } rows[] = {
        {"", 10, ""},
        {"one two three", 7, "one two|three"},
        {"one  two", 20, "one  two"},
        {"a-word-that-is-longer next", 5, "a-word-that-is-longer|next"},
        {" indented text here", 14, " indented text|here"},
        {"中継を停止しました", 8, "中継を停|止しまし|た"},
        {"中継を停止、再開", 10, "中継を停|止、再開"},              // a comma begins no line
        {"中継を「停止」する", 8, "中継を|「停止」|する"},           // an opening bracket ends none
        {"設定は limits にあります", 12, "設定は|limits にあ|ります"},
        {"設定はlimitsにあります", 12, "設定はlimits|にあります"},
        {"データー", 6, "デー|ター"},                             // nor does a long sound mark begin one
    };
    for (const auto& row : rows) {
        std::string got;
        for (const auto& line : wrapped(row.line, row.columns)) got += (got.empty() ? "" : "|") + line;
        BOOST_TEST(got == row.want);
    }
}

}  // namespace
}  // namespace crmrelay::report
