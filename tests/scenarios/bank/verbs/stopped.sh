# stopped.sh - simulations that are stopped, and verbs that are used while one runs.

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
