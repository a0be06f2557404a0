// SPDX-License-Identifier: BSD-2-Clause
//
// libcurl's own beginning and end: whoever uses it holds one of these. libcurl counts them.
#pragma once

namespace crmrelay::report {

class CurlGlobal {
public:
    CurlGlobal();    // throws std::runtime_error
    ~CurlGlobal();
    CurlGlobal(const CurlGlobal&) = delete;
    CurlGlobal& operator=(const CurlGlobal&) = delete;
};

}  // namespace crmrelay::report
