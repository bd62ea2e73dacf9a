#!/bin/sh
# decode_counts.sh PROGRAM - counts the instructions that one event takes until a handler
# can have it. They depend on no clock: who makes it slower is told so. Skipped where
# valgrind is not.
set -eu
program=$1
most=2900 # of a deposit of the bank; 2682 when this was written, by gcc 12
times=2   # the plain reader takes so many times as much, at least
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

if ! valgrind --version >/dev/null 2>&1; then
    echo "valgrind is not here"
    [ "${CI:-}" = true ] && exit 1
    exit 77
fi

count() { # WHAT COUNT: the instructions of the whole program
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" \
        >"$place/out" 2>&1 || {
        cat "$place/out"
        exit 1
    }
    sed -n 's/.*Collected : //p' "$place/out"
}

# The difference of two runs is what the events take, and nothing else.
one() { # WHAT
    few=$(count "$1" 1000)
    many=$(count "$1" 2000)
    echo $(((many - few) / 1000))
}

event=$(one event)
plain=$(one plain)
echo "an event takes $event instructions; by the plain reader its JSON alone takes $plain"
if [ "$event" -le 0 ] || [ "$event" -gt $most ]; then
    echo "an event must take no more than $most, and something"
    exit 1
fi
if [ "$plain" -lt $((times * event)) ]; then
    echo "the plain reader takes less than $times times as much"
    exit 1
fi
