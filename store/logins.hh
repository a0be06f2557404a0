// SPDX-License-Identifier: BSD-2-Clause
//
// When each login last went well, and last failed: a row a login. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "store/records.hh"
#include "store/statement.hh"

namespace crmrelay::store {

class LoginWriter {
public:
    explicit LoginWriter(Session& session);
    void write(const LoginSeen& seen);   // what is older than the row's changes nothing

private:
    std::string login_, from_, why_;
    long long at_ = 0;
    Statement succeeded_, failed_;
};

class LoginReader {
public:
    explicit LoginReader(Session& session);
    std::vector<LoginSeen> all();

private:
    LoginSeen row_;
    long long succeeded_at_ = 0, failed_at_ = 0;
    Statement all_;
};

}  // namespace crmrelay::store
