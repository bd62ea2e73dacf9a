#!/bin/sh
# verbs.sh - what the bank's verbs print and end with: verbs.sh BANK BANK_ALTER. The tests are
# in verbs/*.sh.
# A pipe is held open (4>pipe) by who writes to it, so that its reader never waits for
# a bank that failed to open it.
set -u

case $0 in
/*) tests=${0%/*}/verbs ;;
*) tests=$PWD/${0%/*}/verbs ;;
esac
bank=$1
alter=$2
: "${JANGLE_SHARD:=1/1}" # 2/3 is the second part of three
[ -x "$bank" ] && [ -x "$alter" ] || exit 1
[ -w /dev/shm ] && TMPDIR=${TMPDIR:-/dev/shm}
work=$(mktemp -d "${TMPDIR:-/tmp}/bank.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset DB_JANGLE_BANKING_PATH
failures=0

fail() {
    echo "FAILED: $test: $*"
    sed 's/^/    out: /' out
    sed 's/^/    err: /' err
    failures=$((failures + 1))
}

# expect STATUS words...: run the bank with them.
expect() {
    status=$1
    shift
    "$bank" "$@" >out 2>err
    ended=$?
    [ $ended = "$status" ] || fail "bank $* ended with $ended, not with $status"
}

# says TEXT: on either stream, of the last command.
says() {
    grep -qF -- "$1" out err || fail "nothing says: $1"
}

says_not() {
    grep -qF -- "$1" out err && fail "something says: $1"
}

# run_group FILE...: run these files one after the other, if the group is one of this shard. In a
# group, a later file uses what an earlier one has stored.
run_group() {
    groups=$((groups + 1))
    [ $((groups % ${JANGLE_SHARD##*/})) = $((${JANGLE_SHARD%%/*} % ${JANGLE_SHARD##*/})) ] || return 0
    for part in "$@"; do
        . "$tests/$part.sh"
        ran=$((ran + 1))
    done
}

groups=0
ran=0
run_group words counter
run_group customers wrong
run_group stopped
run_group serving
[ $ran -gt 0 ] || { echo "FAILED: the shard $JANGLE_SHARD has no tests"; exit 1; }

[ $failures = 0 ] && echo "all well"
exit $((failures > 0))
