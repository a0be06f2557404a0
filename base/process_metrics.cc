// SPDX-License-Identifier: BSD-2-Clause
//
// What a program tells of itself, under the names that Prometheus' own clients use (process_…). Read from /proc when asked.
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "base/metrics.hh"

namespace crmrelay::base {

namespace {

double resident_octets() {
    std::ifstream file("/proc/self/statm");
    long long all = 0, resident = 0;
    file >> all >> resident;
    return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_descriptors() {
    double count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count - 1;   // the one that has been counting
}

}  // namespace

void describe_process(Metrics& metrics, std::string_view program, std::string_view version) {
    metrics.gauge("crmrelay_build_info", "What runs here; the value is always 1.", {{"program", std::string(program)}, {"version", std::string(version)}}).set(1);
    metrics.gauge("process_start_time_seconds", "When the process started, in seconds since the epoch.").set(std::time(nullptr));
    metrics.reading("process_resident_memory_bytes", "Resident memory.", [] { return std::vector<Sample>{{{}, resident_octets()}}; });
    metrics.reading("process_open_fds", "Open file descriptors.", [] { return std::vector<Sample>{{{}, open_descriptors()}}; });
}

}  // namespace crmrelay::base
