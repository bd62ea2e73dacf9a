#!/bin/sh
# topics_are_known.sh ROOT - each topic that a store or a transport writes to the log is in
# log.h: config.log_levels cannot silence one that is not.
set -eu
cd -- "$1"
found=$(mktemp)
trap 'rm -f "$found"' EXIT
unknown=0

# "TOPIC" as the value of .topic, or as an argument behind a level.
find storage transports formats filters -name '*.c' -exec cat {} + | tr '\n' ' ' |
    grep -oE '(\.topic = |JANGLE_LEVEL_[A-Z]+, *)"[A-Z_]+"' | grep -oE '"[A-Z_]+"' | tr -d '"' |
    sort -u >"$found"
[ -s "$found" ]
while read -r topic; do
    grep -q "X($topic," include/jangle/log.h || {
        echo "the topic $topic is not in include/jangle/log.h" >&2
        unknown=1
    }
done <"$found"
exit $unknown
