#!/bin/sh
# formats_are_documented.sh PRINT_FORMATS FORMATS_MD [FORMAT...] - the examples of the page are
# what the program prints, in this order, and there are no others. Those of each FORMAT are not
# looked at, because this build lacks it.
set -eu

wanted=$(mktemp)
found=$(mktemp)
trap 'rm -f "$wanted" "$found"' EXIT
program=$1
page=$2
shift 2
"$program" >"$wanted"
awk -v lacking=" $* " '
    /^```text / { inside = !index(lacking, " " $2 " ") }
    inside
    /^```$/ { inside = 0 }
' "$page" >"$found"
diff "$found" "$wanted" || {
    echo "$page: the examples are not those that $program prints" >&2
    exit 1
}
