#!/bin/sh
# settings_are_documented.sh PRINT_SETTINGS OPERATIONS_MD - the document holds the table
# that the program prints, line by line and nothing older.
set -eu

wanted=$(mktemp)
found=$(mktemp)
trap 'rm -f "$wanted" "$found"' EXIT
"$1" >"$wanted"
heading=$(head -n 1 "$wanted")
awk -v heading="$heading" '
    $0 == heading { inside = 1 }
    inside && !/^[|]/ { exit }
    inside
' "$2" >"$found"
diff "$found" "$wanted" || {
    echo "$2: the table of settings is not the one that $1 prints" >&2
    exit 1
}
