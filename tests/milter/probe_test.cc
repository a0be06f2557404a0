// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of milter/probe.cc against the real milter, and against what listens and does not answer as one.
#include "milter/probe.hh"

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <system_error>
#include <thread>

#include "tests/milter/real_milter.hh"

namespace {

using namespace crmrelay;
using namespace crmrelay::milter::test;
using namespace std::chrono_literals;

}  // namespace

BOOST_AUTO_TEST_SUITE(probe)

BOOST_AUTO_TEST_CASE(a_milter_that_serves_answers) {
    const Folder folder;
    const FakePolicyd policyd(folder.socket("admission.sock"), [](const policy::Question&) { return policy::Answer(policy::Mine{}); });
    RealMilter milter(folder);
    for (int i = 0; i < 3; ++i) BOOST_TEST(milter::answers(milter.endpoint(), 10s));
    BOOST_TEST(milter.stop(SIGTERM) == 0);
    BOOST_CHECK_THROW(milter::answers(milter.endpoint(), 10s), std::system_error);
}

BOOST_AUTO_TEST_CASE(who_only_listens_does_not_answer) {
    const Folder folder;
    const auto endpoint = folder.socket("milter.sock");
    const auto listener = base::listen_on(endpoint, "", false);
    BOOST_TEST(!milter::answers(endpoint, 1s));
}

BOOST_AUTO_TEST_CASE(another_answer_is_none) {
    const Folder folder;
    const auto endpoint = folder.socket("milter.sock");
    const auto listener = base::listen_on(endpoint, "", false);
    std::thread server([&listener] {
        base::Fd connected;
        while (!(connected = base::Fd(::accept(listener.get(), nullptr, nullptr)))) std::this_thread::sleep_for(1ms);
        base::write_all(connected.get(), {"\0\0\0\1r", 5});
    });
    BOOST_TEST(!milter::answers(endpoint, 10s));
    server.join();
}

BOOST_AUTO_TEST_SUITE_END()
