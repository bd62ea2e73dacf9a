#!/bin/sh
# listings.sh ROOT BUILD CC FLAGS PAGE... - the listings of a page are C11 without
# warnings, its programs run one after the other, in one fresh directory, and print what
# the page says they print. Those of a page with extracts of the bank are linked to it, and
# all to LISTING_LIBRARIES, which may be set.
set -eu
root=$1
build=$2
compiler=$3
flags=$4
shift 4

[ -w /dev/shm ] && TMPDIR=${TMPDIR:-/dev/shm}
work=$(mktemp -d "${TMPDIR:-/tmp}/listings.XXXXXX")
trap 'rm -rf "$work"' EXIT
strict="-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -Wvla -Werror"
libraries=$(pkg-config --libs sqlite3 jansson uuid libxxhash)
failures=0

# What the bank is made of, but for its main: a program takes out of it what it names.
build_bank() {
    mkdir "$work/bank"
    (
        cd "$work/bank"
        # shellcheck disable=SC2046,SC2086 # flags and files are words
        $compiler $strict $flags -D_POSIX_C_SOURCE=200809L -I "$root/include" -I "$root/example_bank" \
            -I "$root" -c "$root/example_broker/named_broker.c" $(find "$root/example_bank" -name '*.c' ! -name main.c)
        ar rc libbank.a ./*.o
    )
}

run_program() { # FOLDER PLACE
    where=$(cat "$1/where.txt")
    # shellcheck disable=SC2086 # flags are words
    if ! $compiler $strict $flags -I "$root/include" ${bank:+-I "$root/example_bank"} \
        -o "$1/program" "$1"/*.c ${bank:+"$bank"} ${LISTING_LIBRARIES:-} \
        "$build/libjangle_testing.a" \
        "$build/libjangle.a" $libraries -pthread -lm; then
        echo "FAILED: $where does not compile"
        return 1
    fi
    status=0
    (cd "$2" && "$1/program") >"$1/printed.txt" 2>"$1/complained.txt" || status=$?
    if [ $status != 0 ]; then
        cat "$1/printed.txt" "$1/complained.txt"
        echo "FAILED: $where ends with $status"
        return 1
    fi
    if [ ! -f "$1/expected.txt" ]; then
        echo "FAILED: $where: no text block says what it prints"
        return 1
    fi
    if ! diff -u "$1/expected.txt" "$1/printed.txt"; then
        cat "$1/complained.txt"
        echo "FAILED: $where prints something else (+)"
        return 1
    fi
    echo "$where: as it says"
}

for page; do
    pages=$((${pages:-0} + 1))
    mkdir "$work/place$pages"
    "$root/scripts/extract-listings" "$page" "$work/$pages"
    bank=
    if grep -q '^```c example_bank/' "$page"; then
        bank=$work/bank/libbank.a
        [ -f "$bank" ] || build_bank
    fi
    for folder in "$work/$pages"/*/; do
        run_program "${folder%/}" "$work/place$pages" || failures=$((failures + 1))
    done
done
[ $failures = 0 ]
