#!/bin/sh
# bench_refuses.sh BENCH READ_JSON - the benchmark refuses what makes no sense, runs what is
# named and nothing else, and writes JSON. No other tool is needed, and no rate matters.
set -eu
bench=$1
read_json=$2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
mkdir work
failed=0

complain() { # SENTENCE
    echo "$1"
    cat out
    failed=1
}

run() { # ARG...: its status goes to $status, all that it says to the file out
    status=0
    "$bench" --directory work --rounds 1 --seconds 0.01 "$@" >out 2>&1 || status=$?
}

refuses() { # WORDS ARG...: the sentence has these words
    words=$1
    shift
    run "$@"
    [ $status = 2 ] || complain "bench $* ends with $status, not with 2:"
    grep -qF -- "$words" out || complain "bench $* does not say \"$words\":"
    [ "$(wc -l <out)" = 1 ] || complain "bench $* says more than one sentence:"
}

prints() { # PATTERN: a line is like it
    grep -Eq -- "$1" out || complain "no line is like $1:"
}

prints_not() { # PATTERN
    ! grep -Eq -- "$1" out || complain "a line is like $1:"
}

refuses 'no row and no group is called "raw-2"; --list shows' --only raw-2
refuses 'no row and no group is called "nobody"' --only raw-1 --only nobody
refuses 'no row and no group is called ""' --only ''
refuses '--only wants a row or a group' --only
for number in 0 -1 100 1.5 3x x '' 99999999999999999999; do
    refuses "and \"$number\" is not that" --rounds "$number"
    [ "$number" = 100 ] || refuses "and \"$number\" is not that" --messages "$number"
done
refuses '--rounds wants a whole number from 1 to 99' --rounds
for number in 0 -1 1s nan inf x '' 3601; do
    refuses "and \"$number\" is not that" --seconds "$number"
done
refuses 'and --only names none of them' --peers --only raw-1
refuses 'there is no option --fast; --help shows all' --fast
refuses 'there is no option 5' 5
refuses 'work has no program build/bin/bench or bin/bench' --against work
refuses 'nowhere has no program' --against nowhere
refuses 'nowhere/out.json cannot be written' --json nowhere/out.json
refuses 'no databases can be made in nowhere' --directory nowhere
refuses '--once names no row' --once nobody
refuses 'this row is a rate' --once raw-1 --operations 5
for number in 0 -2 1000001 x; do
    refuses "and \"$number\" is not that" --once raw-1 --sync-us "$number"
done
refuses 'more than twice' --once raw-insert --operations 201

run --help
[ $status = 0 ] || complain "--help ends with $status:"
prints '^  --against DIRECTORY '

# Every row is listed.
run --list
[ $status = 0 ] || complain "--list ends with $status:"
for row in postgres-1 postgres-16 postgres-64 redis-1 redis-16 redis-64 same-1 raw-1 append-1 command-1 same-16 raw-16 c-16 append-16 command-16 same-64 \
    dispatch-off-16 dispatch-16 dispatch-view-16 dispatch-fsync view-rate plain-view rebuild \
    replay-raw plain-scan verify verify-deep verify-scan replay-typed stream-100 plain-stream ask-1 plain-ask saga-rate \
    four-commands saga-fsync memory memory-store memory-store-1000 bytes open-1M scale \
    scale-same idle raw-64 append-64 command-64 command-wide c-cold command-cold \
    command-cold-mmap command-hot-1 command-hot command-hot-chain c-cpu \
    cpu c-64-due worst-64 conflict-none conflict-16 checkpoint-250 checkpoint-1000 checkpoint-4000 \
    simulate processes-1 processes-16 raw-insert warm-command warm-command-1000 \
    publish publish-hot plain-publish \
    publish-hot-classic plain-publish-one take-events take-commands plain-take end-to-end \
    plain-end-to-end hub publish-nats plain-publish-nats take-nats plain-take-nats \
    publish-redis plain-publish-redis take-redis plain-take-redis publish-kafka \
    plain-publish-kafka take-kafka plain-take-kafka short-64; do
    prints "^$row +[a-z]+/s +[a-z]+ +[A-Za-z0-9]"
done

sed -n '2,/^$/{/./p}' out | awk '{ print $1 }' | sort >names
sed -n '2,/^$/{/./p}' out | awk '{ print $3 }' | sort -u >groups
[ -z "$(uniq -d names)" ] || complain "two rows are called alike:"
[ -z "$(comm -12 names groups)" ] || complain "a row is called like a group:"
[ "$(wc -l <names)" -gt 10 ] || complain "the list is not understood here:"

run --only raw-1 --json one.json
[ $status = 0 ] || complain "one row ends with $status:"
prints '^raw-1 +events/s +[0-9]+ +0 %$'
prints_not '^(raw-16|raw-insert|same|append|command|processes|warm|view|saga)'
"$read_json" one.json raw-1 >out 2>&1 || complain "the JSON of one row is wrong:"

# A row comes with those beside it, and the targets say what it came to.
run --only append-1 --only warm-command --rounds 2 --json "$place/four.json"
prints '^append-1 +events/s .* x same-1, .* x raw-1$'
prints '^warm-command +commands/s '
prints '^append-1 +median time, beside same-1( +[0-9.]+){2} ms( +[0-9.]+){2} +<= 1\.1 +(reached|MISSED|noisy)$'
prints_not '^(raw-16|raw-insert|command|processes|view|saga)'
"$read_json" four.json same-1 raw-1 append-1 warm-command >out 2>&1 ||
    complain "the JSON of four rows is wrong:"
for member in name value unit baseline ratio target ok; do
    grep -q "\"$member\": " four.json || complain "the JSON has no $member:"
done

# Rows that carry messages run only if they are named, and carry so many.
run --only hub --only short-64 --messages 25
[ $status = 0 ] || complain "the hub ends with $status:"
prints '^hub +messages/s .* x short-64$'
prints '^hub +rate, beside short-64( +[0-9.]+){2} messages/s +-( +[0-9.]+) +>= 0\.35 +(reached|MISSED)$'
prints_not '^(publish|take|plain|end)-'
run --once hub --operations 25
prints '^count 25$'

# The rows of patterns are there if PCRE2 is.
if grep -q '^pattern$' names; then
    run --once filtered --operations 150
    prints '^count 200$'
    run --only pattern --only plain-parse
    prints '^pattern +events/s .* x plain-parse$'
    prints '^pattern +rate, beside plain-parse( +[0-9.]+){2} events/s +-( +[0-9.]+) +>= 1 +(reached|MISSED)$'
fi

# Every fixed workload does what it is told to.
for row in raw-insert warm-command warm-command-1000 dispatch-fsync view-rate rebuild replay-raw replay-typed \
    stream-100 ask-1 saga-fsync memory-store memory-store-1000 bytes; do
    run --once $row --operations 7
    prints '^count ([7-9]|[1-9][0-9]+)$'
done

# A row whose processes fail ends, and says why. They may write no file, and die of it; what
# the benchmark itself says goes through a pipe.
(
    ulimit -c 0
    ulimit -f 0
    exec "$bench" --directory work --seconds 0.01 --once processes-1 2>&1
) | cat >out
prints 'processes: one of its processes has failed'
rm -rf work/*

# Without tools to count with.
status=0
env PATH="$place" "$bench" --directory work --rounds 1 --only raw-insert --count >out 2>&1 ||
    status=$?
[ $status = 0 ] || complain "without tools to count with it ends with $status:"
prints '^valgrind does not count instructions: it is not installed\.$'
prints '^strace does not count system calls and syncs: it is not installed\.$'
prints '^raw-insert '

# The program of another build, which has one row and is always as fast.
mkdir -p other/build/bin
cat >other/build/bin/bench <<'END'
#!/bin/sh
case $1 in
--list) echo "raw-1 is here" ;;
--once) printf 'count 200\nunheard-of 5\nseconds 2\n' ;;
esac
END
chmod +x other/build/bin/bench
for directory in other other/build; do
    run --only raw-1 --only raw-16 --against $directory --json two.json
    [ $status = 0 ] || complain "--against $directory ends with $status:"
    prints '^raw-1 +events/s +[0-9]+ +0 % +100 +0 % +[0-9]+\.[0-9]+$'
    prints '^raw-16 +events/s +[0-9]+ +0 % +- +- % +-$'
    "$read_json" two.json raw-1 raw-16 >out 2>&1 || complain "the JSON of two programs is wrong:"
done
printf '#!/bin/sh\nexit 1\n' >other/build/bin/bench
refuses 'cannot list its rows: build it again' --against other

[ -z "$(ls work)" ] || {
    echo "files are left behind:"
    ls work
    failed=1
}
exit $failed
