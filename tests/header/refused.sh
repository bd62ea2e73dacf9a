#!/bin/sh
# refused.sh SOURCE - what must not compile does not. Each file of refused/ holds one
# mistake, named in its first line, and compiles without it: so it is the mistake that is
# refused, and nothing else. If a line begins with "/* says: ", the compiler's words
# contain the rest of it.
set -eu
cd -- "$1/tests/header"

flags='-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wcast-qual -Werror
       -I../../include -fsyntax-only'
compilers=0
mistakes=0
status=0

for compiler in gcc clang; do
    if ! command -v $compiler >/dev/null; then
        echo "skipped: $compiler is not here"
        continue
    fi
    compilers=$((compilers + 1))
    for file in refused/*.c; do
        mistakes=$((mistakes + 1))
        # shellcheck disable=SC2086 # flags are words
        $compiler $flags "$file" || {
            echo "$compiler refuses $file without its mistake"
            status=1
        }
        # shellcheck disable=SC2086
        if words=$($compiler $flags -DMISTAKE "$file" 2>&1); then
            echo "$compiler takes $file: $(head -n 1 "$file")"
            status=1
        fi
        said=$(sed -n 's|^/\* says: \(.*\) \*/$|\1|p' "$file")
        case $words in
        *"$said"*) ;;
        *)
            echo "$compiler refuses $file without saying \"$said\":"
            echo "$words"
            status=1
            ;;
        esac
    done
done

[ "$compilers" -gt 0 ] || exit 77
echo "$mistakes mistakes refused"
[ "$mistakes" -ge $((19 * compilers)) ] || status=1
exit $status
