#!/bin/sh
# Replays every fuzz target's corpus, each input through the real target; fails where one of them crashes or ran no input.
set -eu
failed=0
for target in report mime lmtp from policy admission auth reading notice; do
    also=
    [ "$target" != reading ] || also=${srcdir:-.}/tests/bounce/fixtures
    if "${top_builddir:-.}/tests/fuzz/${target}_fuzz" "${srcdir:-.}/tests/fuzz/corpus/$target" ${also:+"$also"}; then
        echo "PASS: fuzz replay $target"
    else
        echo "FAIL: fuzz replay $target"
        failed=1
    fi
done
exit $failed
