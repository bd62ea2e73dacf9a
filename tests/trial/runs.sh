#!/bin/sh
# runs.sh BIN BROKER - `./run messaging --broker BROKER` with few commands: each of the three
# is killed, or the broker cut off where to kill it would prove nothing; the stores agree, and
# nothing is left running.
set -eu
. "${0%/*}/common.sh"

status=0
(try "$bin" 1200 150) || status=$?
[ $status != 77 ] || exit 77
[ $status = 0 ] || {
    tail -n 5 "$work"/run/*.log
    fail "it ends with $status"
}
[ "$(grep -c '^identical  ' "$work/out")" = 13 ] || fail "there are not 13 lines that say identical"
kills=3
case $broker in
aws | kafka)
    kills=2
    grep -q ' s  the broker is cut off, because .* in memory' "$work/out" || fail "it was not cut off"
    ;;
esac
[ "$(grep -c ' s  .* killed (SIGKILL): ' "$work/out")" = $kills ] || fail "there were not $kills kills"
grep -q ' s  the broker is .* again$' "$work/out" || fail "the broker did not come again"
grep -q "^The bank's own audit: The books are right: " "$work/out" || fail "there is no audit"
expect_nothing_left
cat "$work/out"
exit $failures
