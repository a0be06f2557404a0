// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of base/watchdog.cc: a service manager's socket that counts pings.
#include "base/watchdog.hh"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include "base/fd.hh"
#include "tests/base/folder.hh"

using namespace crmrelay::base;
using crmrelay::base::tests::Folder;

namespace {

class Manager {
public:
    explicit Manager(const char* limit) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto path = folder_.file("notify");
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        BOOST_REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
        if (limit) ::setenv("WATCHDOG_USEC", limit, 1);
    }
    ~Manager() {
        ::unsetenv("NOTIFY_SOCKET");
        ::unsetenv("WATCHDOG_USEC");
    }
    // The next ping within `milliseconds`.
    bool pinged(int milliseconds) const {
        pollfd waits{socket_.get(), POLLIN, 0};
        if (::poll(&waits, 1, milliseconds) != 1) return false;
        char text[64];
        const auto size = ::recv(socket_.get(), text, sizeof text, 0);
        return size > 0 && std::string(text, static_cast<std::size_t>(size)) == "WATCHDOG=1";
    }

private:
    Folder folder_;
    Fd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(watchdog)

BOOST_AUTO_TEST_CASE(it_pings_while_there_is_an_answer) {
    const Manager manager("40000");
    std::atomic<int> asked{0};
    const Watchdog watchdog([&asked] { return ++asked > 0; });
    for (int i = 0; i < 5; ++i) BOOST_TEST(manager.pinged(10'000));
    BOOST_TEST(asked.load() >= 5);
}

BOOST_AUTO_TEST_CASE(no_answer_is_no_ping) {
    static const struct {
        bool throws;
    } kTable[] = {{false}, {true}};
    for (const auto& row : kTable) {
        const Manager manager("4000");
        std::atomic<int> asked{0};
        std::atomic<bool> answers{false};
        const Watchdog watchdog([&] {
            ++asked;
            if (!answers && row.throws) throw std::runtime_error("connection refused");
            return answers.load();
        });
        for (int i = 0; i < 10'000 && asked < 10; ++i) ::usleep(1000);
        BOOST_TEST(asked.load() >= 10);
        BOOST_TEST(!manager.pinged(0));
        answers = true;
        BOOST_TEST(manager.pinged(10'000));
    }
}

BOOST_AUTO_TEST_CASE(without_a_manager_nobody_is_asked) {
    const Manager manager(nullptr);
    std::atomic<bool> asked{false};
    { const Watchdog watchdog([&asked] { return asked = true; }); }
    BOOST_TEST(!asked.load());
}

BOOST_AUTO_TEST_SUITE_END()
