// SPDX-License-Identifier: BSD-2-Clause
//
// Feeds each file of the folders named in argv to a fuzz target, in the order of their names. Fails where there is no file, or where the
// target's own counter says that what it fuzzes never ran.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" unsigned long fuzz_subject_runs;

int main(int argc, char** argv) {
    std::vector<std::filesystem::path> files;
    for (int i = 1; i < argc; ++i) {
        std::error_code error;
        for (const auto& entry : std::filesystem::directory_iterator(argv[i], error))
            if (entry.is_regular_file()) files.push_back(entry.path());
        if (error) {
            std::fprintf(stderr, "%s: cannot read folder %s: %s\n", argv[0], argv[i], error.message().c_str());
            return 1;
        }
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        std::ifstream stream(file, std::ios::binary);
        const std::string input((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
        if (!stream) {
            std::fprintf(stderr, "%s: cannot read %s\n", argv[0], file.c_str());
            return 1;
        }
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
    }
    std::printf("%s: %zu inputs, subject ran %lu times\n", argv[0], files.size(), fuzz_subject_runs);
    return files.empty() || fuzz_subject_runs == 0 ? 1 : 0;
}
