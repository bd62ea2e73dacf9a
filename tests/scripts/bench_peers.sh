#!/bin/sh
# bench_peers.sh BENCH READ_JSON - the benchmark starts a Redis and a PostgreSQL of its own beside
# rows of jangle, says what they are, and ends with a sentence if one is not set as it must be,
# syncs nothing, or does not hold what it has answered. No rate matters. Without PostgreSQL the
# rest is tested, and without Redis, too, the test is skipped.
set -eu
bench=$1
read_json=$2
place=$(mktemp -d)
chmod 755 "$place" # PostgreSQL runs as another user than root
trap 'rm -rf "$place"' EXIT
cd "$place"
mkdir work nothing bin
failed=0

complain() { # SENTENCE
    echo "$1"
    cat out
    failed=1
}

run() { # ARG...
    status=0
    "$bench" --directory work --seconds 0.02 "$@" >out 2>&1 || status=$?
}

prints() { # PATTERN: a line is like it
    grep -Eq -- "$1" out || complain "no line is like $1:"
}

prints_not() { # PATTERN
    ! grep -Eq -- "$1" out || complain "a line is like $1:"
}

# Without their packages they are left out, and the rest is run.
status=0
env PATH="$place/nothing" JANGLE_BENCH_POSTGRES_BIN="$place/nothing" "$bench" --directory work \
    --seconds 0.01 --rounds 1 --only append-1 --peers >out 2>&1 || status=$?
[ $status = 0 ] || complain "without packages it ends with $status:"
prints '^postgres-1 is not run: .*\(Debian: apt-get install (postgresql|libpq-dev)\)'
prints '^redis-1 is not run: .*\(Debian: apt-get install (redis-server|libhiredis-dev)\)'
prints '^append-1 +events/s '
prints_not '^(postgres-1|redis-1|append-1-redis) .*[0-9]$'
status=0
env PATH="$place/nothing" "$bench" --directory work --once redis-1 >out 2>&1 || status=$?
[ $status = 2 ] || complain "one round without packages ends with $status, not with 2:"
prints '^bench: .*\(Debian: apt-get install (redis-server|libhiredis-dev)\)$'

# What is there.
here=''
left=''
for peer in redis postgres; do
    run --once $peer-1
    if [ $status = 2 ] && grep -q 'apt-get install' out; then
        cat out
        left="$left $peer"
    else
        [ $status = 0 ] || complain "$peer-1 ends with $status:"
        here="$here $peer"
    fi
done
case " $here " in
*" redis "*) ;;
*)
    [ "${CI:-}" != true ] || exit 1
    [ -n "$here" ] || exit 77
    ;;
esac

# No answer comes without a sync, which as many clients share as there are.
for peer in $here; do
    for clients in 1 64; do
        run --once "$peer-$clients"
        [ $status = 0 ] || complain "$peer-$clients ends with $status:"
        awk -v clients=$clients '$1 == "count" { count = $2 } $1 == "syncs" { syncs = $2 }
            END { exit !(count > 0 && syncs * clients >= count && syncs <= 2 * count + 20) }' out ||
            complain "$peer-$clients does nothing, or its syncs are not counted:"
    done
done

# Beside rows of jangle, in the same rounds; the output says what they are.
run --only append-16 --peers --rounds 1 --json figures.json
[ $status = 0 ] || complain "rows with peers end with $status:"
rows='same-16 raw-16 c-16 append-16 command-16'
for peer in postgres redis; do
    case " $here " in
    *" $peer "*) ;;
    *) continue ;;
    esac
    rows="$rows $peer-16"
    for row in append command; do
        prints "^$row-16-$peer +rate, beside $peer-16( +[0-9]+){2} [a-z]+/s +- +[0-9.]+ +-"
    done
    prints "^$peer-16 +events/s .* x append-16, .* x command-16$"
done
prints_not '^(postgres|redis)-(1|64) '
case " $here " in
*" redis "*)
    prints '^Redis [0-9]+\.[0-9.]+, a server of its own'
    prints '^  settings: appendonly=yes, appendfsync=always, .*; all else is its default$'
    prints '^  durability: a command is answered after its file was synced'
    grep -q '{"peer": "Redis", "version": "[0-9.]*", "settings": "[^"]*appendfsync=always' figures.json ||
        complain "the JSON does not say what Redis is:"
    ;;
esac
case " $here " in
*" postgres "*)
    prints '^PostgreSQL [0-9]+.*, a server of its own'
    prints '^  settings: fsync=on, synchronous_commit=on, .*; all else is its default$'
    prints '^  durability: a commit is answered after its record of the log was synced'
    ;;
esac
# shellcheck disable=SC2086 # each is a word
"$read_json" figures.json $rows >found 2>&1 || complain "the JSON is wrong: $(cat found)"
[ -z "$(ls work)" ] || complain "files are left behind: $(ls work)"

# ---- it notices what is wrong --------------------------------------------------------

finds() { # SENTENCE ROW: with the programs in bin/
    status=0
    env PATH="$place/bin:$PATH" JANGLE_BENCH_POSTGRES_BIN="$place/bin" "$bench" --directory work \
        --seconds 0.02 --once "$2" >out 2>&1 || status=$?
    [ $status = 1 ] || complain "$2 ends with $status, not with 1:"
    grep -qF -- "$1" out || complain "$2 does not say \"$1\":"
    rm -rf work/*
}

stand_in() { # PROGRAM LINE: what runs in its place
    # shellcheck disable=SC2016 # the stand-in expands them
    printf '#!/bin/sh\n[ "$1" != --version ] || exec "%s" "$@"\n%s\n' "$real" "$2" >"bin/$1"
    chmod 755 "bin/$1"
}

# While a round runs, somebody else changes what the peer holds. The events of the set-up are
# there long before the round ends; if the change comes too late, it is done again.
disturbed() { # SENTENCE ROW CHANGE...
    sentence=$1 row=$2 turn=0
    shift 2
    while [ $((turn += 1)) -le 5 ]; do
        "$bench" --directory work --seconds 1 --once "$row" >out 2>&1 &
        child=$!
        done=''
        while [ -z "$done" ] && kill -0 $child 2>/dev/null; do
            "$@" "$place"/work/round-*/peer >change 2>&1 && done=1
        done
        status=0
        wait $child || status=$?
        rm -rf work/*
        [ -z "$done" ] || [ $status = 0 ] || break
    done
    [ -n "$done" ] || complain "nothing could be changed: $(cat change)"
    [ $status = 1 ] || complain "$row, whose events were changed, ends with $status:"
    grep -qF -- "$sentence" out || complain "$row does not say \"$sentence\":"
}

# Each fails until the events are there, all of the set-up's.
redis_changes() { # SCRIPT DIRECTORY
    [ "$(redis-cli -s "$2/socket" eval "
        if redis.call('XLEN', 'events') < 20000 then return 'not yet' end
        local first = redis.call('XRANGE', 'events', '-', '+', 'COUNT', 1)[1]
        $1 return 'changed'" 0)" = changed ]
}

postgres_changes() { # STATEMENT DIRECTORY
    psql -X -q -v ON_ERROR_STOP=1 -h "$2" -p 5432 -U bench -d postgres \
        -c "DO \$\$ BEGIN
            IF (SELECT count(*) FROM events) < 20000 THEN RAISE 'not yet'; END IF; END \$\$" \
        -c "$1"
}

case " $here " in
*" redis "*)
    real=$(command -v redis-server)
    stand_in redis-server "exec \"$real\" \"\$@\" --appendfsync everysec"
    finds 'Redis: appendfsync is "everysec", and was to be "always"' redis-1
    stand_in redis-server "unset LD_PRELOAD; exec \"$real\" \"\$@\""
    finds 'redis-16: answers came without a sync' redis-16
    stand_in redis-server "exit 1"
    finds '/log says why' redis-1

    disturbed 'redis-16: an event is missing that was acknowledged' redis-16 \
        redis_changes "redis.call('XDEL', 'events', first[1])"
    disturbed 'redis-16: there are events that nobody was told of' redis-16 \
        redis_changes "redis.call('XADD', 'events', '*', 'stream', 1, 'version', 3)"
    disturbed 'redis-16: the versions of a stream have a gap' redis-16 \
        redis_changes "redis.call('XDEL', 'events', first[1])
            redis.call('XADD', 'events', '*', unpack(first[2]))"
    ;;
esac
case " $here " in
*" postgres "*)
    folder=${JANGLE_BENCH_POSTGRES_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)}
    real=$folder/initdb
    stand_in initdb "exec \"$real\" \"\$@\""
    real=$folder/postgres
    stand_in postgres "exec \"$real\" \"\$@\" -c fsync=off"
    finds 'PostgreSQL: fsync is off, and was to be on' postgres-1
    stand_in postgres "unset LD_PRELOAD; exec \"$real\" \"\$@\""
    finds 'postgres-16: answers came without a sync' postgres-16

    disturbed 'postgres-16: an event is missing that was acknowledged' postgres-16 \
        postgres_changes 'DELETE FROM events WHERE position = 1'
    disturbed 'postgres-16: the versions of a stream have a gap' postgres-16 \
        postgres_changes 'UPDATE events SET version = 0 WHERE position = 1'

    # Root's own directories are closed to the user that PostgreSQL runs as.
    if [ "$(id -u)" = 0 ]; then
        chmod 700 "$place"
        run --once postgres-1
        [ $status = 2 ] || complain "in a directory that is closed postgres-1 ends with $status:"
        prints '^bench: PostgreSQL does not run as root, and the user [a-z]+ may not enter '
        chmod 755 "$place"
    fi
    ;;
esac

[ -z "$(ls work)" ] || complain "files are left behind: $(ls work)"
[ -z "$left" ] || echo "not tested, because it is not here:$left"
exit $failed
