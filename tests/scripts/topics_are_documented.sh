#!/bin/sh
# topics_are_documented.sh LOG_H OPERATIONS_MD - the page has a row for each topic of the
# header, with its level and its words, and none for what the header lacks.
set -eu

wanted=$(mktemp)
found=$(mktemp)
trap 'rm -f "$wanted" "$found"' EXIT
tr -d '\\\n' <"$1" | grep -o 'X([A-Z_]*, [A-Z]*, *"[^"]*")' |
    sed 's/X(\([A-Z_]*\), \([A-Z]*\), *"\(.*\)")/| \1 | \2 | \3 |/' >"$wanted"
[ -s "$wanted" ]
awk '
    /^[|] topic [|] level / { inside = 1 }
    inside && !/^[|]/ { exit }
    inside && !/^[|]( topic |-)/
' "$2" >"$found"
diff "$found" "$wanted" || {
    echo "$2: the table of topics is not that of $1" >&2
    exit 1
}
