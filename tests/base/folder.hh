// SPDX-License-Identifier: BSD-2-Clause
//
// A temporary folder for one test, removed with all that is in it.
#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace crmrelay::base::tests {

class Folder {
public:
    Folder() {
        const char* base = std::getenv("TMPDIR");
        path_ = std::string(base && *base ? base : "/tmp") + "/crmrelay-test-XXXXXX";
        if (!::mkdtemp(path_.data())) throw std::runtime_error(path_ + ": mkdtemp");
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::string& path() const { return path_; }
    std::string file(const std::string& name) const { return path_ + "/" + name; }

    // Writes a file below the folder, making the folders on the way; returns its path.
    std::string write(const std::string& name, std::string_view text, mode_t mode = 0600) const {
        const std::string path = file(name);
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        std::ofstream(path, std::ios::binary) << text;
        if (::chmod(path.c_str(), mode) != 0) throw std::runtime_error(path + ": chmod");
        return path;
    }

private:
    std::string path_;
};

}  // namespace crmrelay::base::tests
