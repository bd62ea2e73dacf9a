#!/bin/sh
# verbs.sh - what the bank's verbs print and end with: bank_verbs.sh BANK BANK_ALTER
# A pipe is held open (4>pipe) by who writes to it, so that its reader never waits for
# a bank that failed to open it.
set -u

bank=$1
alter=$2
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

# ---- words -------------------------------------------------------------------------

test="help lists every verb and every verb has help"
expect 0 --help
expect 0 -h
says "bank VERB"
for verb in demo simulate check replay shuffle open deposit withdraw forgive delete \
    accounts ledger transfer request requests accept reject payments shell sagas \
    "sagas show" "sagas retry" "sagas resume" "sagas finish" dead "dead retry" \
    "dead skip" backup; do
    expect 0 --help
    says "  $verb "
    expect 0 $verb --help
    says "bank $verb: "
    says "--db FILE"
done

test="the version of jangle is told"
expect 0 --version
grep -qE '^bank, an example of jangle [0-9]+\.[0-9]+\.[0-9]+$' out ||
    fail "there is no version"

test="what is typed wrongly ends with 2, and a sentence that helps"
expect 2
says "bank VERB"
expect 2 simulat
says "there is no verb 'simulat'; did you mean 'simulate'?"
expect 2 frobnicate
says "there is no verb 'frobnicate'; \`bank --help\` lists them"
expect 2 simulate --thread 3
says "there is no option --thread; did you mean --threads? \`bank simulate --help\` says more"
expect 2 simulate --threads
says "--threads lacks its N"
expect 2 simulate --threads 0
says "--threads: 0 is not in 1..256; \`bank simulate --help\` says more"
expect 2 check --times 3
says "check takes no --times; \`bank check --help\` says more"
expect 2 open --account 000001
says "bank: open takes no --account; \`bank open --help\` says more"
expect 2 simulate --account 3
says "simulate takes no --account; did you mean --accounts?"
expect 2 deposit --account 1 --amount 1
says "--account: '1' is not six digits, such as 000001; "
expect 2 ledger --account 0000001
says "--account: '0000001' is not six digits, such as 000001; "
expect 2 transfer --account 000001 --to 00000x --amount 1
says "--to: '00000x' is not six digits, such as 000001; "
expect 2 request --account 000001 --from 1 --amount 1
says "--from: '1' is not six digits, such as 000001; "
expect 2 deposit --account 000001
says "--amount MONEY is missing"
for words in "transfer --account 000001 --to 000002" "request --account 000001 --amount 1" \
    "accept --account 000001" "reject --account 000001" requests payments "sagas show" \
    "sagas retry" "sagas resume --id 1" "sagas finish --id 1" "dead retry --position 1" \
    "dead skip --subscriber ledger" backup; do
    expect 2 $words
    says " is missing; "
done
expect 2 sagas rtery
says "there is no verb 'sagas rtery'; did you mean 'sagas retry'?"
expect 2 dead frobnicate --position 1
says "there is no verb 'dead frobnicate'; after 'dead' comes one of: retry, skip"
expect 2 sagas nonsense
says "after 'sagas' comes one of: show, retry, resume, finish"
expect 2 deposit --account 000001 --amount 99999999999999999999
says "--amount: 99999999999999999999 is not in 0.01..1000000.00"
expect 2 sagas resume --id 1 --after -1
says "--after: -1 is not in 0..1000"
expect 2 backup one two
says "'two' is a second file"
expect 2 accounts one
says "'one' is not an option"
[ "$(ls)" = "err
out" ] || fail "something was made: $(ls)"

# ---- files that cannot be banks ----------------------------------------------------

test="a missing directory is named"
for verb in demo simulate check replay shuffle accounts; do
    expect 1 $verb --db nowhere/bank.db
    says "nowhere/bank.db"
done

test="only a verb that begins a bank makes a file"
for words in check replay shuffle accounts "ledger --account 000001" \
    "deposit --account 000001 --amount 1" "withdraw --account 000001 --amount 1" \
    "forgive --account 000001" "delete --account 000001" sagas dead "backup copy.db" \
    "transfer --account 000001 --to 000002 --amount 1" "requests --account 000001"; do
    expect 1 $words --db mistyped.db
    says "mistyped.db: there is no bank; "
    [ ! -e mistyped.db ] || fail "it was made"
done

test="a file of another kind is refused and stays as it is"
echo "Dear diary" >diary
expect 1 demo --db diary
says "diary"
[ "$(cat diary)" = "Dear diary" ] || fail "it was changed"
"$alter" other.db "CREATE TABLE t (x); INSERT INTO t VALUES (1)" || fail "no SQLite file"
for verb in demo simulate check replay; do
    expect 1 $verb --db other.db
    says "other.db"
done
rm -f diary other.db

# ---- a story --------------------------------------------------------------------------

test="the demo tells its story"
expect 0 demo
sed 's/[0-9-]\{10\} [0-9:]\{8\}/YYYY-MM-DD HH:MM:SS/
s/[0-9a-f]\{8\}-[0-9a-f-]\{27\}/TRANSACTION/' out >told
cat >story <<'END'
The bank is kept in bank.db.

  1. Open an account for HSPBC.
     expected  OK
     came      OK: it is account 000001
  2. Open an account for Natalie, with 100.00.
     expected  OK
     came      OK: it is account 000002
  3. Open an account for Bob, who is too short a name.
     expected  INVALID
     came      INVALID: create_account.name: a length of 3 is not in 5..15
  4. Deposit 50.50 into 000001.
     expected  OK
     came      OK: stored at position 6
  5. The answer got lost: send the same command again.
     expected  OK
     came      OK: done already, it is stored at position 6
  6. Withdraw 250.00 from 000002.
     expected  REJECTED
     came      REJECTED: insufficient funds
  7. Withdraw 150.00 from 000002, up to 100.00 below zero is allowed.
     expected  OK
     came      OK: stored at position 7
  8. Forgive 000002 the debt of 50.00.
     expected  OK
     came      OK: stored at position 8
  9. Forgive it again, though nothing is owed now.
     expected  REJECTED
     came      REJECTED: forgiveness not applicable
 10. Send 20.00 from 000001 to 999999, which nobody has opened.
     expected  OK; rolled back; 000001 has 50.50
     came      OK: stored at position 9
               rolled back: account 999999 does not exist
               000001 has 50.50
 11. Send 19.00 from 000001 to 000002.
     expected  OK; credited; 000001 has 31.50
     came      OK: stored at position 11
               credited
               000001 has 31.50
 12. 000002 asks 000001 for 15.43.
     expected  OK; received; 000001 has 31.50
     came      OK: stored at position 14
               received
               000001 has 31.50
 13. 000001 accepts, but by a number that no request has.
     expected  REJECTED
     came      REJECTED: no open request no such request
 14. 000001 accepts.
     expected  OK; credited; 000001 has 16.07
     came      OK: stored at position 16
               credited
               000001 has 16.07
 15. 000001 rejects it after all.
     expected  REJECTED
     came      REJECTED: no open request TRANSACTION
 16. 000002 asks 000001 for 1000.00.
     expected  OK; received; 000001 has 16.07
     came      OK: stored at position 20
               received
               000001 has 16.07
 17. 000001 accepts.
     expected  OK; failed; 000001 has 16.07
     came      OK: stored at position 22
               failed: insufficient funds
               000001 has 16.07
 18. 000002 asks 000001 for 1000.00.
     expected  OK; received; 000001 has 16.07
     came      OK: stored at position 25
               received
               000001 has 16.07
 19. 000001 rejects.
     expected  OK; failed; 000001 has 16.07
     came      OK: stored at position 27
               failed: rejected
               000001 has 16.07
 20. 000002 asks 000001 for 15.43.
     expected  OK; received; 000001 has 16.07
     came      OK: stored at position 29
               received
               000001 has 16.07
 21. Delete 000002.
     expected  OK
     came      OK: stored at position 31
 22. Delete it again.
     expected  OK
     came      OK: there was nothing to do
 23. Deposit 19.00 into it.
     expected  REJECTED
     came      REJECTED: account 000002 is deleted
 24. 000001 accepts.
     expected  OK; rolled back; 000001 has 16.07
     came      OK: stored at position 32
               rolled back: account 000002 is deleted
               000001 has 16.07

Accounts

  account  name                    balance  asked
  -------  ---------------  --------------  -----
  000001   HSPBC                     16.07      0

Account 000001

  name                               HSPBC
  balance                            16.07

Ledger of 000001

  entry  when, UTC            what                    amount         balance
  -----  -------------------  --------------  --------------  --------------
      0  YYYY-MM-DD HH:MM:SS  account opened            0.00            0.00
      1  YYYY-MM-DD HH:MM:SS  deposit                  50.50           50.50
      2  YYYY-MM-DD HH:MM:SS  transfer sent           -20.00           30.50
      3  YYYY-MM-DD HH:MM:SS  transfer returned           20.00           50.50
      4  YYYY-MM-DD HH:MM:SS  transfer sent           -19.00           31.50
      5  YYYY-MM-DD HH:MM:SS  request paid            -15.43           16.07
      6  YYYY-MM-DD HH:MM:SS  request paid            -15.43            0.64
      7  YYYY-MM-DD HH:MM:SS  request returned           15.43           16.07

Ledger of 000002

  entry  when, UTC            what                    amount         balance
  -----  -------------------  --------------  --------------  --------------
      0  YYYY-MM-DD HH:MM:SS  account opened            0.00            0.00
      1  YYYY-MM-DD HH:MM:SS  deposit                 100.00          100.00
      2  YYYY-MM-DD HH:MM:SS  withdrawal             -150.00          -50.00
      3  YYYY-MM-DD HH:MM:SS  debt forgiven            50.00            0.00
      4  YYYY-MM-DD HH:MM:SS  transfer received           19.00           19.00
      5  YYYY-MM-DD HH:MM:SS  request funded           15.43           34.43

Transfers

  when, UTC            from    to              amount  state                 transaction
  -------------------  ------  ------  --------------  --------------------  ------------------------------------
  YYYY-MM-DD HH:MM:SS  000001  999999           20.00  rolled back           TRANSACTION
  YYYY-MM-DD HH:MM:SS  000001  000002           19.00  credited              TRANSACTION

Requests

  when, UTC            from    to              amount  state                 transaction
  -------------------  ------  ------  --------------  --------------------  ------------------------------------
  YYYY-MM-DD HH:MM:SS  000001  000002           15.43  credited              TRANSACTION
  YYYY-MM-DD HH:MM:SS  000001  000002         1000.00  failed                TRANSACTION
  YYYY-MM-DD HH:MM:SS  000001  000002         1000.00  failed                TRANSACTION
  YYYY-MM-DD HH:MM:SS  000001  000002           15.43  rolled back           TRANSACTION

The bank

  accounts                               1
  deleted accounts                       1
  net balance                        50.50
  transactions                          12
  average deposit                    75.25
  average withdrawal                150.00
  debt forgiven                      50.00

All 24 steps came out as expected.
END
diff story told >out || fail "the story is another one"

test="the demo told again goes on with new accounts"
expect 0 demo
says "35 events are in it; the story goes on with new accounts."
says "OK: it is account 000003"
says "Ledger of 000004"
says "All 24 steps came out as expected."
says_not "THAT WAS NOT EXPECTED"
expect 0 check
says "The books are right"

# ---- at the counter --------------------------------------------------------------------

test="a customer is served at the counter"
DB_JANGLE_BANKING_PATH=counter.db
export DB_JANGLE_BANKING_PATH
expect 0 open --name Natalie --amount 100
says "account 000001"
expect 0 open --name Ursula
says "account 000002"
expect 0 deposit --account 000002 --amount 12.34
expect 0 withdraw --account 000001 --amount 150
expect 1 withdraw --account 000001 --amount 100
says "REJECTED: insufficient funds"
expect 0 forgive --account 000001
expect 1 deposit --account 000009 --amount 1
says "REJECTED: account 000009 does not exist"
expect 2 deposit --account nine --amount 1
says "--account: 'nine' is not six digits"
expect 0 delete --account 000001
expect 0 accounts
says "000002   Ursula                    12.34"
says_not "Natalie"
expect 0 ledger --account 000001
says "debt forgiven"
expect 1 ledger --account 000009
says "no account 000009"
[ -f counter.db ] || fail "the environment was not heeded"

test="a transfer is made at the counter, and comes back from an account that is none"
expect 0 open --name Benjamin --amount 50
says "account 000003"
expect 0 transfer --account 000003 --to 000002 --amount 20
says "20.00 from 000003 to 000002: credited."
expect 0 transfer --account 000003 --to 000009 --amount 20
says "20.00 from 000003 to 000009: rolled back, account 000009 does not exist."
expect 0 transfer --account 000003 --to 000001 --amount 20
says "20.00 from 000003 to 000001: rolled back, account 000001 is deleted."
expect 1 transfer --account 000003 --to 000002 --amount 130.01
says "REJECTED: insufficient funds"
expect 1 transfer --account 000001 --to 000002 --amount 1
says "REJECTED: account 000001 is deleted"
expect 1 transfer --account 000003 --to 000003 --amount 1
says "INVALID: transfer_funds.to_id"
expect 2 transfer --account 000003 --to nobody --amount 1
says "--to: 'nobody' is not six digits"
expect 0 payments --account 000003
says "000003  000002           20.00  credited"
says "000003  000009           20.00  rolled back"
says "Requests: none"
expect 0 accounts
says "000003   Benjamin                  30.00"

# asked ACCOUNT: the last request that it is asked for.
asked() {
    expect 0 requests --account "$1"
    transaction=$(grep -oE '[0-9a-f]{8}-[0-9a-f-]{27}' out | tail -n 1)
    [ -n "$transaction" ] || fail "$1 is asked for nothing"
}

test="a request is accepted or rejected at the counter, once"
expect 0 request --account 000002 --from 000003 --amount 5
says "5.00 from 000003 to 000002: received."
asked 000003
says "000002             5.00"
expect 1 accept --account 000003 --transaction 1
says "REJECTED: no open request 1"
expect 1 accept --account 000002 --transaction "$transaction"
says "REJECTED: no open request $transaction"
expect 0 accept --account 000003 --transaction "$transaction"
says "5.00 from 000003 to 000002: credited."
expect 1 reject --account 000003 --transaction "$transaction"
says "REJECTED: no open request"
expect 0 request --account 000002 --from 000003 --amount 5
asked 000003
expect 0 reject --account 000003 --transaction "$transaction"
says "5.00 from 000003 to 000002: failed, rejected."
expect 1 accept --account 000003 --transaction "$transaction"
says "REJECTED: no open request"
expect 0 request --account 000002 --from 000003 --amount 130
asked 000003
expect 0 accept --account 000003 --transaction "$transaction"
says "130.00 from 000003 to 000002: failed, insufficient funds."
expect 0 request --account 000002 --from 000009 --amount 5
says "5.00 from 000009 to 000002: failed, account 000009 does not exist."
expect 0 requests --account 000003
says_not "Asked for money"
expect 1 requests --account 000009
says "no account 000009"
expect 0 accounts
says "000003   Benjamin                  25.00      0"
expect 0 check
says "The books are right"

# ---- at the operator's desk --------------------------------------------------------------

test="what is not over can be looked at"
expect 0 sagas
says "No transfer and no request is open."
expect 0 dead
says "There are no dead letters."
expect 0 request --account 000002 --from 000003 --amount 5
asked 000003
expect 0 sagas
says "request   $transaction  waits until "
says "1 is not over"
expect 0 sagas show --id "$transaction"
says "request $transaction: open"
says "steps: 1"
says "1. get_request_approval       OK at "
says "its time is up at "
expect 1 sagas show --id nobody
says "no transfer and no request has the id nobody"

test="what does not wait is not treated, and what is finished stays so"
for words in retry "resume --after 0"; do
    expect 1 sagas $words --id "$transaction"
    says "$transaction"
done
for words in retry "resume --after 0" "finish --reason none"; do
    expect 1 sagas $words --id nobody
    says "no transfer and no request has the id nobody"
done
expect 0 sagas finish --id "$transaction" --reason "the customer has died"
says "request $transaction: finished"
says "the customer has died"
expect 1 sagas finish --id "$transaction" --reason "again"
expect 0 sagas
says "No transfer and no request is open."
expect 1 dead retry --subscriber ledger --position 1
says "event 1 is no dead letter"
expect 1 dead skip --subscriber nobody --position 1
says "nobody"

# With a step a saga, those that need another one are parked, and the demo is upset.
no_steps="step_count allows a saga 1 steps: raise it, or finish the saga"

# waiting SAGA: the first of that name that is parked.
waiting() {
    expect 0 sagas --db parked.db
    id=$(sed -n "s/^  $1 *\([0-9a-f-]*\)  PARKED: $no_steps$/\1/p" out |
        head -n 1)
    [ -n "$id" ] || fail "no $1 is parked"
}

test="a story that comes out otherwise ends badly"
export JANGLE_STEP_COUNT=1
expect 1 demo --db parked.db
says "THAT WAS NOT EXPECTED"
says " answers were not as expected"
waiting transfer
expect 1 sagas retry --db parked.db --id "$id"
says "its turn still waits"
expect 0 dead --db parked.db
position=$(sed -n 's/^transfer at \([0-9]*\): transfer_debited of account\/000001, .*/\1/p' out)
expect 1 dead retry --db parked.db --subscriber transfer --position "$position"
says "it is a dead letter again: $no_steps"
unset JANGLE_STEP_COUNT
expect 1 check --db parked.db
says "  WAITS  transfer $id, 20.00, debited and on its way: $no_steps"
says "The books are right"

test="a parked transfer goes on when it is told to"
expect 0 sagas show --db parked.db --id "$id"
says "transfer $id: parked: it waits for a person"
says "reason: $no_steps"
says "1. credit_transfer            REJECTED: account 999999 does not exist  (of the waiting turn)"
expect 0 sagas retry --db parked.db --id "$id"
says "transfer $id: finished"
says "2. roll_back_transfer         OK at "
expect 1 sagas retry --db parked.db --id "$id"

test="a parked request is resumed, or declared over"
waiting request
expect 1 sagas resume --db parked.db --id "$id" --after 5
says "it cannot be resumed after 5"
expect 0 sagas resume --db parked.db --id "$id" --after 0
says "request $id: finished"
says "debit_request              OK at "
says "credit_request             REJECTED: account 000002 is deleted"
says "roll_back_request_debit    OK at "
waiting request
expect 0 sagas finish --db parked.db --id "$id" --reason enough
says "finished by hand           OK: enough"

test="a dead letter is delivered again, or left alone"
expect 0 dead --db parked.db
positions=$(sed -n 's/^request at \([0-9]*\): .*/\1/p' out)
[ "$(echo "$positions" | wc -l)" = 2 ] || fail "not two requests are dead"
expect 0 dead retry --db parked.db --subscriber request \
    --position "$(echo "$positions" | head -n 1)"
says "done"
expect 0 dead skip --db parked.db --subscriber request \
    --position "$(echo "$positions" | tail -n 1)"
says "done"
expect 0 dead --db parked.db
says "There are no dead letters."

test="a copy is a bank like the one it was made of"
expect 0 backup copy.db
says "copy.db is a copy of counter.db"
expect 1 backup copy.db
says "copy.db"
expect 1 backup nowhere/copy.db
says "nowhere"
expect 0 accounts --db counter.db
cp out figures
expect 0 accounts --db copy.db
cmp -s out figures || fail "it has other accounts"
expect 0 ledger --db copy.db --account 000003
expect 0 deposit --db copy.db --account 000003 --amount 1
expect 0 accounts
cmp -s out figures || fail "what is done to the copy is done to the bank"
unset DB_JANGLE_BANKING_PATH

test="a ledger with a gap is refused, naming the missing entry"
"$alter" counter.db.ledger "DELETE FROM entries WHERE account_id = '000001' AND entry = 2"
expect 1 ledger --db counter.db --account 000001
says "the ledger of 000001 lacks entry 2"

# ---- many customers ----------------------------------------------------------------------

test="a simulation keeps its books, and goes on from what is there"
expect 0 simulate --db sim.db --accounts 20 --commands 400 --threads 4 --seed 7 --acks acks
says "sim.db has 0 accounts."
says "20 accounts opened"
says "400 commands answered"
says "The books are right"
grep -qE "^  [1-9][0-9]* requests wait for an answer$" out || fail "no request is open"
awk '/^  total/ { exit } table { rows++; if ($(NF - 3) + $(NF - 2) + $(NF - 1) + $NF == 0) print }
    /^  ---/ { table = 1 } END { exit rows != 20 }' out >never || fail "not 20 errands"
[ ! -s never ] || fail "nobody came for this: $(cat never)"
[ "$(wc -l <acks)" -eq 420 ] || fail "$(wc -l <acks) answers were noted, not 420"
expect 0 simulate --db sim.db --accounts 30 --commands 200 --threads 3 --seed 7 --acks acks
says_not "sim.db has 0 accounts."
says "The books are right"
expect 0 check --db sim.db --acks acks
says "what was acknowledged is stored exactly once"
says "what was refused is not stored"

test="the same seed asks the same, whatever is answered"
asks() { # SEED FILE
    expect 0 simulate --db "$2" --accounts 20 --commands 300 --threads 3 --seed "$1"
    fingerprint=$(grep -o 'fingerprint [0-9a-f]*' out) || fail "no fingerprint"
}
asks 5 one.db
first=$fingerprint
asks 5 other.db
[ "$fingerprint" = "$first" ] || fail "two runs of one seed differ"
asks 6 third.db
[ "$fingerprint" != "$first" ] || fail "another seed makes no difference"

test="views are the same when they are built again, in any order"
expect 0 replay --db sim.db
says "3 views are identical in 1 round"
says_not " 0 rows"
expect 0 shuffle --db sim.db --times 3 --seed 9
says "3 views are identical in 3 rounds"

test="a comparison of nothing is an error"
: >empty.db
expect 0 check --db empty.db
expect 1 replay --db empty.db
says "nothing was compared"

test="answers can be noted in a pipe"
mkfifo pipe
cat pipe >piped &
expect 0 simulate --db sim.db --accounts 30 --commands 100 --threads 2 --acks pipe 4>pipe
wait
[ "$(wc -l <piped)" -eq 100 ] || fail "$(wc -l <piped) answers were noted, not 100"
expect 0 check --db sim.db --acks piped

test="what cannot be printed is not ignored"
if [ -w /dev/full ]; then
    for words in --help "accounts --db sim.db" "check --db sim.db" "check --help"; do
        "$bank" $words >/dev/full 2>err && fail "bank $words is content"
        says "not all of this could be printed"
    done
fi
"$bank" accounts --db sim.db 2>err >&- && fail "a closed stream is no complaint"

test="a file that may not grow is a full disk, and ends nothing"
expect 0 open --db small.db --name Natalie --amount 100
(
    ulimit -f 1
    "$bank" deposit --db small.db --account 000001 --amount 1 >out 2>err
)
ended=$?
[ $ended = 1 ] || fail "bank deposit ended with $ended, not with 1"
says "small.db: the disk is full"
expect 0 deposit --db small.db --account 000001 --amount 1
expect 0 ledger --db small.db --account 000001
says "101.00"

test="what would go to a closed stream does not go to a file"
cp sim.db.ledger closed.db.ledger
"$bank" simulate --db closed.db --accounts 5 --commands 5 --acks noted >out 2>&- &&
    fail "the ledger of another bank is no complaint"
grep -vE '^[^ ]+ [A-Z]+ [0-9]+$' noted >err && fail "something else than answers was noted"

# ---- stopped ---------------------------------------------------------------------------

test="answers that cannot be noted stop it"
if [ -w /dev/full ]; then
    expect 1 simulate --db full.db --acks /dev/full
    says "No space left on device"
    says "The books are right"
fi

test="however it is stopped, it keeps what was promised"
for signal in INT TERM KILL; do
    rm -f pipe
    mkfifo pipe
    "$bank" simulate --db stopped.db --commands 100000000 --acks pipe >out 2>err 4>pipe &
    process=$!
    count=0
    while read -r line; do
        echo "$line"
        count=$((count + 1))
        [ $count = 300 ] && kill -$signal $process
    done <pipe >>promised
    wait $process
    ended=$?
    [ $signal = KILL ] && expected=137 || expected=130
    [ $ended = $expected ] || fail "it ended with $ended, not with $expected"
    expect 0 check --db stopped.db --acks promised
done

# ---- beside others -------------------------------------------------------------------------

# Nothing that is under way is called wrong, however often one looks.
test="who looks while others use the bank is told so"
"$bank" simulate --db busy.db --accounts 50 --commands 100000000 --acks busy >busy.out 2>&1 &
process=$!
while [ ! -s busy ] && kill -0 $process 2>/dev/null; do
    read -r _ <"$bank" # no hurry, and no sleep
done
seen=0
for _ in 1 2 3; do
    "$bank" check --db busy.db >out 2>err
    ended=$?
    [ $ended = 1 ] && fail "it is called wrong while others use it"
    [ $ended = 3 ] && seen=$((seen + 1)) && says "The bank is not quiet"
    says_not WRONG
done
[ $seen -gt 0 ] || fail "it was never found to be in use"

test="who simulates beside others is told so"
"$bank" simulate --db busy.db --accounts 50 --commands 200 >out 2>err
[ $? = 3 ] || fail "a simulation beside another one ended with $?"
says "The bank is not quiet"
kill -INT $process
wait $process
expect 0 check --db busy.db --acks busy

# ---- what is wrong is named ----------------------------------------------------------------

test="one cell of a view is named, and repaired"
"$alter" sim.db.accounts "UPDATE accounts SET balance = balance + 1 WHERE account_id = '000003'"
expect 1 check --db sim.db
says "accounts.accounts, row 000003: balance is "
expect 1 replay --db sim.db
says "DIFFERS"
says "balance"
expect 1 shuffle --db sim.db
says "DIFFERS"
expect 0 replay --db sim.db --repair
expect 0 check --db sim.db

test="a view that is suspended is said to be, and how it is mended"
cp third.db.ledger sim.db.ledger
expect 1 check --db sim.db
says "the view ledger is suspended: "
says "; \`bank replay --repair\` builds it again"
expect 0 replay --db sim.db --repair
expect 0 check --db sim.db

test="a row too many, and one too few, are named"
"$alter" sim.db.accounts "INSERT INTO deposits VALUES ('nobody', 1)"
expect 1 check --db sim.db
says "accounts.deposits, row nobody: no event says so"
expect 0 replay --db sim.db --repair
"$alter" sim.db.ledger "DELETE FROM entries WHERE account_id = '000002' AND entry = 0"
expect 1 check --db sim.db
says "ledger.entries, row 000002, 0: missing, but the events have it"
expect 0 replay --db sim.db --repair
expect 0 check --db sim.db

test="a promise that was not kept is named"
echo "nobody-1 OK 3" >lie
expect 1 check --db sim.db --acks lie
says "command nobody-1 was answered OK at position 3; it is not there"
sed -n 's/ OK [1-9][0-9]*$/ REJECTED 0/p' acks >lie
expect 1 check --db sim.db --acks lie
says "was answered REJECTED and nothing was to be stored"
echo "what is this" >lie
expect 1 check --db sim.db --acks lie
says "line 1 of lie is no such answer"

test="a file of answers that cannot be read is no mistake in the books"
expect 2 check --db sim.db --acks nowhere
says "bank: --acks: nowhere cannot be read: No such file or directory"
says_not "books"
mkdir folder
expect 2 check --db sim.db --acks folder
says "bank: --acks: folder cannot be read: Is a directory"
says_not "books"

# What is changed here is what the demo stored, in a file of its own.
# names SQL SENTENCE [ACKS]: run it on a copy's events, which are made to put up with it.
expect 0 demo --db sound.db
names() {
    for file in sound.db*; do
        cp "$file" "altered${file#sound}"
    done
    "$alter" altered.db "DROP TRIGGER events_are_never_changed;
        DROP TRIGGER events_are_never_deleted; $1;
        CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
        BEGIN SELECT raise(ABORT, 'events are never changed'); END;
        CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
        BEGIN SELECT raise(ABORT, 'events are never deleted'); END" || fail "$1"
    expect 1 check --db altered.db ${3:+--acks "$3"}
    says "$2"
    rm -f altered.db*
}

# payload POSITION OLD NEW: SQL that changes a word of a payload.
payload() {
    echo "UPDATE events SET payload = CAST(replace(CAST(payload AS TEXT), '$2', '$3')
        AS BLOB) WHERE position = $1"
}

# type POSITION NAME: SQL that makes an event one of another type.
type() {
    echo "UPDATE events SET type = (SELECT id FROM types WHERE name = '$2')
        WHERE position = $1"
}

test="what was stored twice, or elsewhere, is named"
echo "again-1 OK 7" >lie
meta="UPDATE events SET meta = '{\"causation_id\":\"again-1\"}' WHERE position"
names "$(type 7 funds_deposited); $meta IN (5, 7)" \
    "command again-1 was answered OK at position 7; it is stored 2 times" lie
names "$meta = 8" "command again-1 was answered OK at position 7; it is at position 8" lie

test="one amount of an event is named"
names "$(payload 7 '"amount":15000' '"amount":15001')" \
    "account 000002: the event at position 7 says -50.00; the amounts add up to -50.01"

test="damage that no row shows is named"
names "CREATE INDEX damaged ON commands (at); PRAGMA writable_schema = ON;
    UPDATE sqlite_schema SET sql = replace(sql, '(at)', '(position)')
    WHERE name = 'damaged'" "missing from index damaged"

test="every rule of the books names what breaks it"
names "$(payload 7 '{' '')" "the event at position 7 is not JSON"
names "DELETE FROM events WHERE position = 8" "there is no event at position 8"
names "UPDATE events SET version = 99 WHERE position = 8" \
    "account 000002 has no event of version 4"
names "$(type 4 funds_deposited)" "account 000002 begins with funds_deposited"
names "$(payload 3 000002 000009)" \
    "account 000002: opened 1 times, its number handed out 0 times"
names "$(type 7 account_deleted)" \
    "account 000002: debt_forgiven at position 8 comes after it was deleted"
names "$(payload 7 '"entry":2' '"entry":3')" \
    "account 000002: the event at position 7 says it is entry 3; it is entry 2"
names "$(payload 7 '"amount":15000' '"amount":20001')" \
    "account 000002 was at -100.01 at position 7"
names "$(payload 8 '"amount":5000' '"amount":10001')" \
    "account 000002 was forgiven 100.01, the 1. time, at position 8"
names "$(type 5 debt_forgiven); $(type 7 debt_forgiven);
    $(payload 7 '"amount":15000' '"amount":1')" \
    "account 000002 was forgiven 50.00, the 3. time, at position 8"
names "$(payload 6 '"amount":5050' '"amount":5051')" \
    "50.51 was moved, 0.00 is on its way; the balances add up to 50.50"
names "$(payload 4 Natalie Natasha)" \
    "accounts.accounts, row 000002: name is Natalie; the events say Natasha"

[ $failures = 0 ] && echo "all well"
exit $((failures > 0))
