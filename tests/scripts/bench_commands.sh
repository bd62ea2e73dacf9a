#!/bin/sh
# bench_commands.sh BENCH - a row of each kind that commands are sent for runs, briefly and with
# syncs that cost little, and the file of each holds what was answered: bench/verify.c looks, and a
# row that finds a fault ends with a sentence. No rate matters.
set -eu
bench=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
failed=0

for row in same-1 raw-16 append-16 command-16 c-16 c-cold command-cold-mmap command-hot-chain cpu c-64-due \
    worst-64 processes-16 conflict-16 checkpoint-250; do
    "$bench" --once $row --seconds 0.02 --sync-us 100 >out 2>&1 || {
        echo "$row ends with $?:"
        cat out
        failed=1
        continue
    }
    awk '$1 == "count" { count = $2 } $1 == "syncs" { syncs = $2 }
        END { exit !(count > 0 && syncs > 0) }' out || {
        echo "$row does nothing, or syncs nothing:"
        cat out
        failed=1
    }
done

# The bank answers as many as it is asked to, and its books are right.
"$bench" --once simulate --operations 300 >out 2>&1 || {
    echo "simulate ends with $?:"
    cat out
    failed=1
}
grep -q '^count 300$' out || failed=1

[ -z "$(ls | grep -v '^out$')" ] || {
    echo "files are left behind: $(ls)"
    failed=1
}
exit $failed
