#!/bin/sh
# names.sh ROOT - every file that a page links to is there, and so is every source that
# README.md and architecture.md name.
set -eu
cd -- "$1"
missing=0

miss() {
    echo "$1: there is no $2"
    missing=$((missing + 1))
}

for page in *.md docs/*.md docs/decisions/*.md example_bank/*.md; do
    for link in $(grep -o '][(][^)#:]*[)#]' "$page" | tr -d '])(#'); do
        [ -e "$(dirname -- "$page")/$link" ] || miss "$page" "$link"
    done
done

# `committer.c`, `storage/sqlite/commit.c`, `scenarios/dispatch_*.c`
for page in README.md docs/architecture.md; do
    for name in $(grep -o '[a-z_/*]*[a-z_*]\.\(c\|h\|sh\)`' "$page" | tr -d '`' | sort -u); do
        # shellcheck disable=SC2086 # a * in a name is one
        find ./include ./src ./storage ./tests ./example_bank -path "*/$name" | grep -q . ||
            miss "$page" "$name"
    done
done
[ $missing = 0 ]
