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
warm-command        instructions  65300
warm-command        system-calls  22.1
warm-command        syncs         1.05
warm-command-1000   instructions  66700
warm-command-1000   system-calls  22.8
saga-fsync          instructions  375200
saga-fsync          system-calls  61.4
saga-fsync          syncs         1.07
'

# Row, how many operations it does, and the most instructions and syncs that one of them may
# take. These rows would take long to measure, so they are run by valgrind alone:
#     valgrind --tool=callgrind --callgrind-out-file=/dev/null --collect-atstart=no \
#         build/bin/bench --once ROW --operations COUNT
events='
dispatch-fsync        100  126400  1.02
view-rate             100   20740  0.01
rebuild              1000   29610  0.02
replay-raw           1000    4740  0
replay-typed         1000   10460  0
stream-100           1000    6570  0
ask-1                1000   24150  0
memory-store        10000   19250  0
memory-store-1000     500   18450  0
'
bytes=85.3 # of the file, an event, beside its payload and its meta: of 20,000, in streams of 10; the catalogue is 0.2
memory=512 # KiB that a program holds more after 90,000 more events

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

"$bench" --only warm-command --only warm-command-1000 --only saga-fsync \
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
    is=$(awk -v row="$row" -v what="$what" 'NF == 3 && $1 == row && $2 == what { print $3 }' counts)
    echo "$row: $is $what, at most $most"
    is_at_most "${is:-0}" "$most" ||
        complain "$row takes ${is:-no} $what; it must take no more than $most, and something"
done <table

echo "$events" | sed '/^$/d' >table
while read -r row operations most most_syncs; do
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --collect-atstart=no \
        "$bench" --once "$row" --operations "$operations" >out 2>log || {
        cat log
        exit 1
    }
    count=$(awk '$1 == "count" { print $2 }' out)
    is=$(sed -n 's/.*Collected : //p' log | awk -v count="$count" '{ print $1 / count }')
    syncs=$(awk -v count="$count" '$1 == "syncs" { print $2 / count }' out)
    echo "$row: $is instructions, at most $most; $syncs syncs, at most $most_syncs"
    is_at_most "$is" "$most" ||
        complain "$row takes $is instructions; it must take no more than $most, and something"
    awk -v is="$syncs" -v most="$most_syncs" 'BEGIN { exit !(is + 0 <= most + 0) }' ||
        complain "$row takes $syncs syncs; it must take no more than $most_syncs"
done <table

"$bench" --once bytes --operations 20000 >out
is=$(awk '$1 == "value" { print $2 }' out)
echo "an event takes $is bytes beside its payload and its meta, at most $bytes"
is_at_most "$is" "$bytes" ||
    complain "an event takes $is bytes beside its payload and its meta, more than $bytes"

"$bench" --once memory --seconds 0.1 >out
is=$(awk '$1 == "value" { print $2 }' out)
echo "90,000 events leave $is KiB behind, at most $memory"
awk -v is="$is" -v most="$memory" 'BEGIN { exit !(is + 0 <= most + 0) }' ||
    complain "90,000 more events leave $is KiB in memory, more than $memory"

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
