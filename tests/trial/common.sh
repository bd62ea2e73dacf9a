# common.sh - what runs.sh and stops.sh share; to be read by them with BIN and BROKER as
# their arguments.
bin=$1
broker=$2
export BROKER_HOLD_MS=1000 # what a killed program had in hand comes again soon
[ -w /dev/shm ] && TMPDIR=${TMPDIR:-/dev/shm}
work=$(mktemp -d "${TMPDIR:-/tmp}/trial.XXXXXX")
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
    echo "FAILED: $*"
    cat "$work/out"
    failures=$((failures + 1))
}

# The trial itself: try PROGRAMS COMMANDS RATE. All of its processes know $work.
try() {
    rm -rf "$work/run" "$work/tmp"
    mkdir "$work/run" "$work/tmp"
    TMPDIR=$work/tmp exec "$bin/messaging_trial" "$1" "$work/run" "$2" "$3" "$broker" \
        >"$work/out" 2>&1
}

# What a killed broker has started ends a moment later, by itself.
expect_nothing_left() {
    for environment in $(grep -sl "$work" /proc/[0-9]*/environ); do
        process=${environment#/proc/}
        timeout 60 tail -f --pid="${process%/environ}" /dev/null ||
            fail "something is left running: $(tr '\0' ' ' <"/proc/${process%/environ}/cmdline")"
    done
    [ -z "$(ls "$work/tmp")" ] || fail "the broker's directory is left"
}
