/* handled.c - messages of RabbitMQ that are handled on receipt: a handler that takes
 * longer than heartbeats and the broker's patience, one that fails, and one that ends its
 * process. */
#include "brokers/rabbitmq/connections.h"
#include "brokers/rabbitmq/line.h"
#include "brokers/rabbitmq/plain_amqp.h"
#include "brokers/rabbitmq/shared.h"
#include "support/domains/neighbours.h"

#include <jangle/plugin/support.h>

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HEARTBEAT_MS = 1000, SLOW_MS = 5 * HEARTBEAT_MS, LIVES_MAX = 20, LETTERS = 26 };

static struct rabbitmq_server *server;
static struct neighbours both;

static int64_t now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* ---- the handler ----------------------------------------------------------------- */

/* Messages are letters: the handler of "s" waits at the gate, "f" fails each time, "a"
 * ends the process, and the others are handled. What it counts outlives its process. */
static struct plan {
    _Atomic int calls[LETTERS];    /* of the handler, for that message */
    _Atomic int attempts[LETTERS]; /* as which it was called last */
    _Atomic int64_t at_ms[3];      /* when "f" was attempted */
} * plan;

static bool share_plan(void)
{
    FILE *file = tmpfile();

    if (!file || ftruncate(fileno(file), sizeof *plan))
        return false;
    plan = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    fclose(file);
    return plan != MAP_FAILED;
}

static struct {
    struct jn_mutex mutex;
    struct jn_cond moved;
    bool entered, shut;
} gate;

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

static enum jangle_result handle_letter(struct jangle_delivery *delivery,
                                        const struct jangle_event *event)
{
    int letter = event->id[0] - 'a';

    if (event->id[0] == 'f' && delivery->attempt <= 3)
        plan->at_ms[delivery->attempt - 1] = now_ms();
    plan->calls[letter]++;
    plan->attempts[letter] = delivery->attempt;
    if (event->id[0] == 'a')
        kill(getpid(), SIGKILL);
    if (event->id[0] == 's')
        wait_at_gate();
    return event->id[0] == 'f'
               ? jangle_delivery_fail(delivery, JANGLE_RETRY, "the printer is out of ink")
               : JANGLE_OK;
}

#define CALLS(letter)   plan->calls[(letter) - 'a']
#define ATTEMPT(letter) plan->attempts[(letter) - 'a']

/* ---- the program ----------------------------------------------------------------- */

static const struct jangle_consumer watch = {
    .name = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .handle = handle_letter}),
    .retry = {.max_attempts = 3, .first_delay_ms = 300, .max_delay_ms = 300},
};

static void init_program(enum jangle_rabbitmq_queues queues, int workers)
{
    static const struct jangle_clock system_clock;
    static struct jangle_rabbitmq_options options;

    options =
        (struct jangle_rabbitmq_options){.queues = queues, .heartbeat_ms = HEARTBEAT_MS};
    neighbours_init(&both, true);
    both.taker.config.host.clock = system_clock;
    both.taker.config.broker = jangle_rabbitmq(rabbitmq_server_url(server), &options);
    both.taker.config.workers = workers;
    consume_with(&both.taker, &watch);
}

static void open_program(void)
{
    struct jangle_error error;

    world_open(&both.taker, NULL);
    if (jangle_declare(both.taker.jangle, NULL, &error))
        fail_msg("%s", error.message);
}

static void send_letters(const char *letters)
{
    static const char format[] =
        "{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"%c\","
        "\"type\":\"coins_put_in\","
        "\"data\":{\"amount\":1,\"total\":1}}";
    amqp_connection_state_t others = plain_connect(server);
    char body[200];

    for (; *letters; letters++) {
        snprintf(body, sizeof body, format, *letters);
        plain_publish(others, "", "watch", NULL, amqp_cstring_bytes(body));
    }
    plain_close(others);
}

/* Until so many messages were handled, and so many are dead. */
static void wait_for(int64_t handled, int64_t dead)
{
    struct jangle_endpoint_stats figures;

    do {
        if (both.taker.config.workers == 0)
            jangle_poll(both.taker.jangle, NULL, NULL);
        else
            neighbours_wait_a_moment();
        figures = endpoint_of(&both.taker, "watch");
    } while (figures.handled < handled || figures.dead < dead);
}

/* The only dead letter, and nothing else at the broker. */
static void assert_dead(const char *reason, const char *attempts)
{
    static const struct jangle_queue dead = {.name = "watch.dead"};
    struct jangle_transport *transport = line_open(server);
    struct jangle_parcel parcel;

    assert_result(transport->ops->attach(transport, &dead, NULL, 0, NULL), JANGLE_OK);
    parcel = line_receive(transport);
    assert_string_equal(line_header(&parcel, "jangle-reason"), reason);
    assert_string_equal(line_header(&parcel, "jangle-attempts"), attempts);
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    assert_int_equal(line_count(transport, "watch.dead"), 0);
    assert_int_equal(line_count(transport, "watch"), 0);
    line_close(transport);
}

static int begin(void **state)
{
    (void)state;
    *plan = (struct plan){0};
    gate.entered = false;
    gate.shut = true;
    return 0;
}

static int end(void **state)
{
    struct jangle_transport *transport = line_open(server);
    struct jangle_queue queue = {
        .name = "watch", .retry = "watch.retry", .dead = "watch.dead"};

    (void)state;
    open_gate(); /* else a test that has failed would never end */
    neighbours_finish(&both);
    transport->ops->remove_queue(transport, &queue, NULL);
    line_close(transport);
    return 0;
}

/* ---- a slow handler -------------------------------------------------------------- */

static void set_patience(const char *milliseconds)
{
    char expression[100];

    snprintf(expression, sizeof expression,
             "application:set_env(rabbit, consumer_timeout, %s).\n", milliseconds);
    assert_true(rabbitmq_server_evaluate(server, expression));
}

/* The broker is asked something in each turn, so it has had its ticks. */
static void let_pass(int64_t ms)
{
    int64_t until = now_ms() + ms;

    while (now_ms() < until)
        assert_true(rabbitmq_server_evaluate(server, "ok.\n"));
}

/* Whatever became of the message at the broker, another life of the program does not get
 * it. */
static void assert_called_once(void)
{
    open_gate();
    wait_for(2, 0);
    send_letters("t");
    wait_for(3, 0);
    world_close(&both.taker);
    world_open(&both.taker, NULL);
    send_letters("u");
    wait_for(1, 0);
    assert_int_equal(CALLS('s'), 1);
    assert_int_equal(CALLS('b'), 1);
    while (!endpoint_of(&both.taker, "watch").received) /* it is counted later */
        neighbours_wait_a_moment();
    assert_int_equal(endpoint_of(&both.taker, "watch").received, 1);
}

/* Heartbeats are answered meanwhile: the connection is the same one afterwards. */
static void a_handler_may_take_longer_than_heartbeats(void **state)
{
    (void)state;
    init_program(JANGLE_RABBITMQ_QUORUM, 2);
    open_program();
    send_letters("sb");
    wait_until_it_is_entered();
    connections_remember(server, "watch");
    let_pass(SLOW_MS);
    connections_assert_same(server, "watch");
    assert_called_once();
}

/* The broker takes the message back then, and gives it again, which changes nothing. */
static void a_handler_may_take_longer_than_the_broker_waits(void **state)
{
    (void)state;
    set_patience("1000");
    init_program(JANGLE_RABBITMQ_QUORUM, 2);
    open_program();
    send_letters("sb");
    wait_until_it_is_entered();
    let_pass(SLOW_MS);
    set_patience("1800000");
    open_gate();
    while (endpoint_of(&both.taker, "watch").repeated == 0)
        neighbours_wait_a_moment();
    assert_called_once();
}

/* ---- a handler that fails -------------------------------------------------------- */

/* Two retries are three calls. */
static void fail_three_times(enum jangle_rabbitmq_queues queues)
{
    init_program(queues, 2);
    open_program();
    send_letters("fb");
    wait_for(1, 1);
    assert_int_equal(CALLS('f'), 3);
    assert_int_equal(ATTEMPT('f'), 3);
    assert_int_equal(CALLS('b'), 1);
    assert_true(plan->at_ms[1] - plan->at_ms[0] >= watch.retry.first_delay_ms);
    assert_true(plan->at_ms[2] - plan->at_ms[1] >= watch.retry.first_delay_ms);
    assert_dead("the printer is out of ink", "3");
}

static void what_fails_is_dead_after_its_attempts(void **state)
{
    (void)state;
    fail_three_times(JANGLE_RABBITMQ_QUORUM);
}

static void so_it_is_in_a_classic_queue(void **state)
{
    (void)state;
    fail_three_times(JANGLE_RABBITMQ_CLASSIC);
}

/* ---- a handler that ends its process --------------------------------------------- */

/* Did it end by itself? */
static bool live(void)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (!child) {
        world_open(&both.taker, NULL);
        wait_for(0, 1);
        while (!CALLS('c'))
            jangle_poll(both.taker.jangle, NULL, NULL);
        world_close(&both.taker);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status))
        assert_int_equal(WEXITSTATUS(status), 0);
    return WIFEXITED(status);
}

/* How often the process died before the message was dead. */
static int die_until_it_is_dead(enum jangle_rabbitmq_queues queues)
{
    int deaths = 0;

    init_program(queues, 0);
    open_program();
    world_close(&both.taker);
    send_letters("bac");
    while (deaths < LIVES_MAX && !live())
        deaths++;
    assert_true(CALLS('b') >= 1);
    assert_int_equal(CALLS('a'), deaths);
    assert_dead("the process ended while the message was handled: that was attempt 3",
                "3");
    return deaths;
}

/* A quorum queue also counts what was only given back, so its count is not used. The
 * first death is one that nobody expected: that attempt was not stored. */
static void what_ends_its_process_is_dead_after_its_attempts(void **state)
{
    (void)state;
    assert_int_equal(die_until_it_is_dead(JANGLE_RABBITMQ_QUORUM), 4);
}

static void so_it_is_at_a_broker_that_does_not_count(void **state)
{
    (void)state;
    assert_int_equal(die_until_it_is_dead(JANGLE_RABBITMQ_CLASSIC), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
        TEST(a_handler_may_take_longer_than_heartbeats),
        TEST(a_handler_may_take_longer_than_the_broker_waits),
        TEST(what_fails_is_dead_after_its_attempts),
        TEST(so_it_is_in_a_classic_queue),
        TEST(what_ends_its_process_is_dead_after_its_attempts),
        TEST(so_it_is_at_a_broker_that_does_not_count),
#undef TEST
    };
    int failed;

    if (!share_plan() || jn_mutex_init(&gate.mutex) || jn_cond_init(&gate.moved))
        return 1;
    server = rabbitmq_shared_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rabbitmq_server_stop(server);
    return failed;
}
