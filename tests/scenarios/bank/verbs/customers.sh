# customers.sh - simulations of many customers.

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
