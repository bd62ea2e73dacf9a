#!/bin/sh
# run_refuses.sh SOURCE - ./run refuses what makes no sense with a sentence and before any
# work: played with tools that build nothing.
set -eu
source=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
failed=0
unset CI CC

# A tree with the scripts of this one, and tools that only say that they were asked for.
mkdir -p "$place/tree/.ci" "$place/tree/tests/mutants" "$place/bin"
cp -r "$source/run" "$source/scripts" "$place/tree"
cp "$source/.ci/run" "$place/tree/.ci"
printf 'file src/a.c\nmutant %s\n right 1\n wrong 2\n test unit_a it_holds\n' first second \
    >"$place/tree/tests/mutants/table"
for tool in cmake ctest apt-get gcovr; do
    printf '#!/bin/sh\necho %s >>"%s/asked"\n' $tool "$place" >"$place/bin/$tool"
done
printf '#!/bin/sh\n' >"$place/tree/scripts/install-deps"
chmod +x "$place/bin"/*
cd "$place/tree"

run() { # ARGUMENT...: its status goes to $status, all that it says to the file out
    status=0
    rm -f "$place/asked"
    PATH="$place/bin:$PATH" ./run "$@" >"$place/out" 2>&1 || status=$?
}

complain() { # SENTENCE
    echo "$1"
    cat "$place/out"
    failed=1
}

refuses() { # WORDS ARGUMENT...: the first line has these words
    words=$1
    shift
    run "$@"
    [ $status = 2 ] || complain "./run $* ends with $status, not with 2:"
    head -n 1 "$place/out" | grep -qF -- "$words" ||
        complain "./run $* does not say \"$words\" first:"
    [ ! -e "$place/asked" ] || complain "./run $* has asked for a tool:"
}

lists() { # NAME: it has a line of its own
    grep -qx " *$1" "$place/out" || complain "$1 has no line of its own:"
}

says_one_line() {
    [ "$(wc -l <"$place/out")" = 1 ] || complain "that is not one line:"
}

refuses "run: there is no \`nonsense\`; \`./run help\` lists what there is" nonsense
says_one_line
for seconds in nonsense 0 00 -1 1.5 '' 1000000000; do
    refuses "run: fuzz wants a whole number of seconds above zero, and got \`$seconds\`" \
        fuzz "$seconds"
    says_one_line
done
refuses "run: there is no fuzzer \`2\`; there are: aws canonical codec events cloudevents cloudevents_binary mega mega_binary melange nats pattern petisco plain redis tools" fuzz 1 2
for task in bank build damage coverage; do
    refuses "run: $task takes no argument, and got \`nonsense\`" $task nonsense
    says_one_line
done
for words in nonsense "--broker nats nonsense" "--broker=nats nonsense"; do
    # shellcheck disable=SC2086 # they are words
    refuses "run: messaging takes --broker NAME and nothing else, and got \`$words\`" messaging $words
    says_one_line
done
refuses "run: --broker wants one of rabbitmq, nats, redis, aws or kafka" messaging --broker
says_one_line
for words in "--broker nonsense" --broker=nonsense; do
    # shellcheck disable=SC2086 # they are words
    refuses "run: there is no broker \`nonsense\`; there are rabbitmq, nats, redis, aws and kafka" messaging $words
    says_one_line
done
refuses "mutants: there is no mistake 'nonsense'. There are:" mutants nonsense
lists first
lists second
refuses "check: there is no check 'nonsense'. There are:" check nonsense
lists mutants
lists format

# What is said of the tasks, to those who ask.
refuses "./run bank " # nothing at all was asked
for task in help --help bank build check coverage damage fuzz messaging mutants soak \
    test; do
    run $task --help
    [ $status = 0 ] || complain "./run $task --help ends with $status:"
    grep -q '^\./run check ' "$place/out" || complain "./run $task --help is no help:"
    [ ! -e "$place/asked" ] || complain "./run $task --help has asked for a tool:"
done
run check --help
lists asan

# A ctest that finds none of its tests.
cat >"$place/bin/ctest" <<'END_OF_CTEST'
#!/bin/sh
echo 'No tests were found!!!' >&2
echo '<testsuite tests="0"></testsuite>' >build/tests.xml
exit 8
END_OF_CTEST
run test -R nonsense
[ $status = 2 ] || complain "./run test -R nonsense ends with $status, not with 2:"
grep -qF "run: no test matches \`-R nonsense\`; " "$place/out" ||
    complain "./run test -R nonsense does not say that no test matches:"
! grep -q '0 passed' "$place/out" || complain "./run test -R nonsense counts nothing:"

exit $failed
