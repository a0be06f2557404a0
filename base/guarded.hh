// SPDX-License-Identifier: BSD-2-Clause
//
// Guarded<T>: a value that threads share, reachable only while its mutex is held.
#pragma once

#include <mutex>
#include <utility>

namespace crmrelay::base {

template <typename T>
class Guarded {
public:
    Guarded() = default;
    explicit Guarded(T value) : value_(std::move(value)) {}

    class Lock {
    public:
        Lock(std::mutex& mutex, T& value) : lock_(mutex), value_(value) {}
        T* operator->() { return &value_; }
        T& operator*() { return value_; }
        std::unique_lock<std::mutex>& mutex_lock() { return lock_; }  // for a condition variable

    private:
        std::unique_lock<std::mutex> lock_;
        T& value_;
    };

    Lock lock() { return Lock(mutex_, value_); }

private:
    std::mutex mutex_;
    T value_;
};

}  // namespace crmrelay::base
