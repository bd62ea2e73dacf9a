#!/bin/sh
# bench_counts.sh BENCH - what fixed workloads cost, counted: instructions, system calls and
# syncs of one operation. No clock is asked, so that a busy machine says the same as a quiet
# one, and who makes an operation dearer is told so. Skipped where valgrind or strace is not.
#
# To take the bounds again, run
#     ./run bench --only fixed --count --rounds 1
# and write 1.05 times of what it counts into the table below; write down less whenever
# less is counted, because a bound that is far away holds nothing.
set -eu
bench=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
failed=0

# Row, count, and the most that one operation may take: counted by gcc 12 and SQLite 3.40.1.
bounds='
warm-command        instructions  77000
warm-command        system-calls  27.3
warm-command        syncs         1.05
warm-command-1000   instructions  91300
warm-command-1000   system-calls  28.7
view-event          instructions  15090
saga-turn           instructions  398200
saga-turn           system-calls  80.8
saga-turn           syncs         2.14
'

# Row, and the most syncs a command, if a sync takes 2 ms whatever the disk does.
shared='
command-16  0.10
command-64  0.03
'

for tool in valgrind strace; do
    if ! $tool --version >/dev/null 2>&1; then
        echo "$tool is not here"
        [ "${CI:-}" = true ] && exit 1
        exit 77
    fi
done

complain() { # SENTENCE
    echo "$1"
    failed=1
}

is_at_most() { # NUMBER MOST
    awk -v is="$1" -v most="$2" 'BEGIN { exit !(is > 0 && is + 0 <= most + 0) }'
}

"$bench" --only warm-command --only warm-command-1000 --only view-event --only saga-turn \
    --count --rounds 1 >out 2>&1 || {
    cat out
    exit 1
}
sed 's/system calls/system-calls/' out >counts
if grep -q 'does not count' counts; then
    grep 'does not count' counts
    [ "${CI:-}" = true ] && exit 1
    exit 77
fi

echo "$bounds" | sed '/^$/d' >table
while read -r row what most; do
    is=$(awk -v row="$row" -v what="$what" '$1 == row && $2 == what { print $3 }' counts)
    echo "$row: $is $what, at most $most"
    is_at_most "${is:-0}" "$most" ||
        complain "$row takes ${is:-no} $what; it must take no more than $most, and something"
done <table

echo "$shared" | sed '/^$/d' >table
while read -r row most; do
    "$bench" --once "$row" --seconds 0.5 --sync-us 2000 >out
    is=$(awk '$1 == "count" { count = $2 } $1 == "syncs" { syncs = $2 }
        END { printf "%.4f", syncs / count }' out)
    echo "$row: $is syncs, at most $most"
    is_at_most "$is" "$most" ||
        complain "a command of $row takes $is syncs; it must take no more than $most"
done <table
exit $failed
