#!/bin/sh
# bench_messages.sh BENCH READ_JSON - every row that carries messages runs, with few of them,
# on a broker that is started for it; its targets are printed, and nothing is left running
# or lying about. No rate matters. Rows of a broker that is not here are skipped, and say so.
set -eu
bench=$1
read_json=$2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
mkdir work
failed=0

complain() { # SENTENCE
    echo "$1"
    cat out
    failed=1
}

prints() { # PATTERN: a line is like it
    grep -Eq -- "$1" out || complain "no line is like $1:"
}

rows='publish publish-hot plain-publish publish-hot-classic plain-publish-one take-events
    take-commands plain-take end-to-end plain-end-to-end hub'
targets='publish publish-hot publish-hot-classic take-events take-commands fsync-take
    end-to-end hub cpu-message'

"$bench" --directory work --only messaging --rounds 1 --seconds 0.01 --messages 100 \
    --json figures.json >out 2>&1 || complain "the rows of messages have failed:"
if grep -q 'publish is not run: ' out; then
    grep 'is not run' out
    [ "${CI:-}" = true ] && exit 1
    exit 77
fi
for broker in nats redis kafka; do
    if grep "^publish-$broker is not run: " out; then
        [ "${CI:-}" != true ] || failed=1
        continue
    fi
    for row in publish take; do
        rows="$rows $row-$broker plain-$row-$broker"
        targets="$targets $row-$broker"
    done
    ! "$bench" --list | grep -q "^inbox-$broker " || rows="$rows outbox-$broker inbox-$broker"
done
! "$bench" --list | grep -q '^pattern ' || rows="$rows pattern plain-parse filtered unfiltered"
rows="$rows short-64"
for row in $rows; do
    prints "^$row +[a-z]+/s +[0-9]+ +0 %"
done
# shellcheck disable=SC2086 # each is a word
"$read_json" figures.json $rows >read 2>&1 || complain "the JSON is wrong: $(cat read)"

# Each target says whether it is reached, and the figures that show it are there.
for target in $targets; do
    prints "^$target +[a-z].* +([0-9]+\.[0-9]+|-) +[<>]= [0-9.]+ +(reached|MISSED)$"
done
prints '^end-to-end: half of the messages took [0-9.]+ ms at most, and 99 in a hundred '
grep -q '^fsync-take .* 0\.000 ' out && complain "nothing is synced where messages are stored:"

[ -z "$(ls work)" ] || complain "files are left behind: $(ls work)"
exit $failed
