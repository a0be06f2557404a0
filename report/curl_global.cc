// SPDX-License-Identifier: BSD-2-Clause
//
// The two calls of libcurl that belong to the process.
#include "report/curl_global.hh"

#include <curl/curl.h>

#include <stdexcept>

namespace crmrelay::report {

CurlGlobal::CurlGlobal() {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
}

CurlGlobal::~CurlGlobal() { curl_global_cleanup(); }

}  // namespace crmrelay::report
