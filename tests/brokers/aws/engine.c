/* engine.c - two programs with SQS and SNS between them: events and commands pass once
 * and in order, while Amazon cannot be reached, and while each program is closed. */
#include "brokers/aws/server.h"
#include "support/domains/exchange.h"

enum { EVENTS = 90, THIRD = EVENTS / 3, WAIT_MS = 60000 };

static struct aws_server *server;
static struct jangle_aws_options options;
static struct neighbours both;

/* ---- how far the taker is -------------------------------------------------- */

static enum jangle_result note_event(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    (void)delivery, (void)event;
    return JANGLE_OK;
}

static const struct jangle_subscriber watcher = {
    .name = "watcher",
    .handlers = JANGLE_HANDLERS({&coins_seen, note_event}, {&coins_put_in, note_event}),
    .start = JANGLE_FROM_FIRST,
};

/* Until the taker has stored so many events. */
static void wait_for_position(int64_t position)
{
    struct jangle_error error;

    if (jangle_wait(both.taker.jangle, "watcher", position, WAIT_MS, &error))
        fail_msg("%s; %s; %s", error.message, endpoint_of(&both.taker, "watch").reason,
                 endpoint_of(&both.taker, "counter").reason);
}

/* ---- both sides ------------------------------------------------------------ */

static int begin(void **state)
{
    static const struct jangle_clock system_clock;
    struct jangle_broker broker = jangle_aws("sqs://us-east-1", &options);

    (void)state;
    exchange_init(&both, true);
    both.sender.config.host.clock = both.taker.config.host.clock = system_clock;
    both.sender.config.broker = both.taker.config.broker = broker;
    both.sender.config.workers = both.taker.config.workers = 2;
    both.sender.config.reconnect.max_delay_ms = 1000;
    both.taker.config.reconnect.max_delay_ms = 1000;
    return 0;
}

static int end(void **state)
{
    (void)state;
    neighbours_finish(&both);
    return 0;
}

static void send_some(int from, int to)
{
    struct jangle_outcome outcome;

    for (int i = from; i < to; i++)
        assert_result(exchange_send(&both, i, &outcome), JANGLE_OK);
}

static void assert_whole(void)
{
    world_close(&both.sender);
    world_close(&both.taker);
    both.sender.config.workers = both.taker.config.workers = 0;
    world_open(&both.sender, &exchange_forwarder, NULL);
    world_open(&both.taker, NULL);
    exchange_assert_whole(&both, EVENTS);
}

static void all_of_it_passes_though_amazon_is_away_for_a_while(void **state)
{
    struct jangle_error error;

    (void)state;
    world_open(&both.taker, &watcher, NULL);
    if (jangle_declare(both.taker.jangle, NULL, &error))
        fail_msg("%s", error.message);
    world_open(&both.sender, &exchange_forwarder, NULL);
    send_some(0, THIRD);
    wait_for_position(THIRD / 2);
    assert_true(aws_server_cut(server));
    send_some(THIRD, 2 * THIRD);
    assert_true(aws_server_listen(server));
    wait_for_position(2 * THIRD);
    world_close(&both.taker);
    send_some(2 * THIRD, EVENTS);
    world_open(&both.taker, &watcher, NULL);
    world_close(&both.sender);
    world_open(&both.sender, &exchange_forwarder, NULL);
    wait_for_position(2 * EVENTS);
    assert_whole();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            all_of_it_passes_though_amazon_is_away_for_a_while, begin, end),
    };
    int failed;

    server = aws_server_start();
    options = aws_server_options(server);
    options.visibility_ms = 3000; /* what the cut has swallowed comes soon */
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    aws_server_stop(server);
    return failed;
}
