#!/bin/sh
# readme.sh - the README of the bank is true: the session on it prints what it says, and
# chapter one has about as many lines of code as it says: readme.sh ROOT BANK
set -eu
root=$1
bank=$2
readme=$root/example_bank/README.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset DB_JANGLE_BANKING_PATH
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# ---- the session: moments and ids differ each time
sed -n '/^```console$/,/^```$/p' "$readme" | sed '/^```/d' >"$work/page"
bank() { "$bank" "$@"; }
cd "$work"
while read -r prompt line; do
    [ "$prompt" = '$' ] || continue
    echo "$ $line"
    eval "$line" 2>&1 || true
done <page >session
for file in page session; do
    sed -i 's/[0-9-]\{10\} [0-9:]\{8\}/MOMENT/; s/[0-9a-f]\{8\}-[0-9a-f-]\{27\}/ID/' $file
done
grep -q '^\$ bank ' session || fail "there is no session on the page"
diff -u page session || fail "the session prints something else (+)"

# ---- chapter one: lines of code are those that are not blank, a comment, or a lone brace
cd "$root/example_bank"
chapter=$(sed -n '/^## Chapter one/,/^### /p' README.md)
files=$(echo "$chapter" | grep '^|' | cut -d '|' -f 2 | grep -o '`[a-z_/]*\.[ch]`' | tr -d '`')
# shellcheck disable=SC2086 # files are words
lines=$(awk '
    FNR == 1 { comment = 0 }
    {
        line = $0
        if (comment && !sub(/^.*\*\//, "", line)) next
        comment = 0
        gsub(/\/\*([^*]|\*[^\/])*\*\//, "", line)
        if (sub(/\/\*.*/, "", line)) comment = 1
        gsub(/[ \t{};]/, "", line)
        if (line != "") count++
    }
    END { print count }' $files)
said=$(grep -o '[0-9]* lines of code' README.md | sort -u)
[ "$(echo "$said" | wc -l)" = 1 ] || fail "the page does not say one number of lines: $said"
said=${said%% *}
[ "$lines" -le $((said + 10)) ] && [ "$lines" -ge $((said - 10)) ] ||
    fail "chapter one has $lines lines of code; the page says about $said"
[ $failures = 0 ] && echo "all well: chapter one has $lines lines of code"
exit $((failures > 0))
