#!/bin/sh
# soak_keeps_a_ledger.sh SOURCE - what scripts/soak refuses, and what it writes down of
# rounds that pass, fail and are stopped: played with a ctest that runs nothing.
set -eu
source=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
failed=0
unset JANGLE_SEED JANGLE_EFFORT

# A build with two long tests, one of them in two shards, and another test.
mkdir -p "$place/bin" "$place/build/tests"
cat >"$place/build/tests/print_efforts" <<'END'
#!/bin/sh
[ "$JANGLE_EFFORT" = soak ] || exit 2
printf 'faults_power\t20\tpower cuts\nunit_codec\t1000\ttexts\nunit_codec\t50\tfiles\n'
END
printf '%s\n' 'faults_power_1 slow' faults_power_2 unit_codec unit_other >"$place/build/tests.list"
# It says of those that it is asked for that they passed, but for $FAILING. When $HANGING is
# set, unit_codec goes on until it is ended.
cat >"$place/bin/ctest" <<'END'
#!/bin/sh
for word; do wanted=$word; done
echo "$JANGLE_EFFORT $JANGLE_SEED $wanted" >>"$PLACE/asked"
for test in faults_power_1 faults_power_2 unit_codec unit_other; do
    echo "$test" | grep -qE "$wanted" || continue
    if [ "$test" = unit_codec ] && [ -n "${HANGING:-}" ]; then
        touch "$PLACE/hangs"
        read -r _ <"$PLACE/never"
    fi
    how='   Passed '
    [ "$test" != "${FAILING:-}" ] || how='***Failed '
    printf ' 1/3 Test  #7: %s ..........%s   1.02 sec\n' "$test" "$how"
done
END
chmod +x "$place/bin/ctest" "$place/build/tests/print_efforts"
mkfifo "$place/never"

start() {
    PLACE=$place PATH="$place/bin:$PATH" exec "$source/scripts/soak" \
        --build "$place/build" --ledger "$place/ledger" "$@"
}

soak() {
    status=0
    rm -f "$place/asked"
    (start "$@") >"$place/out" 2>&1 || status=$?
}

expect() { # WHAT COMMAND...
    what=$1
    shift
    "$@" >/dev/null 2>&1 || {
        echo "not so: $what (status $status)"
        cat "$place/out"
        cat "$place/ledger" 2>/dev/null || true
        failed=1
    }
}

refuses() { # SENTENCE ARGUMENT...
    sentence=$1
    shift
    soak "$@"
    expect "$* is refused" [ $status = 2 ]
    expect "it says: $sentence" grep -qF -- "$sentence" "$place/out"
    expect "nothing is run" [ ! -e "$place/asked" ]
    expect "nothing is written" [ ! -e "$place/ledger" ]
}

row() { tail -n 1 "$place/ledger"; }
row_says() {
    row | grep -qF -- "$1" || {
        echo "the row does not say: $1"
        row
        failed=1
    }
}

refuses "no long test has a name like 'unit_other'. There are:" unit_other
expect "it lists the long tests" grep -q '^ *faults_power_2$' "$place/out"
refuses "no long test has a name like '('." '('
refuses "no long test has a name like 'messag|format|transport|brokers|pattern|fuzz_(aws|events|nats|redis)'" messaging
refuses "--hours wants a value behind it" --hours
refuses "--hours wants a number above zero, such as 8 or 0.5, and '0.0' is none" --hours 0.0
refuses "and 'long' is none" --hours long
refuses "there is no option --minutes" --minutes 3
refuses "one NAME at most: 'unit' and 'faults' are two" unit faults
export JANGLE_SEED=7x
refuses "JANGLE_SEED is '7x', but a seed is a whole number"

# One round of all, from a seed that was given.
JANGLE_SEED=7
soak
expect "all passed" [ $status = 0 ]
expect "the full counts, and that seed" grep -q '^soak 7 ' "$place/asked"
expect "a new ledger has its head" grep -q '^| date | commit | compiler |' "$place/ledger"
expect "and one row" [ "$(wc -l <"$place/ledger")" = 3 ]
row_says "| faults_power: 20 power cuts; unit_codec: 1000 texts; unit_codec: 50 files | 7 | none |"

# A ledger whose last line has no end keeps that line, and the row is a line of its own.
printf 'a last line' >"$place/ledger"
export FAILING=faults_power_2
soak power
expect "a test that failed is the status" [ $status = 1 ]
expect "the last line is whole" grep -qx 'a last line' "$place/ledger"
expect "the row is whole" [ "$(row | awk -F '[|]' '{ print NF }')" = 9 ]
row_says "| faults_power: 20 power cuts | 7 |"
row_says "faults_power_2 (1 of 1 rounds): \`JANGLE_EFFORT=soak JANGLE_SEED=7 ./run test -R \"^faults_power_2\$\"\` |"

# Round after round, each from another seed, until the time is over; a failure ends nothing.
soak --hours 0.0004
expect "a failure in any round is the status" [ $status = 1 ]
expect "there is more than one round" [ "$(wc -l <"$place/asked")" -gt 1 ]
expect "the second round has another seed" grep -q '^soak 1000007 ' "$place/asked"
row_says "| 7 to "
row_says ", in steps of 1000000 | faults_power_2 ("
unset FAILING

# Stopped in the middle of a round: what ended is written down, what did not has not failed.
export HANGING=1
(start) >"$place/out" 2>&1 &
soaking=$!
while [ ! -e "$place/hangs" ] && kill -0 $soaking; do :; done
kill -TERM $soaking
status=0
wait $soaking || status=$?
expect "being stopped is no failure" [ $status = 0 ]
row_says ", stopped | faults_power: 20 power cuts; unit_codec: 0 texts; unit_codec: 0 files | 7 | none |"

exit $failed
