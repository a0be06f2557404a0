#!/bin/sh
# Reading takes work that grows with a message's size alone: of each hostile shape (hostile_work.cc) a message and one eight times as long are read under
# callgrind, and the instructions of both compared. Nothing is timed, so a busy machine changes nothing. The shape "control" is quadratic, and must be seen.
# Skipped (77) without valgrind, and in builds with a sanitizer, which valgrind cannot run.
set -eu
program=${top_builddir:-.}/tests/bounce/hostile_work
command -v valgrind > /dev/null || { echo 'SKIP: valgrind is not installed'; exit 77; }
! nm "$program" | grep -qE '__(asan|tsan|ubsan)_' || { echo 'SKIP: valgrind cannot run a sanitizer build'; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM
status=0
valgrind --quiet --tool=callgrind --callgrind-out-file="$folder/out" "$program" > "$folder/names" 2> "$folder/log" || status=$?
[ "$status" = 0 ] || { cat "$folder/log"; exit "$status"; }

# The instructions of a dump stand in its line "totals: N", and which reading it was in its trigger: "NUMBER:s" or "NUMBER:l".
cat "$folder/names" "$folder"/out.* | awk '
    FNR == NR && /^[0-9]+ [^0-9]/ && !dumps { number = $1; sub(/^[0-9]+ /, ""); names[number] = $0; next }
    /^# callgrind format/ { dumps = 1 }
    /^desc: Trigger: Client Request: / { reading = $NF }
    /^totals: / { if (reading != "") work[reading] = $2; reading = "" }
    END {
        for (number in names) {
            name = names[number]
            if (!work[number ":s"] || !work[number ":l"]) { print "FAIL " name ": not counted"; failed = 1; continue }
            growth = work[number ":l"] / work[number ":s"]
            linear = growth < 8 * 1.5    # room for what sorts or grows a table
            wrong = name == "control" ? linear : !linear
            printf "%s %s: %d instructions for 128 KiB, %.1f times those for 16 KiB\n", wrong ? "FAIL" : "ok", name, work[number ":l"], growth
            ++shapes
            if (wrong) failed = 1
            if (name == "control") control = 1
        }
        if (!control || shapes < 20) { print "FAIL: " shapes + 0 " shapes were counted, and they are at least 20"; failed = 1 }
        exit failed
    }'
