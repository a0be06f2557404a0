// SPDX-License-Identifier: BSD-2-Clause
//
// What a header says of a message's kind.
#include "bounce/kind.hh"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace crmrelay::bounce;

BOOST_AUTO_TEST_SUITE(kind)

BOOST_AUTO_TEST_CASE(kinds_are_told_from_the_header) {
    struct Row {
        std::string header;
        bool want_auto;
        bool want_double;
    };
    const std::vector<Row> rows{
        {"Subject: Hello\n", false, false},
        {"Auto-Submitted: auto-replied; owner=x\n", true, false},
        {"auto-submitted: AUTO-GENERATED\n", true, false},
        {"Auto-Submitted: no\n", false, false},
        {"Auto-Submitted: No (human)\n", false, false},
        {"Auto-Submitted:\n", false, false},
        {"Precedence: auto_reply\n", true, false},
        {"Precedence: bulk\n", false, false},
        {"X-Autoreply: yes\n", true, false},
        {"X-Autoreply: no\n", false, false},
        {"X-Autorespond: on\n", true, false},
        {"\nAuto-Submitted: auto-replied\n", false, false},
        {"Subject: Postmaster Copy: Undelivered Mail\nAuto-Submitted: auto-generated\n", true, true},
        {"Return-Path: <double-bounce@mx.example.com>\n", false, true},
        {"Subject: Re: Postmaster Copy: Undelivered Mail\n", false, false},
    };
    for (const auto& row : rows) {
        const auto got = kind_of(row.header + "\nbody\n");
        BOOST_TEST(got.auto_submitted == row.want_auto, row.header);
        BOOST_TEST(got.looks_like_double_bounce == row.want_double, row.header);
    }
}

BOOST_AUTO_TEST_SUITE_END()
