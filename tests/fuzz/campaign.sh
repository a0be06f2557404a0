#!/bin/bash
# A fuzzing campaign: every target for SECONDS of libFuzzer (default 1200) with ASan and UBSan, from the corpus of the tree.
#
#   tests/fuzz/campaign.sh [SECONDS [TARGET…]]
#
# Finds go to build-fuzz/found/; exit status 1 where there is one.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
seconds=${1:-1200}
shift || true
if [ $# = 0 ]; then set -- report mime lmtp from policy admission auth reading notice; fi
./install-deps || exit 1
[ -x configure ] || autoreconf -fi > /dev/null 2>&1 || exit 1
mkdir -p build-fuzz/found && cd build-fuzz || exit 1
if [ ! -e Makefile ]; then
    ../configure CXX=clang++ --enable-fuzz --enable-asan --enable-ubsan CXXFLAGS='-g -O1' > configure.log 2>&1 || { tail configure.log; exit 1; }
fi
failed=0
for target in "$@"; do
    make "tests/fuzz/${target}_fuzz" > make.log 2>&1 || { tail -n 20 make.log; exit 1; }
    mkdir -p "grown/$target"
    dictionary=
    [ -e "../tests/fuzz/$target.dict" ] && dictionary="-dict=../tests/fuzz/$target.dict"
    # shellcheck disable=SC2086  # one option or none
    if "tests/fuzz/${target}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 $dictionary -artifact_prefix=found/ \
        "grown/$target" "../tests/fuzz/corpus/$target" ../tests/bounce/fixtures > "$target.log" 2>&1; then
        echo "ok $target: $(grep -o 'Done [0-9]* runs' "$target.log")"
    else
        echo "FAIL $target: see build-fuzz/$target.log and build-fuzz/found/"
        failed=1
    fi
done
exit $failed
