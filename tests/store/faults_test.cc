// SPDX-License-Identifier: BSD-2-Clause
//
// What goes wrong under a store: a full disk, files that are read-only, removed, replaced or damaged. Nothing is called durable
// that is not, and once the trouble is over the store works again by itself.
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <fstream>

#include "store/sqlite_session.hh"
#include "tests/store/fixture.hh"

using namespace crmrelay::store;
using namespace crmrelay::store::test;

namespace {

// A process of its own with a disk of a few MB: a tmpfs where it may mount one, else a limit on a file's size.
class SmallDisk {
public:
    explicit SmallDisk(const std::string& path) : ballast_(path + "/ballast") {
        signal(SIGXFSZ, SIG_IGN);
        mounted_ = unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                   mount("tmpfs", path.c_str(), "tmpfs", 0, "size=6m,mode=0777") == 0;
        if (mounted_) {
            std::ofstream(ballast_) << std::string(3 << 20, 'x');
        } else {
            limit(1 << 20);
        }
    }
    void grow() {
        if (mounted_) std::filesystem::remove(ballast_);
        else limit(64 << 20);
    }

private:
    static void limit(rlim_t octets) {
        const rlimit value{octets, RLIM_INFINITY};
        setrlimit(RLIMIT_FSIZE, &value);
    }
    std::string ballast_;
    bool mounted_ = false;
};

std::string token_of(int number) { return "t" + std::to_string(number); }

int fill_and_recover(const Directory& directory) {
    SmallDisk disk(directory.path());
    Store store(directory.url(), Open::create);
    int number = 0;
    Outcome outcome{true, "", 0};
    for (; number < 5000 && outcome.durable; ++number) {
        auto message = sample_message(token_of(number));
        message.sender = std::string(8000, 's');
        outcome = record(store, message);
    }
    if (outcome.durable || outcome.error.find(directory.url()) == std::string::npos) return 1;
    if (number < 10) return 2;
    for (int i = 0; i < number - 1; ++i)
        if (!store.find_message(token_of(i))) return 3;   // what was called durable is there, although the disk is full
    disk.grow();
    if (!record(store, sample_message("after")).durable) return 4;
    store.check_writable();
    return store.find_message("after") ? 0 : 5;
}

int read_only(const Directory& directory) {
    if (geteuid() == 0 && (chown(directory.path().c_str(), 65534, 65534) != 0 || setgid(65534) != 0 || setuid(65534) != 0)) return 9;
    {
        Store store(directory.url(), Open::create);
        if (!record(store, sample_message("t1")).durable) return 1;
    }
    chmod(directory.file().c_str(), 0440);
    const auto error = thrown_by([&] { Store(directory.url(), Open::create); });
    if (!holds(error, directory.url() + ": file " + directory.file() + " is not writable for user ")) return 2;
    chmod(directory.file().c_str(), 0660);
    Store store(directory.url(), Open::create);
    if (!record(store, sample_message("t2")).durable) return 3;
    chmod(directory.path().c_str(), 0550);
    const auto folder = thrown_by([&] { Store(directory.url(), Open::create); });
    chmod(directory.path().c_str(), 0770);
    return holds(folder, "directory " + directory.path() + " is not writable for user ") ? 0 : 4;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_AUTO_TEST_CASE(full_disk) {
    const Directory directory;
    BOOST_TEST(exit_status(fork_child([&] { return fill_and_recover(directory); })) == 0);
}

BOOST_AUTO_TEST_CASE(read_only_file_and_directory) {
    const Directory directory;
    BOOST_TEST(exit_status(fork_child([&] { return read_only(directory); })) == 0);
}

BOOST_AUTO_TEST_CASE(removed_file) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_REQUIRE(record(store, sample_message("before")).durable);
    BOOST_TEST(store.find_message("before").has_value());
    std::filesystem::remove(directory.file());
    BOOST_TEST(record(store, sample_message("after")).durable);
    BOOST_TEST(store.find_message("after").has_value());
    BOOST_TEST(!store.find_message("before"));
    Store other(directory.url(), Open::existing);
    BOOST_TEST(other.find_message("after").has_value());
}

BOOST_AUTO_TEST_CASE(moved_away_and_back) {
    const Directory directory;
    Store store(directory.url(), Open::create);
    BOOST_REQUIRE(record(store, sample_message("before")).durable);
    std::filesystem::rename(directory.file(), directory.file() + ".away");
    BOOST_TEST(record(store, sample_message("between")).durable);
    std::filesystem::rename(directory.file() + ".away", directory.file());
    BOOST_TEST(record(store, sample_message("after")).durable);
    for (const auto& [token, want] : {std::pair{"before", true}, std::pair{"between", false}, std::pair{"after", true}})
        BOOST_TEST(store.find_message(token).has_value() == want, token);
    store.check_writable();
}

BOOST_AUTO_TEST_CASE(replaced_by_another) {
    const Directory directory, second;
    {
        Store store(second.url(), Open::create);
        BOOST_REQUIRE(record(store, sample_message("restored")).durable);
    }
    Store store(directory.url(), Open::create);
    for (int i = 0; i < 300; ++i) BOOST_REQUIRE(record(store, sample_message("t" + std::to_string(i))).durable);
    BOOST_TEST(store.find_message("t1").has_value());
    std::filesystem::rename(second.file(), directory.file());
    for (int i = 0; i < 20; ++i) BOOST_TEST(record(store, sample_message("u" + std::to_string(i))).durable);
    for (const auto& [token, want] : {std::pair{"restored", true}, std::pair{"t1", false}, std::pair{"u19", true}})
        BOOST_TEST(store.find_message(token).has_value() == want, token);
    std::string verdict;
    SqliteSession(directory.location(), Session::Use::read).sql() << "PRAGMA integrity_check", soci::into(verdict);
    BOOST_TEST(verdict == "ok");
}

BOOST_AUTO_TEST_CASE(directory_gone_and_back) {
    const Directory directory;
    const std::string folder = directory.path() + "/var";
    std::filesystem::create_directory(folder);
    const std::string url = "sqlite://" + folder + "/store.db";
    Store store(url, Open::create);
    BOOST_REQUIRE(record(store, sample_message("before")).durable);
    std::filesystem::rename(folder, folder + ".away");
    const auto gone = record(store, sample_message("gone"));
    BOOST_TEST(!gone.durable);
    BOOST_TEST(holds(gone.error, "directory " + folder + " does not exist"), gone.error);
    BOOST_TEST(holds(thrown_by([&] { store.find_message("before"); }), url));
    BOOST_TEST(holds(thrown_by([&] { store.check_writable(); }), url));
    BOOST_TEST(holds(thrown_by([&] { store.count_forward("t", noon, 1); }), url));
    std::filesystem::rename(folder + ".away", folder);
    BOOST_TEST(record(store, sample_message("after")).durable);
    BOOST_TEST(store.find_message("before").has_value());
    BOOST_TEST(!store.find_message("gone"));
}

BOOST_AUTO_TEST_CASE(damaged_file) {
    const Directory directory;
    std::ofstream(directory.file()) << std::string(20000, 'x');
    for (const auto how : {Open::create, Open::existing}) {
        const auto error = thrown_by([&] { Store(directory.url(), how); });
        BOOST_TEST(holds(error, directory.url()), error);
        BOOST_TEST(holds(error, "file is not a database: move " + directory.file() + " away"), error);
    }
}

BOOST_AUTO_TEST_CASE(damaged_under_way) {
    const Directory directory;
    const std::string kept = directory.file() + ".kept";
    Store store(directory.url(), Open::create);
    BOOST_REQUIRE(record(store, sample_message("before")).durable);
    std::filesystem::rename(directory.file(), kept);
    std::ofstream(directory.file()) << std::string(20000, 'x');
    const auto outcome = record(store, sample_message("lost"));
    BOOST_TEST(!outcome.durable);
    BOOST_TEST(holds(outcome.error, "file is not a database"), outcome.error);
    std::filesystem::rename(kept, directory.file());
    BOOST_TEST(record(store, sample_message("after")).durable);
    BOOST_TEST(store.find_message("before").has_value());
}

BOOST_AUTO_TEST_CASE(missing_store_is_not_made_by_a_reader) {
    const Directory directory;
    const auto error = thrown_by([&] { Store(directory.url(), Open::existing); });
    BOOST_TEST(holds(error, "does not exist"), error);
    BOOST_TEST(!file_id(directory.file()));
}

BOOST_AUTO_TEST_SUITE_END()
