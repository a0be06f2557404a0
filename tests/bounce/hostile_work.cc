// SPDX-License-Identifier: BSD-2-Clause
//
// Reads every hostile shape at two sizes, and has callgrind write down how many instructions each reading took. It judges nothing:
// hostile_work.sh, which runs it under valgrind, does. Exit status 77 where it was built without valgrind's header, or outside of valgrind.
//
// The last shape is the control: it is searched in a way that takes quadratic time, and the judge must see that.
#include <cstdio>
#include <cstdlib>

#include "bounce/reading.hh"
#include "tests/bounce/shapes.hh"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>

namespace {

constexpr std::size_t kSmall = 1 << 14;
constexpr std::size_t kLarge = 1 << 17;   // eight times as much

// A dump's name may be short only: it is the shape's number, whose name is printed.
template <typename Work>
void count(int number, const std::string& name, const Work& work) {
    std::printf("%d %s\n", number, name.c_str());
    for (const auto size : {kSmall, kLarge}) {
        const auto text = work.make(size);
        CALLGRIND_ZERO_STATS;
        work.run(text);
        CALLGRIND_DUMP_STATS_AT((std::to_string(number) + (size == kSmall ? ":s" : ":l")).c_str());
    }
}

struct Reads {
    const crmrelay::bounce::Shape& shape;
    std::string make(std::size_t size) const { return shape.of_size(size); }
    void run(const std::string& text) const { crmrelay::bounce::read_bounce(text); }
};

struct Control {
    std::string make(std::size_t size) const { return std::string(size, '<'); }
    void run(const std::string& text) const {
        std::size_t missing = 0;
        for (std::size_t at = 0; at < text.size(); at += 16) missing += text.find('>', at) == std::string::npos;
        if (missing == 0) std::abort();
    }
};

}  // namespace

int main() {
    if (RUNNING_ON_VALGRIND == 0) return 77;
    crmrelay::bounce::read_bounce(crmrelay::bounce::kHead + crmrelay::bounce::kQmail + "<a@b.cc>: user unknown\n");   // builds the tables
    int number = 0;
    for (const auto& shape : crmrelay::bounce::hostile_shapes()) count(++number, shape.name, Reads{shape});
    count(++number, "control", Control{});
}
#else
int main() { return 77; }
#endif
