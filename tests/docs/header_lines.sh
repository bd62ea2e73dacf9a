#!/bin/sh
# header_lines.sh ROOT - README.md says how long the headers are that an application's
# author reads; this test counts them. Each number is rounded to 50 lines.
set -eu
cd -- "$1"

said() { # NUMBER WORDS
    tr '\n' ' ' <README.md | grep -qF "$1 lines$2" || {
        echo "README.md: should say \"$1 lines$2\""
        exit 1
    }
}

rounded() { # HEADER... -> 1,700
    lines=$(cd include && cat -- "$@" | wc -l)
    echo $(((lines + 25) / 50 * 50)) | sed 's/\([0-9]\)\([0-9]\{3\}\)$/\1,\2/'
}

names=$(tr '\n' ' ' <README.md | sed -n 's/.*reads these headers:\([^0-9]*\)[0-9].*/\1/p' |
    grep -o 'jangle/[a-z]*\.h')
# shellcheck disable=SC2086 # names are words
said "$(rounded $names)" ' together'
said "$(rounded jangle/message.h jangle/aggregate.h)" '.'
