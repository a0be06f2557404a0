// SPDX-License-Identifier: BSD-2-Clause
//
// Reads a megabyte of each hostile shape (tests/bounce/shapes.hh), and prints how many milliseconds of the processor that took: the least of three. It
// judges nothing.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "bounce/reading.hh"
#include "tests/bounce/shapes.hh"

int main() {
    using namespace crmrelay::bounce;
    read_bounce(kHead + kQmail + "<a@b.cc>: user unknown\n");   // builds the tables
    for (const auto& shape : hostile_shapes()) {
        const auto text = shape.of_size(1 << 20);
        double least = 1e9;
        for (int round = 0; round < 3; ++round) {
            const auto start = std::clock();
            read_bounce(text);
            least = std::min(least, 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
        }
        fmt::print("  {:<36}{:8.1f} ms\n", shape.name, least);
    }
}
