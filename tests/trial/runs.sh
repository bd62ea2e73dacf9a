#!/bin/sh
# runs.sh BIN - `./run messaging` with few commands: each of the three is killed, the stores
# agree, and nothing is left running.
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
[ "$(grep -c ' s  .* killed (SIGKILL): ' "$work/out")" = 3 ] || fail "there were not three kills"
grep -q "^The bank's own audit: The books are right: " "$work/out" || fail "there is no audit"
expect_nothing_left
cat "$work/out"
exit $failures
