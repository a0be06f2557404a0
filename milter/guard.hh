// SPDX-License-Identifier: BSD-2-Clause
//
// The only try/catch of the mail path. Nothing that is thrown passes it: libmilter is C and knows no exceptions.
#pragma once

#include <exception>

namespace crmrelay::milter {

// What `body` returns, or what `failed` makes of the words of the exception that `body` threw.
template <typename Body, typename Failed>
auto guarded(Body&& body, Failed&& failed) noexcept -> decltype(body()) {
    try {
        return body();
    } catch (const std::exception& problem) {
        return failed(problem.what());
    } catch (...) {
        return failed("an unknown exception");
    }
}

}  // namespace crmrelay::milter
