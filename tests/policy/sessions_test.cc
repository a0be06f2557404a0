// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/sessions.cc: announcements, grants, and what makes them end.
#include "policy/sessions.hh"

#include <boost/test/unit_test.hpp>

#include "tests/policy/rules_for_tests.hh"

using namespace crmrelay::policy;
using crmrelay::policy::test::ip;

namespace {

SessionFacts peer(int port, const char* client = "192.0.2.10") {
    SessionFacts out;
    out.client = ip(client);
    out.port = static_cast<std::uint16_t>(port);
    return out;
}

SessionFacts certified(SessionFacts facts) { return crmrelay::policy::test::with_certificate(std::move(facts), "AB:CD", "crm.example"); }

// The fingerprint that a question of this session gets.
std::string fingerprint_of(const Sessions& sessions, const char* session, SessionFacts facts) {
    sessions.fill_certificate(session, facts);
    BOOST_TEST(facts.subject == (facts.fingerprint.empty() ? "" : "crm.example"));
    return facts.fingerprint;
}

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
    auto other_address = peer(1);
    other_address.service = 25;
    other_address.server = ip("203.0.113.25");
    BOOST_TEST(!s.announced(other_address));
    s.announce("a-3", other_address);
    BOOST_TEST(s.knows("a-2", plain));
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

BOOST_AUTO_TEST_CASE(a_certificate_is_kept_over_messages_and_forgotten_with_the_session) {
    Sessions s;
    s.note_certificate(certified(peer(1)));
    BOOST_TEST(fingerprint_of(s, "a-1", peer(1)) == "");          // nobody has announced it
    s.announce("a-1", peer(1));
    BOOST_TEST(fingerprint_of(s, "a-1", peer(1)) == "");
    s.note_certificate(certified(peer(1)));
    BOOST_TEST(fingerprint_of(s, "a-1", peer(1)) == "AB:CD");
    BOOST_TEST(fingerprint_of(s, "a-2", peer(1)) == "");          // somebody else's question
    BOOST_TEST(fingerprint_of(s, "a-1", peer(2)) == "");
    BOOST_TEST(!s.granted(peer(1)));
    s.announce("a-1", peer(1));                                   // the next message
    BOOST_TEST(fingerprint_of(s, "a-1", peer(1)) == "AB:CD");
    s.close("a-1");
    BOOST_TEST(fingerprint_of(s, "a-1", peer(1)) == "");
    s.announce("a-2", peer(1));
    BOOST_TEST(fingerprint_of(s, "a-2", peer(1)) == "");
}

BOOST_AUTO_TEST_CASE(a_certificate_is_not_inherited) {
    Sessions s;
    s.announce("a-1", peer(1));
    s.note_certificate(certified(peer(1)));
    s.announce("a-2", peer(1));                                   // the port is used again before the close is read
    BOOST_TEST(fingerprint_of(s, "a-2", peer(1)) == "");
    BOOST_TEST(fingerprint_of(s, "a-1", peer(1)) == "");
    s.note_certificate(certified(peer(1)));
    s.announce("a-2", peer(3));                                   // the session's name with another peer
    BOOST_TEST(fingerprint_of(s, "a-2", peer(3)) == "");
    s.note_certificate(certified(peer(3)));
    s.note_certificate(peer(3));                                  // a later query without one
    BOOST_TEST(fingerprint_of(s, "a-2", peer(3)) == "");

    auto plain = peer(4), crm = peer(4);
    plain.service = 25;
    crm.service = 10587;
    s.announce("a-4", plain);
    s.note_certificate(certified(crm));                           // of another service
    BOOST_TEST(fingerprint_of(s, "a-4", plain) == "");

    s.announce("a-5", peer(0));
    s.note_certificate(certified(peer(0)));
    BOOST_TEST(fingerprint_of(s, "a-5", peer(0)) == "");
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
