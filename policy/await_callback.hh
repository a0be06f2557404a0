// SPDX-License-Identifier: BSD-2-Clause
//
// A coroutine waits for a callback that comes from another thread.
#pragma once

#include <utility>  // Boost 1.74's awaitable.hpp needs it first

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

namespace crmrelay::policy {

// Runs `start(callback)`, where `callback(value)` may be called once from any thread, and resumes in the io_context with the value.
// `start` outlives the wait: it stands in the awaiting coroutine. (GCC 12 destroys a closure twice that is passed into a coroutine by value.)
template <typename T, typename Start>
boost::asio::awaitable<T> called_back(boost::asio::io_context& io, Start& start) {
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(T)>(
        [](auto handler, boost::asio::io_context* context, Start* begin) {
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            (*begin)([context, shared](T value) {
                boost::asio::post(*context, [shared, value = std::move(value)]() mutable { std::move(*shared)(std::move(value)); });
            });
        },
        boost::asio::use_awaitable, &io, &start);
}

}  // namespace crmrelay::policy
