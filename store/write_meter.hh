// SPDX-License-Identifier: BSD-2-Clause
//
// What a store's writer counts, where somebody wants to know. It outlives the store.
#pragma once

#include <atomic>

#include "base/metrics.hh"

namespace crmrelay::store {

struct WriteMeter {
    explicit WriteMeter(base::Metrics& metrics)
        : commit(metrics.histogram("crmrelay_store_commit_duration_seconds", "Time of a write transaction, from its first statement until it is durable.", base::latency_bounds())),
          batch(metrics.histogram("crmrelay_store_batch_writes", "Writes that one transaction made durable.", {1, 2, 4, 8, 16, 32, 64, 128, 256, 512})),
          errors(metrics.counter("crmrelay_store_errors_total", "Transactions that failed, whatever was to blame.")) {
        metrics.reading("crmrelay_store_writable", "1 unless the last transaction failed because of the store.", [this] { return std::vector<base::Sample>{{{}, in_trouble ? 0.0 : 1.0}}; });
    }
    WriteMeter(const WriteMeter&) = delete;

    base::Histogram& commit;
    base::Histogram& batch;
    base::Counter& errors;
    std::atomic<bool> in_trouble{false};
};

}  // namespace crmrelay::store
