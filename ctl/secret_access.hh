// SPDX-License-Identifier: BSD-2-Clause
//
// Who may read a secret file that crmrelayctl writes: its one reader, and nobody else.
#pragma once

#include <string>

#include "base/fd.hh"
#include "ctl/replace_file.hh"

namespace crmrelay::ctl {

// Mode 0640; owner and group as they are; of a first file root and the group of `user`. Throws std::runtime_error where there is no such user.
Access access_for(const std::string& path, const std::string& user);

// Where symbolic links lead: rename() would replace the link.
std::string real_path(const std::string& path);

// Held, it keeps a second crmrelayctl from changing files of the same folder meanwhile. Throws std::system_error.
base::Fd lock_folder_of(const std::string& path);

}  // namespace crmrelay::ctl
