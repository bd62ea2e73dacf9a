#!/bin/sh
# names.sh ROOT - every file that a page links to is there, and so is every source that it
# names, with its folder.
set -eu
cd -- "$1"
missing=0

miss() {
    echo "$1: there is no $2"
    missing=$((missing + 1))
}

for page in *.md docs/*.md docs/decisions/*.md example_bank/*.md example_loyalty/*.md; do
    for link in $(grep -o '][(][^)#:]*[)#]' "$page" | tr -d '])(#'); do
        [ -e "$(dirname -- "$page")/$link" ] || miss "$page" "$link"
    done
done

# `command/commit.c`, `storage/sqlite/store/commit.c`, `scenarios/dispatch/*.c`: a file is
# named with its folder, so that it is found; a page beside the sources names its rooms.
for page in *.md docs/*.md docs/decisions/*.md example_bank/*.md example_loyalty/*.md; do
    for name in $(grep -o '`[a-z0-9_/*]*\.\(c\|h\|sh\)`' "$page" | tr -d '`' | sort -u); do
        case $page:$name in
        */*:main.c | *:*/*) ;;
        *) miss "$page" "folder in $name" ;;
        esac
        # shellcheck disable=SC2086 # a * in a name is one
        find ./include ./src ./storage ./transports ./formats ./filters ./tools ./tests ./example_bank ./example_broker ./example_loyalty ./bench ./scripts \
            -path "*/$name" 2>/dev/null |
            grep -q . || miss "$page" "$name"
    done
done
[ $missing = 0 ]
