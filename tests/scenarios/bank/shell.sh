#!/bin/sh
# shell.sh - the bank's shell, screen by screen, through a pipe: bank_shell.sh BANK
set -u

bank=$1
[ -x "$bank" ] || exit 1
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

# types WORD...: each is a line that is typed; then the input ends. All must end well.
types() {
    printf '%s\n' "$@" | "$bank" shell >out 2>err
    ended=$?
    [ $ended = 0 ] || fail "it ended with $ended"
    [ -s err ] && fail "it complains"
}

# A shell that is open meanwhile: what is typed goes to 3, what it prints comes from 4.
sit_down() {
    rm -f keys screen
    mkfifo keys screen
    "$bank" shell <keys >screen 2>err &
    process=$!
    exec 3>keys 4<screen
    : >out
}

# reads TEXT: all up to the line that has it.
reads() {
    while read -r line <&4; do
        echo "$line" >>out
        case $line in *"$1"*) return ;; esac
    done
    fail "it ended before it said: $1"
}

# stand_up STATUS: nothing more is typed; all that it prints is in out.
stand_up() {
    [ "$1" != 0 ] || exec 3>&-
    cat <&4 >>out
    wait $process
    ended=$?
    exec 3>&- 4>&-
    [ $ended = "$1" ] || fail "it ended with $ended, not with $1"
}

says() {
    grep -qF -- "$1" out || fail "nothing says: $1"
}

# says_times COUNT TEXT: on so many lines.
says_times() {
    count=$(grep -cF -- "$2" out)
    [ "$count" = "$1" ] || fail "$count lines say: $2"
}

# balance ACCOUNT AMOUNT: as the table of accounts shows it.
balance() {
    "$bank" accounts >table 2>err || fail "no accounts"
    grep -qE "^  $1 +[^ ]+ +$2 " table || fail "$1 has not $2: $(grep "$1" table)"
}

# ---- the first screen --------------------------------------------------------------

test="the first screen shows all accounts, and what can be done"
types
says "The bank is kept in bank.db."
says "account  name                    balance"
for word in create delete select statistics replay erase quit; do
    says "  $word "
done
says "Choice (ENTER: look again): "

test="an account is opened with money, and without"
types create Natalie 100 create Ursula "" create Søren 0.50
says "It is account 000001."
says "It is account 000003."
balance 000001 100.00
balance 000002 0.00
balance 000003 0.50

test="a choice is a word or a number, and anything else is asked for again"
types 8 0 -1 1x crate "create it" 99999999999999999999 4
says "'8' is none of the choices above"
says "'0' is none of the choices above"
says "'-1' is none of the choices above"
says "'1x' is none of the choices above"
says "there is no 'crate'; did you mean 'create'?"
says "'create it' is none of the choices above"
says "'99999999999999999999' is none of the choices above"
says "average deposit"

test="a name and a balance are asked for until they make sense"
types create Bob Bartholomew-Jones-Smith "$(printf 'Nat\377lie')" Benjamin \
    ten -5 0 0.001 1e3 1000000.01 99999999999999999999 12,50 12.5 ""
says "a name has 5 to 15 characters, not 3"
says "a name has 5 to 15 characters, not 23"
says "that is not plain text"
says "'ten' is not an amount such as 12 or 12.34"
says "-5 is not in 0.01..1000000.00"
says "Starting balance (ENTER: none): 0"
says "'0.001' is not an amount"
says "'1e3' is not an amount"
says "1000000.01 is not in 0.01..1000000.00"
says "99999999999999999999 is not in 0.01..1000000.00"
says "'12,50' is not an amount"
says "'12.5' is not an amount"
says "It is account 000004."
balance 000004 0.00
types create "  Chiara  " 12.50
says "It is account 000005."
balance 000005 12.50

test="an account that is not there is named, and asked for again"
types select 000009 Natalie 1234567 "1 2" 000000 2
says "no account 000009"
says "'Natalie' is not an account such as 000001"
says "'1234567' is not an account"
says "'1 2' is not an account"
says "no account 000000"
says "Account 000002"
types delete 77
says "REJECTED: account 000077 does not exist."

test="an account is deleted, and stays deleted"
types delete 4 select 4 "" delete 000004
says "Done."
says "no account 000004"
says "There was nothing to do."
says_times 1 "  000004 "

test="statistics count everybody"
types statistics
says "accounts                               4"
says "deleted accounts                       1"

test="ENTER leads back from every question"
types "" create "" select "" delete "" erase ""
says_times 6 "account  name                    balance"

# ---- an account --------------------------------------------------------------------

test="money comes in and goes out"
types select 1 deposit 50.50 withdraw 250.51 withdraw 200 ledger back quit create
says "REJECTED: insufficient funds."
says "Ledger of 000001"
says "withdrawal             -200.00          -49.50"
says_times 0 "Name"
balance 000001 -49.50

test="amounts are asked for until they make sense"
for word in deposit withdraw; do
    types select 1 $word much 0 1000000.01 "" back
    says "'much' is not an amount such as 12 or 12.34"
    says_times 2 "is not in 0.01..1000000.00"
    says "to all accounts"
done
balance 000001 -49.50

test="a debt is forgiven, once it is there"
types select 1 forgive forgive
says "Done."
says "REJECTED: forgiveness not applicable."
balance 000001 0.00

test="funds are sent, and come back from an account that is none"
types select 2 deposit 50 send 0002 x 3 0 20 send 9 20 send 3 131 back
says "000002 is this account itself"
says "'x' is not an account such as 000001"
says "0 is not in 0.01..1000000.00"
says "20.00 from 000002 to 000003: credited."
says "20.00 from 000002 to 000009: rolled back, account 000009 does not exist."
says "REJECTED: insufficient funds."
balance 000002 30.00
balance 000003 20.50

test="a request is shown where it is asked, and accepted by its number"
types select 2 accept reject back
says_times 2 "Nobody asks this account for money."
types select 3 request 000003 2 12.5 12.50 request 2 1 request 9 1 back
says "000003 is this account itself"
says "12.50 from 000002 to 000003: received."
says "1.00 from 000009 to 000003: failed, account 000009 does not exist."
says "000002   Ursula                    30.00      2"
types select 2 accept one 0 3 99999999999999999999 -1 1 accept
says "        1  000003            12.50"
says "        2  000003             1.00"
says "'one' is not a number"
says "0 is not in 1..2"
says "3 is not in 1..2"
says "99999999999999999999 is not in 1..2"
says "'-1' is not a number"
says "12.50 from 000002 to 000003: credited."
says "        1  000003             1.00"
balance 000002 17.50
balance 000003 33.00

test="a request is rejected by its number"
types select 2 reject "" reject 2 1 reject
says "2 is not in 1..1"
says "1.00 from 000002 to 000003: failed, rejected."
says "Nobody asks this account for money."
balance 000002 17.50

test="what cannot be paid is accepted in vain"
types select 3 request 2 200 back select 2 accept 1 ledger
says "200.00 from 000002 to 000003: failed, insufficient funds."
says "request paid            -12.50           17.50"
balance 000002 17.50

test="who deletes the account that is shown leads back to all of them"
sit_down
reads "leave"
printf 'select\n5\n' >&3
reads "how its balance"
"$bank" delete --account 000005 >deleted 2>&1 || fail "$(cat deleted)"
printf 'deposit\n5\nquit\n' >&3
stand_up 0
says "REJECTED: account 000005 is deleted."
says_times 2 "quit        leave"
grep -qF "no account 000005" err || fail "nothing tells why the screen is another one"

test="whoever has the bank open, others are served, too"
sit_down
reads "leave"
"$bank" transfer --account 000003 --to 000002 --amount 1 >told 2>&1 || fail "$(cat told)"
grep -qF "1.00 from 000003 to 000002: credited." told || fail "$(cat told)"
"$bank" payments --account 000002 >told 2>&1 || fail "$(cat told)"
printf 'select\n2\nsend\n3\n1\nback\nquit\n' >&3
stand_up 0
says "1.00 from 000002 to 000003: credited."
balance 000002 17.50

# ---- input that is none --------------------------------------------------------------

test="input may end at every question, and in the middle of a line"
for words in "create" "create Natalie" "delete" "select" "select 1 deposit" \
    "select 1 send" "select 1 send 2" "select 1 request" "select 1 request 2" \
    "select 1 request 3 5 back select 3 accept" "select 3 reject" "erase"; do
    # shellcheck disable=SC2086 # each word is a line
    types $words
done
printf 'create\nUrsula\n7' | "$bank" shell >out 2>err || fail "it ended badly"
says "It is account 000006."
printf 'select\n000001\ndeposi' | "$bank" shell >out 2>err || fail "it ended badly"
says "did you mean 'deposit'?"
"$bank" shell </dev/null >out 2>err || fail "it ended badly"
"$bank" shell <&- >out 2>err || fail "it ended badly"

test="a line of any length is one wrong answer"
{
    echo create
    head -c 1000000 /dev/zero | tr '\0' a
    printf '\nDmitri\n\n'
} | "$bank" shell >out 2>err || fail "it ended badly"
says "that is longer than 100 bytes"
says "It is account 000007."
[ "$(wc -c <out)" -lt 10000 ] || fail "it repeats all of it"

test="bytes that are no text are refused, and not repeated"
printf 'create\nNa\000talie\nNa\033[2Jlie\nNa\302\233lie\nNa\355\240\200lie\nNat\300\200lie\n' |
    "$bank" shell >out 2>err || fail "it ended badly"
says_times 5 "that is not plain text: UTF-8, no control characters"
says_times 0 "It is account"
head -c 200000 /dev/urandom | "$bank" shell >out 2>err || fail "it ended badly"
LC_ALL=C grep -q "$(printf '[\001-\011\013-\037]')" out && fail "it repeats what would steer a terminal"

test="lines may end as they do elsewhere"
printf 'create\r\nGuadalupe\r\n5\r\nquit\r\n' | "$bank" shell >out 2>err || fail "it ended badly"
says "It is account 000008."

# ---- all of the bank -----------------------------------------------------------------

test="views are built again"
types replay
says "views were built again from"

test="a bank is erased only by its word"
types erase yes ERASE "" statistics
says "'yes' is not the word erase"
says "'ERASE' is not the word erase"
says "deleted accounts                       2"
[ ! -e bank-2.db ] || fail "there is another bank"

test="an erased bank is kept, and an empty one goes on beside it"
cp bank.db before
types erase erase create Yoshiko 3 statistics replay
says "The old bank stays as it is, in bank.db."
says "kept in bank-2.db: come back to it with --db bank-2.db."
says "It is account 000001."
says "accounts                               1"
balance 000001 0.00
"$bank" accounts --db bank-2.db >out 2>err || fail "the new bank does not open"
says "Yoshiko"
for file in bank.db bank-2.db; do
    "$bank" check --db $file >out 2>err || fail "the books of $file are wrong"
done
types erase erase erase erase
says "kept in bank-3.db"
says "in bank-3.db."
says "kept in bank-4.db"
[ -e bank-4.db ] || fail "there is no bank-4.db"

test="what is left of a view is no place for a new bank"
mkdir -p left.d
echo old >left.d/bank-2.ledger
echo old >left.d/bank-3
printf 'erase\nerase\n' | "$bank" shell --db left.d/bank >out 2>err || fail "it ended badly"
says "kept in left.d/bank-4:"

# ---- stopped ---------------------------------------------------------------------------

test="a signal ends it at a question"
for signal in INT TERM; do
    sit_down
    reads "leave"
    kill -$signal $process
    stand_up 130
done

test="a bank that does not open is said"
"$bank" shell --db nowhere/bank.db >out 2>err </dev/null && fail "it opened"
grep -qF "nowhere/bank.db" err || fail "the file is not named"

test="what cannot be printed is not ignored"
if [ -w /dev/full ]; then
    echo quit | "$bank" shell >/dev/full 2>err && fail "it is content"
fi

[ $failures = 0 ] && echo "all well"
exit $((failures > 0))
