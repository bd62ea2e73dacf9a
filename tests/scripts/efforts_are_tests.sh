#!/bin/sh
# efforts_are_tests.sh BUILD - each test in the table of counts (support/effort.h) is a test
# of this build, and a value of JANGLE_EFFORT or JANGLE_SEED that means nothing is refused.
set -eu
build=$1
failed=0
unset JANGLE_EFFORT JANGLE_SEED

fail() {
    echo "$*"
    failed=1
}

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"$build/tests/print_efforts" >"$place/slice"
cut -f 1 "$place/slice" | while read -r name; do
    grep -qE "^$name(_[0-9]+)? " "$build/tests.list" || fail "there is no test $name"
done >"$place/missing"
[ ! -s "$place/missing" ] || fail "$(cat "$place/missing")"

# Five slices are what CI does, and the full count at most.
for effort in slice ci soak; do
    JANGLE_EFFORT=$effort "$build/tests/print_efforts" | cut -f 2 >"$place/$effort.counts"
done
cut -f 2 "$place/slice" | cmp -s - "$place/slice.counts" || fail "the slice is not what is done if nobody asks"
paste "$place/slice.counts" "$place/ci.counts" "$place/soak.counts" >"$place/counts"
awk '$3 < $1 || $2 != ($3 < 5 * $1 ? $3 : 5 * $1) { print "slice, ci, soak: " $0; bad = 1 }
     END { exit bad }' "$place/counts" || failed=1

if JANGLE_EFFORT=much "$build/tests/print_efforts" >"$place/out" 2>&1; then
    fail "JANGLE_EFFORT=much is taken"
fi
grep -q 'JANGLE_EFFORT=much, but the tests know slice, ci and soak' "$place/out" ||
    fail "what is said of JANGLE_EFFORT=much: $(cat "$place/out")"
for seed in x -1 7x ''; do
    if JANGLE_SEED=$seed "$build/tests/unit_memory_table" >"$place/out" 2>&1; then
        fail "JANGLE_SEED='$seed' is taken"
    fi
    grep -q 'a seed is a whole number' "$place/out" ||
        fail "what is said of JANGLE_SEED='$seed': $(cat "$place/out")"
done
exit $failed
