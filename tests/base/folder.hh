// SPDX-License-Identifier: BSD-2-Clause
//
// A temporary folder for one test, removed with all that is in it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace crmrelay::base::tests {

class Folder {
public:
    Folder() {
        const char* base = std::getenv("TMPDIR");
        path_ = std::string(base && *base ? base : "/tmp") + "/crmrelay-base-XXXXXX";
        if (!::mkdtemp(path_.data())) throw std::runtime_error(path_ + ": mkdtemp");
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

}  // namespace crmrelay::base::tests
