# counter.sh - the demo, what customers and operators do, and what they are answered.

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

# ---- the tools of jangle -------------------------------------------------------------

test="admin has jangle's tools, with the code of the bank"
expect 0 admin verify --store copy.db
expect 0 admin state account/000003 --store copy.db
says '"exists":true'
expect 0 admin info --store copy.db
says "copy.db"
expect 2 admin stat
says "bank admin: there is no verb \`stat\`; did you mean \`state\`?"
