# serving.sh - the verbs that talk to other programs, where no broker answers. In a build
# without the library of a broker they say so.

unset BROKER_URL BROKER_HOLD_MS AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
unset JANGLE_RABBITMQ_URL RABBITMQ_HOST RABBITMQ_PORT RABBITMQ_USER RABBITMQ_PASSWORD
unset RABBITMQ_HEARTBEAT RABBITMQ_PREFETCH_COUNT
expect 0 open --db served.db --name Natalie --amount 100

test="without a broker a sentence says what is missing"
for words in serve endpoints redrive "redrive --dry-run"; do
    expect 1 $words --db served.db
    says "bank: "
    says "no broker is named: set BROKER_URL to an address such as amqp://"
    [ "$(wc -l <err)" = 1 ] || fail "it is not one sentence"
done
expect 0 accounts --db served.db
says Natalie

test="the flags of redrive have limits"
expect 2 redrive --limit 0
says "--limit: 0 is not in 1..1000000000; "
expect 2 redrive --wait -1
says "--wait: -1 is not in 0..3600000; "
expect 2 redrive --dry-run=yes
says "--dry-run takes no value; "
expect 2 redrive --dry
says "there is no option --dry; "
expect 2 serve --rate 1000001
says "--rate: 1000001 is not in 0..1000000; "

# Nobody listens on port 1. AWS_ENDPOINT_URL stands in place of the address that sqs:// has not.
export AWS_ENDPOINT_URL=http://127.0.0.1:1
while read -r scheme label package rest; do
    test="$label that is away is named, and its password is not; or the program lacks it"
    case $scheme in
    sqs://) url=sqs://eu-west-1 ;;
    kafka://) url=kafka://127.0.0.1:1 ;;
    *) url=${scheme}natalie:s3cret-pa55@127.0.0.1:1 ;;
    esac
    BROKER_URL=$url AWS_ACCESS_KEY_ID=s3cret-key AWS_SECRET_ACCESS_KEY=s3cret-too \
        "$bank" endpoints --db served.db >out 2>err
    if [ -s err ]; then
        grep -q "^bank: this program was built without $label.*: install what is missing .*$package.*=ON$" err ||
            fail "it does not say what is missing"
    else
        grep -q "^  news .* not connected: .*$rest" out || fail "it does not say who is away"
        grep -q "^  counter .* not connected: .*$rest" out || fail "it does not say who is away"
    fi
    says_not s3cret
done <<'END'
amqp:// RabbitMQ librabbitmq-dev RabbitMQ is away: 127.0.0.1:1
amqps:// RabbitMQ librabbitmq-dev RabbitMQ is away: 127.0.0.1:1
nats:// NATS libnats-dev NATS: server 127.0.0.1:1 cannot be reached
redis:// Redis libhiredis-dev Redis is away: 
sqs:// SQS libcurl4-openssl-dev AWS (http://127.0.0.1:1) has not answered
kafka:// Kafka librdkafka-dev no broker of Kafka answers
END
unset AWS_ENDPOINT_URL

test="an address of no broker, and half of one, are refused, and not shown"
for url in nonsense s3cret://host ://s3cret " amqp://s3cret" "amqp amqps://s3cret" "$(printf '%01100d' 0)://s3cret"; do
    export BROKER_URL="$url"
    expect 1 endpoints --db served.db
    says "bank: "
    says_not s3cret
done
export BROKER_URL=http://s3cret/
expect 1 serve --db served.db
says "BROKER_URL is that of no broker: it begins with amqp://, amqps://, nats://, "
says_not s3cret
for url in "kafka://$(printf '%01100d' 0)" "nats://$(printf '%01100d' 0)"; do
    BROKER_URL=$url
    expect 1 serve --db served.db
    says "BROKER_URL is longer than 1023 bytes"
done
BROKER_URL=sqs://eu-west-1
expect 1 serve --db served.db
grep -q 'built without SQS and SNS' err ||
    says "BROKER_URL is that of SQS and SNS, which want AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, too"
BROKER_URL=nats://127.0.0.1:1
for hold in 0 -1 x 1x 999 3600001 99999999999999999999; do
    export BROKER_HOLD_MS=$hold
    expect 1 serve --db served.db
    says "BROKER_HOLD_MS is no whole number from 1000 to 3600000"
done
unset BROKER_HOLD_MS

test="half of an address is refused by the name of its variable, before a store is made"
for url in nats://host:70000 redis://host:70000 redis://host/x kafka://host:70000 amqp://host:70000/ sqs://; do
    export BROKER_URL=$url AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=secret
    expect 1 serve --db never.db
    grep -qE '^bank: (BROKER_URL: |this program was built without )' err || fail "$url is not refused by name"
    says_not '"news"'
    [ ! -e never.db ] || fail "a store was made for $url"
done

test="each transport that holds messages takes the least and the longest time, and SQS whole seconds"
export AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=secret AWS_ENDPOINT_URL=http://127.0.0.1:1
for url in nats://127.0.0.1:1 redis://127.0.0.1:1 sqs://eu-west-1; do
    for hold in 1000 3600000; do
        export BROKER_URL=$url BROKER_HOLD_MS=$hold
        "$bank" endpoints --db served.db >out 2>err || grep -q 'built without' err || fail "$hold is refused"
    done
done
export BROKER_HOLD_MS=1500
expect 1 endpoints --db served.db
grep -qE 'built without SQS|BROKER_HOLD_MS is no whole number of seconds' err || fail "it is not refused"
unset AWS_ENDPOINT_URL
unset BROKER_URL BROKER_HOLD_MS AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY

export JANGLE_RABBITMQ_URL=amqp://natalie:s3cret-pa55@127.0.0.1:1/
"$bank" endpoints --db served.db >out 2>err
if ! grep -q 'built without RabbitMQ' err; then
    test="a broker that is away is named, and its password is not"
    expect 0 endpoints --db served.db
    says "topic bank.news"
    says "queue bank.counter"
    says "not connected: RabbitMQ is away: 127.0.0.1:1"
    grep -qE '^  counter +queue bank.counter +[?] +[?]  not connected' out || fail "it counts nothing"
    says_not s3cret
    expect 1 redrive --db served.db
    says "RabbitMQ is away: 127.0.0.1:1"
    says "0 dead letters seen, 0 put back"
    says_not s3cret

    test="an address that makes no sense is refused"
    for url in nonsense http://127.0.0.1/ amqp://:70000/; do
        JANGLE_RABBITMQ_URL=$url
        expect 1 serve --db served.db
        says "bank: "
        expect 1 endpoints --db served.db
    done
    JANGLE_RABBITMQ_URL=amqp://natalie:s3cret-pa55@127.0.0.1:1/

    test="while the broker is away customers are served, until a signal comes"
    for signal in INT TERM; do
        rm -f pipe
        mkfifo pipe
        "$bank" serve --db served.db --accounts 5 --simulate 200 --acks answers.$signal \
            >pipe 2>err 4>pipe &
        process=$!
        counter_away=
        news_away=
        answered=
        while read -r line; do
            echo "$line"
            case $line in
            "counter: "*"RabbitMQ is away"*) counter_away=1 ;;
            "news: "*"RabbitMQ is away"*) news_away=1 ;;
            *"commands of customers answered") answered=1 ;;
            esac
            [ "$counter_away$news_away$answered" = 111 ] && answered= && kill -$signal $process
        done <pipe >out
        wait $process
        ended=$?
        [ $ended = 130 ] || fail "it ended with $ended, not with 130"
        says "served.db is served; Ctrl-C ends that."
        says "news: 0 published, 0 refused: RabbitMQ is away: 127.0.0.1:1"
        says "counter: 0 received, 0 taken, 0 repeated, 0 dead: RabbitMQ is away: 127.0.0.1:1"
        says_not s3cret
        [ "$(wc -l <answers.$signal)" -ge 200 ] || fail "not all were answered"
    done
    expect 0 check --db served.db --acks answers.INT
    expect 0 check --db served.db --acks answers.TERM

    test="what was not published waits"
    expect 0 endpoints --db served.db
    grep -q '^  news  *topic bank.news  *[1-9][0-9]*  ' out || fail "nothing waits"
fi
unset JANGLE_RABBITMQ_URL
