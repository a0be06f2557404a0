// SPDX-License-Identifier: BSD-2-Clause
//
// A coroutine waits for a callback that comes from another thread.
#pragma once

#include <utility>  // Boost 1.74's awaitable.hpp needs it first

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

namespace crmrelay::base {

// Runs `start(callback)`, where `callback(value)` may be called once from any thread, and resumes on `executor` with the value.
// `start` outlives the wait: it stands in the awaiting coroutine. (GCC 12 destroys a closure twice that is passed into a coroutine by value.)
template <typename T, typename Executor, typename Start>
boost::asio::awaitable<T> called_back(Executor executor, const Start& start) {
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(T)>(
        [](auto handler, Executor resume_on, const Start* begin) {
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            (*begin)([resume_on, shared](T value) {
                boost::asio::post(resume_on, [shared, value = std::move(value)]() mutable { std::move(*shared)(std::move(value)); });
            });
        },
        boost::asio::use_awaitable, executor, &start);
}

}  // namespace crmrelay::base
