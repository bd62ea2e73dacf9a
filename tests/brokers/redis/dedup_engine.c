/* dedup_engine.c - two programs with stores of their own share a dedup in a Redis that is
 * really started: begun and dead, begun and slow, Redis away in both settings, one that
 * evicts keys, and all threads of both at once. */
#include "brokers/redis/server.h"
#include "support/domains/stranger.h"

#include <jangle/plugin/support.h>
#include <jangle/transport/redis.h>

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LETTERS = 26, MANY = 300, THREADS = 4, PROLONGED = 4 };

static struct redis_server *server;
static struct neighbours both;
static struct stranger stranger;
static struct jangle_deduplication shared;

/* ---- the handler ---------------------------------------------------------------------
 */

/* What is counted outlives its process. */
static struct plan {
    _Atomic int calls[LETTERS];
    _Atomic int calls_of_many[MANY];
    _Atomic int handled;
    _Atomic bool deadly; /* the next call ends its process */
} * plan;

static struct {
    struct jn_mutex mutex;
    struct jn_cond moved;
    bool entered, shut;
} gate;

static bool share_plan(void)
{
    FILE *file = tmpfile();

    if (!file || ftruncate(fileno(file), sizeof *plan))
        return false;
    plan = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    fclose(file);
    return plan != MAP_FAILED;
}

static void wait_at_gate(void)
{
    jn_mutex_lock(&gate.mutex);
    gate.entered = true;
    jn_cond_broadcast(&gate.moved);
    while (gate.shut)
        jn_cond_wait(&gate.moved, &gate.mutex);
    jn_mutex_unlock(&gate.mutex);
}

static void wait_until_it_is_entered(void)
{
    jn_mutex_lock(&gate.mutex);
    while (!gate.entered)
        jn_cond_wait(&gate.moved, &gate.mutex);
    jn_mutex_unlock(&gate.mutex);
}

static void open_gate(void)
{
    jn_mutex_lock(&gate.mutex);
    gate.shut = false;
    jn_cond_broadcast(&gate.moved);
    jn_mutex_unlock(&gate.mutex);
}

/* Messages are letters, or numbers. "s" waits at the gate, and "f" fails when it is
 * called first. */
static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    char letter = event->id[0];

    (void)delivery;
    if (letter >= '0' && letter <= '9') {
        plan->calls_of_many[strtol(event->id, NULL, 10)]++;
        plan->handled++;
        return JANGLE_OK;
    }
    plan->calls[letter - 'a']++;
    if (atomic_exchange(&plan->deadly, false))
        kill(getpid(), SIGKILL);
    if (letter == 's')
        wait_at_gate();
    return letter == 'f' && plan->calls['f' - 'a'] == 1 ? JANGLE_RETRY : JANGLE_OK;
}

#define CALLS(letter) plan->calls[(letter) - 'a']

/* ---- the programs
 * ---------------------------------------------------------------------- */

static const struct jangle_consumer watch = {
    .name = "watch",
    .order = JANGLE_ANY_ORDER,
    .dedup = &shared,
    .threads = THREADS,
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .handle = handle}),
    .retry = {.max_attempts = 3, .first_delay_ms = 1, .max_delay_ms = 1},
};

static void set_up_world(struct world *world, const struct jangle_broker *broker)
{
    static const struct jangle_retry at_once = {.first_delay_ms = 1, .max_delay_ms = 1};

    world->config.host.clock = (struct jangle_clock){0};
    world->config.aggregates = (struct jangle_aggregates){0};
    world->config.reconnect = at_once;
    if (broker)
        world->config.broker = *broker;
    consume_with(world, &watch);
}

/* NULL: on the hub. */
static void begin_on(const struct jangle_broker *broker)
{
    neighbours_init(&both, true);
    set_up_world(&both.sender, broker);
    set_up_world(&both.taker, broker);
}

static void open_both(void)
{
    world_open(&both.sender, NULL);
    world_poll(&both.sender);
    world_open(&both.taker, NULL);
    world_poll(&both.taker);
}

static void begin_on_hub(void)
{
    begin_on(NULL);
    open_both();
    stranger_init(&stranger, &both);
}

static void send_to_hub(const char *id)
{
    stranger_send(&stranger, "watch", (struct stranger_says){.id = id});
}

static int begin(void **state)
{
    (void)state;
    redis_server_ask(server, "FLUSHALL");
    *plan = (struct plan){0};
    gate.entered = false;
    gate.shut = true;
    shared = jangle_redis_dedup(redis_server_url(server));
    shared.needed = true;
    return 0;
}

static int end(void **state)
{
    (void)state;
    open_gate(); /* else a test that has failed would never end */
    redis_server_ask(server, "CONFIG SET maxmemory-policy noeviction");
    if (stranger.transport)
        stranger_finish(&stranger);
    stranger.transport = NULL;
    neighbours_finish(&both);
    return 0;
}

static struct jangle_endpoint_stats figures(struct world *world)
{
    return endpoint_of(world, "watch");
}

static const char *keys(void)
{
    return redis_server_ask(server, "KEYS jangle:seen:*");
}

/* ---- begun, and dead
 * ------------------------------------------------------------------- */

static void send_to_redis(const struct jangle_broker *broker, const char *id)
{
    static const struct jangle_host host = {0};
    struct jangle_transport *transport = NULL;
    char body[200];
    struct jangle_parcel parcel = {
        .queue = "watch", .content_type = "application/cloudevents+json", .body = body};

    parcel.body_size =
        (size_t)snprintf(body, sizeof body,
                         "{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"%s\","
                         "\"type\":\"coins_put_in\","
                         "\"data\":{\"amount\":1,\"total\":1}}",
                         id);
    assert_result(broker->open(broker, &host, "test", &transport, NULL), JANGLE_OK);
    assert_result(transport->ops->publish(transport, &parcel, 1, 20000, NULL), JANGLE_OK);
    transport->ops->close(transport);
}

static void die_in_handler(void)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (!child) {
        world_open(&both.taker, NULL);
        for (;;)
            jangle_poll(both.taker.jangle, NULL, NULL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* The message comes back to the broker at once, and its claim is there for its lease: so
 * the other program gets it, waits, and handles it. */
static void what_a_dead_program_has_begun_is_handled_after_its_lease(void **state)
{
    struct jangle_broker broker = jangle_redis(redis_server_url(server), NULL);

    (void)state;
    shared.lease_ms = 1000;
    begin_on(&broker);
    world_open(&both.sender, NULL);
    assert_result(jangle_declare(both.sender.jangle, NULL, NULL), JANGLE_OK);
    send_to_redis(&broker, "a");
    plan->deadly = true;
    die_in_handler();
    assert_int_equal(CALLS('a'), 1);
    assert_non_null(strstr(keys(), "jangle:seen:watch/"));
    while (figures(&both.sender).handled < 1)
        jangle_poll(both.sender.jangle, NULL, NULL);
    assert_int_equal(CALLS('a'), 2);
    assert_true(figures(&both.sender).again >= 1);
    assert_int_equal(figures(&both.sender).failed, 0);
}

/* ---- begun, and slow
 * ------------------------------------------------------------------- */

static int64_t left_ms(void)
{
    char command[256];

    snprintf(command, sizeof command, "PTTL %s", keys());
    return strtoll(redis_server_ask(server, command), NULL, 10);
}

/* The claim is prolonged while the handler runs, several times, so that it has outlived a
 * lease; and the other program gets the message again and again. */
static void a_slow_handler_keeps_its_message(void **state)
{
    int64_t before, now;

    (void)state;
    shared.lease_ms = 3000;
    begin_on_hub();
    world_close(&both.taker);
    both.taker.config.workers = 2;
    world_close(&both.sender);
    world_open(&both.taker, NULL);
    send_to_hub("s");
    wait_until_it_is_entered();
    world_open(&both.sender, NULL);
    before = left_ms();
    for (int prolonged = 0; prolonged<PROLONGED; prolonged += now> before) {
        before = left_ms();
        send_to_hub("s");
        jangle_poll(both.sender.jangle, NULL, NULL);
        now = left_ms();
    }
    assert_int_equal(CALLS('s'), 1);
    assert_true(figures(&both.sender).again > 1);
    open_gate();
    while (figures(&both.taker).handled < 1)
        neighbours_wait_a_moment();
    neighbours_pass(&both, 3000);
    while (figures(&both.sender).repeated < 1)
        jangle_poll(both.sender.jangle, NULL, NULL);
    assert_int_equal(CALLS('s'), 1);
}

/* ---- a failure
 * --------------------------------------------------------------------------- */

static void what_failed_is_free_at_once(void **state)
{
    (void)state;
    begin_on_hub();
    send_to_hub("f");
    jangle_poll(both.taker.jangle, NULL, NULL);
    assert_int_equal(figures(&both.taker).failed, 1);
    assert_string_equal(keys(), "");
    send_to_hub("f");
    world_poll(&both.sender);
    assert_int_equal(figures(&both.sender).handled, 1);
    assert_int_equal(CALLS('f'), 2);
}

/* ---- Redis is away
 * ----------------------------------------------------------------------- */

static void while_redis_is_away_messages_wait(void **state)
{
    (void)state;
    begin_on_hub();
    world_close(&both.sender);
    assert_true(redis_server_kill(server));
    send_to_hub("a");
    for (int i = 0; i < 20; i++)
        jangle_poll(both.taker.jangle, NULL, NULL);
    assert_int_equal(CALLS('a'), 0);
    assert_int_equal(stranger_count(&stranger, "watch"), 1);
    assert_non_null(
        strstr(figures(&both.taker).reason, "the dedup is away: Redis is away"));
    assert_true(redis_server_start_again(server));
    while (figures(&both.taker).handled < 1)
        jangle_poll(both.taker.jangle, NULL, NULL);
    assert_int_equal(CALLS('a'), 1);
    assert_int_equal(figures(&both.taker).unclaimed, 0);
    assert_string_equal(figures(&both.taker).reason, "");
}

static void where_it_is_not_needed_they_are_handled(void **state)
{
    (void)state;
    shared.needed = false;
    begin_on_hub();
    world_close(&both.sender);
    assert_true(redis_server_kill(server));
    send_to_hub("a");
    while (figures(&both.taker).handled < 1)
        jangle_poll(both.taker.jangle, NULL, NULL);
    assert_int_equal(CALLS('a'), 1);
    assert_int_equal(figures(&both.taker).unclaimed, 1);
    assert_true(redis_server_start_again(server));
    do { /* it notices by itself that Redis is back */
        send_to_hub("b");
        world_close(&both.taker);
        world_open(&both.taker, NULL);
        jangle_poll(both.taker.jangle, NULL, NULL);
    } while (!*keys());
    assert_int_equal(CALLS('a'), 1);
}

/* ---- a Redis that evicts
 * ------------------------------------------------------------------- */

static void refuse_evicting(bool needed)
{
    struct jangle_error error;

    redis_server_ask(server, "CONFIG SET maxmemory-policy allkeys-lru");
    shared.needed = needed;
    begin_on_hub();
    send_to_hub("a");
    for (int i = 0; i < 20; i++)
        jangle_poll(both.taker.jangle, NULL, NULL);
    assert_int_equal(CALLS('a'), 0);
    assert_non_null(strstr(figures(&both.taker).reason, "the dedup must not be used"));
    assert_result(jangle_declare(both.taker.jangle, "watch", &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "maxmemory-policy to noeviction"));
    assert_non_null(strstr(error.message, "would forget which messages are done"));
    redis_server_ask(server, "CONFIG SET maxmemory-policy noeviction");
    while (figures(&both.taker).handled < 1)
        jangle_poll(both.taker.jangle, NULL, NULL);
    assert_int_equal(CALLS('a'), 1);
}

static void an_evicting_redis_is_refused(void **state)
{
    (void)state;
    refuse_evicting(true);
}

static void so_it_is_where_it_is_not_needed(void **state)
{
    (void)state;
    refuse_evicting(false);
}

/* ---- all at once
 * --------------------------------------------------------------------------- */

/* Each message is sent twice, and eight threads of two programs are at them. */
static void of_all_threads_one_handles_each_message(void **state)
{
    (void)state;
    begin_on_hub();
    world_close(&both.taker);
    world_close(&both.sender);
    for (int i = 0; i < 2 * MANY; i++) {
        char id[8];

        snprintf(id, sizeof id, "%d", i / 2);
        send_to_hub(id);
    }
    both.taker.config.workers = both.sender.config.workers = 1;
    both.taker.config.receive_count = both.sender.config.receive_count = 7;
    world_open(&both.taker, NULL);
    world_open(&both.sender, NULL);
    while (figures(&both.taker).handled + figures(&both.sender).handled < MANY)
        neighbours_wait_a_moment();
    while (stranger_count(&stranger, "watch") > 0)
        neighbours_wait_a_moment();
    assert_true(figures(&both.taker).handled && figures(&both.sender).handled);
    world_close(&both.taker);
    world_close(&both.sender);
    assert_int_equal(plan->handled, MANY);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(plan->calls_of_many[i], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
        TEST(what_a_dead_program_has_begun_is_handled_after_its_lease),
        TEST(a_slow_handler_keeps_its_message),
        TEST(what_failed_is_free_at_once),
        TEST(while_redis_is_away_messages_wait),
        TEST(where_it_is_not_needed_they_are_handled),
        TEST(an_evicting_redis_is_refused),
        TEST(so_it_is_where_it_is_not_needed),
        TEST(of_all_threads_one_handles_each_message),
#undef TEST
    };
    int failed;

    if (!share_plan() || jn_mutex_init(&gate.mutex) || jn_cond_init(&gate.moved))
        return 1;
    server = redis_server_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    redis_server_stop(server);
    return failed;
}
