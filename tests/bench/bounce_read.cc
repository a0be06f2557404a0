// SPDX-License-Identifier: BSD-2-Clause
//
// Reads the bounces of a folder from disk, again and again, and prints how many mails a second that makes, on one core. It judges nothing.
//
//   bounce_read FOLDER [SECONDS]
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "bounce/reading.hh"

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1]))
        if (entry.path().extension() == ".eml") files.push_back(entry.path());
    if (files.empty()) return 1;
    const double seconds = argc > 2 ? std::atof(argv[2]) : 3;
    const auto start = std::chrono::steady_clock::now();
    const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
    std::size_t mails = 0, results = 0, octets = 0;
    while (elapsed() < seconds)
        for (const auto& file : files) {
            std::ifstream stream(file, std::ios::binary);
            std::string text(std::filesystem::file_size(file), '\0');
            stream.read(text.data(), static_cast<std::streamsize>(text.size()));
            results += crmrelay::bounce::read_bounce(text).results.size();
            octets += text.size();
            ++mails;
        }
    fmt::print("{:.0f} mails/s, {:.1f} MB/s, {:.2f} results a mail\n", static_cast<double>(mails) / elapsed(), static_cast<double>(octets) / 1e6 / elapsed(),
               static_cast<double>(results) / static_cast<double>(mails));
}
