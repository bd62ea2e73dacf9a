/* prefix.c - RabbitMQ is killed while many parcels of one key are under way:
 * what a quorum queue holds afterwards is a beginning of them (TR-4), with all that were
 * confirmed. The publisher's order rests on this. */
#include "brokers/rabbitmq/line.h"
#include "brokers/rabbitmq/relay.h"
#include "support/effort.h"
#include "support/shard.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SKIPPED = 77,
    WINDOW = 256, /* parcels that are under way at the same time */
    WINDOWS = 8,  /* one after the other, at most */
    BODY_MIN = 16,
    BODY_MAX = 4000,
    AROUND = 220,  /* bytes that a parcel has besides its body, about */
    ANSWERS = 250, /* bytes in which the broker confirms a window, about; and greets */
    URL_SIZE = 128
};

static struct rabbitmq_server *server;
static unsigned dice;
static int partial; /* queues that held a part of a window */

static int draw(int limit)
{
    return rand_r(&dice) % limit;
}

/* ---- windows --------------------------------------------------------------------- */

static char bodies[WINDOW][BODY_MAX];
static struct jangle_parcel window[WINDOW];

static void fill_window(int first, size_t size)
{
    for (int i = 0; i < WINDOW; i++) {
        memset(bodies[i], '.', sizeof bodies[i]);
        snprintf(bodies[i], BODY_MIN, "%d", first + i);
        window[i] = (struct jangle_parcel){.topic = "orders",
                                           .route = "placed",
                                           .key = "one",
                                           .body = bodies[i],
                                           .body_size = size};
    }
}

/* How many parcels there are up to the last one that is confirmed. */
static int count_confirmed(void)
{
    int confirmed = 0;

    for (int i = 0; i < WINDOW; i++)
        if (window[i].result == JANGLE_OK)
            confirmed = i + 1;
    return confirmed;
}

/* Until one of them is not confirmed as a whole. How many are confirmed. */
static int publish_windows(struct jangle_transport *transport, size_t size)
{
    int sum = 0, confirmed = WINDOW;

    for (int i = 0; i < WINDOWS && confirmed == WINDOW; i++) {
        fill_window(i * WINDOW, size);
        transport->ops->publish(transport, window, WINDOW, LINE_WAIT_MS, NULL);
        confirmed = count_confirmed();
        sum += confirmed;
    }
    return sum;
}

/* Somewhere in the windows, or in their confirms. */
static struct relay draw_relay(size_t size)
{
    struct relay relay = {.to = rabbitmq_server_port(server),
                          .victim = rabbitmq_server_process(server)};

    if (draw(2))
        relay.sent = 1 + draw(WINDOWS * WINDOW * ((int)size + AROUND));
    else
        relay.answered = 1 + draw((WINDOWS + 1) * ANSWERS);
    relay_mend(&relay);
    return relay;
}

/* The broker is killed meanwhile. How many are confirmed. */
static int publish_and_kill(void)
{
    size_t size = BODY_MIN + (size_t)draw(BODY_MAX - BODY_MIN);
    struct relay relay = draw_relay(size);
    struct jangle_transport *transport;
    char url[URL_SIZE];
    int confirmed;

    snprintf(url, sizeof url, "amqp://jangle:%s@127.0.0.1:%d/tests",
             rabbitmq_server_password, relay.port);
    transport = line_open_url(url, NULL);
    confirmed = publish_windows(transport, size);
    line_close(transport);
    relay_cut(&relay);
    rabbitmq_server_kill_now(server); /* if so much was never passed on */
    assert_true(rabbitmq_server_start_again(server));
    return confirmed;
}

/* ---- what is there --------------------------------------------------------------- */

/* The parcels come in order from the first one on, without a gap. A last one is published
 * behind them, because RabbitMQ says that a queue is empty when it cannot say how many
 * messages there are. */
static int count_beginning(struct jangle_transport *transport)
{
    int next = 0;

    assert_result(line_publish(transport, "orders", "end", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    line_attach(transport);
    for (;;) {
        struct jangle_parcel parcel = line_receive(transport);

        if (parcel.body_size == strlen("end"))
            return next;
        assert_int_equal(strtol(parcel.body, NULL, 10), next);
        next++;
    }
}

static void kill_once(void)
{
    static const struct jangle_rabbitmq_options patient = {.prefetch =
                                                               WINDOWS * WINDOW + 1};
    struct jangle_transport *transport = line_fresh(server);
    int kept, confirmed;

    line_close(transport);
    assert_true(rabbitmq_server_write_down(server));
    confirmed = publish_and_kill();
    transport = line_open_url(rabbitmq_server_url(server), &patient);
    kept = count_beginning(transport);
    line_close(transport);
    print_message("%4d confirmed, %4d kept\n", confirmed, kept);
    assert_true(kept >= confirmed);
    partial += kept % WINDOW > 0;
}

static void what_a_queue_keeps_is_a_beginning(void **state)
{
    int kills = 0;

    (void)state;
    for (int i = 0; i < effort_count(EFFORT_RABBITMQ_PREFIX); i++)
        if (shard_takes(i)) {
            kill_once();
            kills++;
        }
    assert_true(kills < 10 || partial > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_queue_keeps_is_a_beginning)};
    int failed;

    if (shard_index() >= effort_count(EFFORT_RABBITMQ_PREFIX)) {
        printf("this part is tried by ./run check and ./run soak\n");
        return SKIPPED;
    }
    dice = (unsigned)effort_seed() + (unsigned)shard_index();
    server = rabbitmq_server_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rabbitmq_server_stop(server);
    return failed;
}
