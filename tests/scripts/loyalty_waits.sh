#!/bin/sh
# loyalty_waits.sh LOYALTY - while no broker answers, loyalty says why and not that its file
# is served; an address that makes no sense leaves no file behind.
set -eu
loyalty=$1
place=$(mktemp -d)
process=
trap '[ -z "$process" ] || kill "$process" 2>/dev/null || true; rm -rf "$place"' EXIT
cd "$place"
unset BROKER_HOLD_MS JANGLE_RABBITMQ_URL RABBITMQ_HOST

fail() { # SENTENCE
    echo "$1"
    cat out err
    exit 1
}

# Nobody listens on port 1. A program that was built without the broker says so.
tried=0
for url in amqp://127.0.0.1:1 nats://127.0.0.1:1 redis://127.0.0.1:1; do
    rm -f pipe
    mkfifo pipe
    BROKER_URL=$url "$loyalty" loyalty.db >pipe 2>err &
    process=$!
    while read -r line; do
        echo "$line"
        case $line in
        "to_bank: "*) kill "$process" ;; # the figures come after the first attempt
        esac
    done <pipe >out
    wait $process || true
    process=
    ! grep -q 'built without' err || continue
    tried=$((tried + 1))
    grep -q '^loyalty: ' err || fail "$url: it does not say why"
    ! grep -q 'is served' out || fail "$url: it says that the file is served"
done

for url in amqp://host:70000/ nats://host:70000 redis://host:70000; do
    status=0
    BROKER_URL=$url "$loyalty" never.db >out 2>err || status=$?
    [ $status = 1 ] || fail "$url: it ends with $status"
    grep -qE '^loyalty: (BROKER_URL: |this program was built without )' err ||
        fail "$url: it is not refused by the name of the variable"
    [ ! -e never.db ] || fail "$url: it left a file behind"
done
[ $tried -gt 0 ] || echo "this loyalty has no broker that could be away"
