#!/bin/sh
# bench_events.sh BENCH - every row of what becomes of events runs, briefly and with syncs
# that cost nothing, and finds what it looks for: a handler got each event once, a view has
# the right rows, a transfer has its four events. A row that finds a fault ends with a
# sentence. No rate matters.
set -eu
bench=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
failed=0

complain() { # SENTENCE
    echo "$1"
    cat out
    failed=1
}

for row in dispatch-off-16 dispatch-16 dispatch-view-16 dispatch-fsync view-rate plain-view \
    rebuild replay-raw plain-scan replay-typed plain-typed stream-100 plain-stream ask-1 \
    plain-ask saga-rate four-commands saga-fsync memory memory-store memory-store-1000 bytes \
    open-1M scale scale-same idle; do
    status=0
    "$bench" --once $row --seconds 0.01 --sync-us 1 >out 2>&1 || status=$?
    [ $row$status != plain-typed2 ] || continue # it needs jansson
    [ $status = 0 ] || complain "$row ends with $status:"
    grep -q '^count [1-9]' out || complain "$row does nothing:"
    case $row in
    bytes | scale | scale-same | idle) # they are about something else than a rate
        awk '$1 == "value" { value = $2 } END { exit !(value > 0) }' out ||
            complain "$row does not say what it came to:"
        ;;
    esac
done

rm out
[ -z "$(ls)" ] || {
    echo "files are left behind: $(ls)"
    failed=1
}
exit $failed
