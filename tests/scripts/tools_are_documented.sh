#!/bin/sh
# tools_are_documented.sh JANGLE TOOLS_MD - the page ends with the tables that the program
# prints; the manual page and the completions of each shell are sound.
set -eu
jangle=$1
page=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$jangle" help --markdown >"$work/wanted"
tail -n "$(wc -l <"$work/wanted")" "$page" | diff - "$work/wanted" || {
    echo "$page does not end with what \`jangle help --markdown\` prints" >&2
    exit 1
}

"$jangle" help --man >"$work/jangle.1"
if command -v mandoc >/dev/null; then
    mandoc -T lint "$work/jangle.1"
else
    echo "mandoc is not here: nobody judges the manual page"
fi

# Each verb and each option is in every page that is made of the table.
"$jangle" help --markdown | sed -n 's/^| `jangle \([a-z]*\) .*/\1/p' >"$work/verbs"
grep -qx events "$work/verbs"
for shell in bash zsh fish; do
    "$jangle" completion $shell >"$work/$shell"
    if command -v $shell >/dev/null; then
        $shell -n "$work/$shell"
    else
        echo "$shell is not here: nobody judges its completions"
    fi
done
while read -r verb; do
    "$jangle" help | grep -q "^  $verb"
    "$jangle" "$verb" --help | grep -o '^  .*--[a-z-]*' | sed 's/.*--//' >"$work/options"
    grep -q "^jangle .*$verb" "$work/jangle.1"
    while read -r option; do
        for shell in bash zsh fish; do
            grep -e "$verb" "$work/$shell" | grep -q -e "$option" || {
                echo "$shell does not know --$option of $verb"
                exit 1
            }
        done
        grep -q -e "$(echo "--$option" | sed 's/-/\\\\-/g')" "$work/jangle.1" || {
            echo "the manual page does not know --$option of $verb"
            exit 1
        }
    done <"$work/options"
done <"$work/verbs"

# What bash completes: verbs, options of a verb.
bash -c '. "$1"
    COMP_WORDS=(jangle ev) COMP_CWORD=1
    _jangle jangle ev jangle
    [ "${COMPREPLY[*]}" = events ] || { echo "bash completes ev as: ${COMPREPLY[*]}"; exit 1; }
    COMP_WORDS=(jangle tail --fo) COMP_CWORD=2
    _jangle jangle --fo tail
    [ "${COMPREPLY[*]}" = --follow ] || { echo "bash completes --fo as: ${COMPREPLY[*]}"; exit 1; }' \
    bash "$work/bash"
