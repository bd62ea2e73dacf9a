/* prefix.c - Redis is killed while many parcels of one key are under way: of each call a
 * queue has all parcels in order, or none (TR-4), and it has all that were confirmed. The
 * publisher's order rests on this. */
#include "brokers/rabbitmq/relay.h"
#include "brokers/redis/line.h"
#include "support/effort.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    WINDOW = 256, /* parcels of a call */
    WINDOWS = 8,  /* calls, at most */
    BODY_MIN = 16,
    BODY_MAX = 4000,
    AROUND = 100,  /* bytes that a parcel has besides its body, about */
    ANSWERS = 2500 /* bytes in which Redis confirms a window, about */
};

static struct redis_server *server;
static unsigned dice;

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

/* Until one of them is not confirmed. How many parcels are confirmed. */
static int publish_windows(struct jangle_transport *transport, size_t size)
{
    for (int i = 0; i < WINDOWS; i++) {
        fill_window(i * WINDOW, size);
        if (transport->ops->publish(transport, window, WINDOW, LINE_WAIT_MS, NULL))
            return i * WINDOW;
    }
    return WINDOWS * WINDOW;
}

/* Redis is killed when so much was sent to it, or so much was answered. */
static int publish_and_kill(size_t size)
{
    struct relay relay = {.to = redis_server_port(server),
                          .victim = redis_server_process(server)};
    struct jangle_transport *transport;
    char url[128];
    int confirmed;

    if (draw(2))
        relay.sent = 1 + draw(WINDOWS * WINDOW * ((int)size + AROUND));
    else
        relay.answered = 6000 + draw(WINDOWS * ANSWERS);
    relay_mend(&relay);
    snprintf(url, sizeof url, "redis://:%s@127.0.0.1:%d/3", redis_server_password,
             relay.port);
    transport = line_open_url(url, NULL);
    confirmed = publish_windows(transport, size);
    line_close(transport);
    relay_cut(&relay);
    assert_true(redis_server_kill(server)); /* if so much was never passed on */
    assert_true(redis_server_start_again(server));
    return confirmed;
}

/* ---- what is there --------------------------------------------------------------- */

static int count_beginning(struct jangle_transport *transport)
{
    struct jangle_parcel parcel;
    int next = 0;

    line_attach(transport);
    while (line_receive_once(transport, 0, &parcel)) {
        assert_int_equal(strtol(parcel.body, NULL, 10), next);
        assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
        next++;
    }
    return next;
}

static void kill_once(void)
{
    struct jangle_transport *transport = line_fresh(server);
    int kept, confirmed;

    line_close(transport);
    confirmed = publish_and_kill(BODY_MIN + (size_t)draw(BODY_MAX - BODY_MIN));
    transport = line_open(server);
    kept = count_beginning(transport);
    line_close(transport);
    print_message("%4d confirmed, %4d kept\n", confirmed, kept);
    assert_true(kept >= confirmed);
    assert_int_equal(kept % WINDOW, 0);
}

static void what_a_queue_keeps_is_a_beginning(void **state)
{
    (void)state;
    for (int i = 0; i < effort_count(EFFORT_REDIS_PREFIX); i++)
        kill_once();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_queue_keeps_is_a_beginning)};
    int failed;

    dice = (unsigned)effort_seed();
    server = redis_server_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    redis_server_stop(server);
    return failed;
}
