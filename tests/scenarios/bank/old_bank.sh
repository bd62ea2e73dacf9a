#!/bin/sh
# old_bank.sh BANK DIRECTORY - each bank that an older version left in the middle of its
# work goes on with this one, and its books are right. The directory holds the archives.
set -u

bank=$1
archives=$2
[ -x "$bank" ] && [ -d "$archives" ] || exit 1
[ -w /dev/shm ] && TMPDIR=${TMPDIR:-/dev/shm}
work=$(mktemp -d "${TMPDIR:-/tmp}/bank.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
unset DB_JANGLE_BANKING_PATH
failures=0

# expect STATUS words...: run the bank with them.
expect() {
    status=$1
    shift
    "$bank" "$@" >out 2>err
    ended=$?
    [ $ended = "$status" ] || fail "bank $* ended with $ended, not with $status"
}

fail() {
    echo "FAILED: ${archive##*/}: $*"
    sed 's/^/    out: /' out
    sed 's/^/    err: /' err
    failures=$((failures + 1))
}

says() {
    grep -qF -- "$1" out err || fail "nothing says: $1"
}

# The bank in the working directory.
goes_on() {
    # A transfer of a cent was given up; a second one and 66 requests are not over.
    expect 0 dead
    says "transfer_debited of account/000074, tried 2 times"
    says "the other bank does not answer"
    position=$(sed -n 's/^transfer at \([0-9]*\):.*/\1/p' out)
    expect 0 sagas
    says "68 are not over"

    # What waits is done: requests whose time is up end, the views show what they lacked. Only
    # the dead letter still waits for a person, and the books say so and are right.
    expect 1 check --acks bank.acks
    says "0 events wait for another attempt, 1 for an operator"
    says "debited and on its way: the other bank does not answer"
    says "the files are what was stored"
    says "The books are right: 24 checks"

    expect 0 dead retry --subscriber transfer --position "$position"
    expect 0 check --acks bank.acks
    says "The books are right: 24 checks"
    expect 0 dead
    says "There are no dead letters."
    expect 0 sagas
    says "No transfer and no request is open."
    expect 0 shuffle
}

for archive in "$archives"/schema_*.tar.gz; do
    mkdir "$work/bank" && cd "$work/bank" && tar -xzf "$archive" || exit 1
    goes_on
    cd "$work" && rm -rf bank
done
[ $failures = 0 ]
