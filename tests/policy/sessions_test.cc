// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/sessions.cc: announcements, grants, and what makes them end.
#include "policy/sessions.hh"

#include <boost/test/unit_test.hpp>

#include "tests/policy/rules_for_tests.hh"

using namespace crmrelay::policy;
using crmrelay::policy::test::ip;

namespace {

SessionFacts peer(int port, const char* client = "192.0.2.10") { return {ip(client), static_cast<std::uint16_t>(port), "", ""}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(sessions)

BOOST_AUTO_TEST_CASE(a_grant_needs_an_announcement) {
    Sessions s;
    s.grant(peer(1));
    BOOST_TEST(!s.granted("a-1", peer(1)));
    s.announce("a-1", peer(1));
    BOOST_TEST(s.announced(peer(1)));
    BOOST_TEST(!s.granted("a-1", peer(1)));
    s.grant(peer(1));
    BOOST_TEST(s.granted("a-1", peer(1)));
    BOOST_TEST(!s.granted("a-2", peer(1)));
    BOOST_TEST(!s.announced(peer(2)));
    BOOST_TEST(!s.announced(peer(1, "192.0.2.11")));
}

// A client's port may be connected to several of ours at a time; the milter stands behind one of them.
BOOST_AUTO_TEST_CASE(another_service_needs_an_announcement_of_its_own) {
    Sessions s;
    auto crm = peer(1), plain = peer(1);
    crm.service = 10587;
    plain.service = 25;
    s.announce("a-1", crm);
    BOOST_TEST(s.announced(crm));
    BOOST_TEST(!s.announced(plain));
    s.grant(plain);
    BOOST_TEST(!s.granted("a-1", crm));
    s.announce("a-2", plain);
    BOOST_TEST(s.announced(crm));
}

BOOST_AUTO_TEST_CASE(knows_until_it_is_forgotten) {
    Sessions s;
    BOOST_TEST(!s.knows("a-1", peer(1)));
    s.announce("a-1", peer(1));
    BOOST_TEST(s.knows("a-1", peer(1)));
    BOOST_TEST(!s.knows("a-2", peer(1)));
    s.forget_instance("a");
    BOOST_TEST(!s.knows("a-1", peer(1)));
}

BOOST_AUTO_TEST_CASE(the_next_message_begins_without_a_grant) {
    Sessions s;
    s.announce("a-1", peer(1));
    s.grant(peer(1));
    s.announce("a-1", peer(1));
    BOOST_TEST(!s.granted("a-1", peer(1)));
}

BOOST_AUTO_TEST_CASE(ends) {
    Sessions s;
    s.announce("a-1", peer(1));
    s.announce("a-2", peer(2));
    s.announce("b-1", peer(3));
    s.announce("ab-1", peer(4));
    s.close("a-1");
    BOOST_TEST(!s.announced(peer(1)));
    s.forget_instance("a");
    BOOST_TEST(!s.announced(peer(2)));
    BOOST_TEST(s.announced(peer(3)));
    BOOST_TEST(s.announced(peer(4)));
}

BOOST_AUTO_TEST_CASE(a_port_used_again_belongs_to_the_new_session) {
    Sessions s;
    s.announce("a-1", peer(1));
    s.grant(peer(1));
    s.announce("a-2", peer(1));
    BOOST_TEST(!s.granted("a-2", peer(1)));
    s.close("a-1");
    BOOST_TEST(s.announced(peer(1)));
    s.close("a-2");
    BOOST_TEST(!s.announced(peer(1)));
    BOOST_TEST(s.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_close_that_overtakes_its_announcement_wins) {
    Sessions s;
    s.close("a-1");
    s.announce("a-1", peer(1));
    BOOST_TEST(!s.announced(peer(1)));
}

BOOST_AUTO_TEST_CASE(no_port_no_announcement) {
    Sessions s;
    s.announce("a-1", peer(0));
    BOOST_TEST(!s.announced(peer(0)));
}

BOOST_AUTO_TEST_CASE(bounded) {
    Sessions s;
    int n = 0;
    for (int host = 0; host < 3; ++host)
        for (int port = 1; port < 50'000; ++port) s.announce("a-" + std::to_string(++n), peer(port, ("192.0.2." + std::to_string(host)).c_str()));
    BOOST_TEST(s.size() == Sessions::kCap);
    BOOST_TEST(!s.announced(peer(1, "192.0.2.0")));
    BOOST_TEST(s.announced(peer(49'999, "192.0.2.2")));
}

BOOST_AUTO_TEST_SUITE_END()
