/* operating.c - what an operator does to a consumer at a RabbitMQ: it is paused
 * with messages in hand, and its dead letters are put back while they cannot go. And a
 * publisher that has nothing to say keeps its connection. */
#include "brokers/rabbitmq/connections.h"
#include "brokers/rabbitmq/line.h"
#include "support/domains/exchange_files.h"
#include "support/domains/neighbours.h"
#include "support/effort.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    PURSES = 10,
    WAITING = 500,
    PREFETCHED = 64,
    PAUSES = 6,
    LETTERS = 1000,
    ROOM = 400 /* for letters in a queue that is limited */
};

static const struct jangle_rabbitmq_options options = {.prefetch = PREFETCHED,
                                                       .heartbeat_ms = 1000};

static struct rabbitmq_server *server;
static struct neighbours both;
static struct jangle_transport *line;
static unsigned dice;

static int set_up(void **state)
{
    static const struct jangle_clock system_clock;

    (void)state;
    neighbours_init(&both, true);
    both.sender.config.host.clock = both.taker.config.host.clock = system_clock;
    both.sender.config.broker = both.taker.config.broker =
        jangle_rabbitmq(rabbitmq_server_url(server), &options);
    both.taker.config.receive_count = 16;
    publish_with(&both.sender, &purse_news);
    consume_with(&both.taker, &purse_watch);
    line = line_open_url(rabbitmq_server_url(server), NULL);
    world_open(&both.taker, NULL);
    assert_result(jangle_remove(both.taker.jangle, "watch", JANGLE_REMOVE_QUEUES, NULL),
                  JANGLE_OK);
    assert_result(jangle_declare(both.taker.jangle, NULL, NULL), JANGLE_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    line_close(line);
    neighbours_finish(&both);
    return 0;
}

/* ---- paused with messages in hand ------------------------------------------------- */

static void fill_queue(void)
{
    struct jangle_left left;

    world_close(&both.taker);
    world_open(&both.sender, NULL);
    world_put_many(&both.sender, WAITING, PURSES);
    assert_result(jangle_drain(both.sender.jangle, -1, &left, NULL), JANGLE_OK);
    assert_int_equal(line_count(line, "watch"), WAITING);
    both.taker.config.workers = 1;
    world_open(&both.taker, NULL);
}

static int64_t stored(void)
{
    return world_stats(&both.taker).position;
}

/* Nobody holds a message any more: each waits, or is acknowledged; and the broker counts
 * all that wait, which it does not at once when it was started again. */
static void wait_until_nothing_is_in_hand(void)
{
    assert_true(rabbitmq_server_evaluate(
        server,
        "(fun Wait() -> Held = fun(Q) -> Ask = fun(Query) -> {ok, Count, _} = "
        "ra:consistent_query(amqqueue:get_pid(Q), Query), Count end, "
        "{ok, Ready, _} = rabbit_amqqueue:stat(Q), "
        "Ask(fun rabbit_fifo:query_messages_checked_out/1) > 0 orelse "
        "Ask(fun rabbit_fifo:query_messages_total/1) =/= Ready end, "
        "case lists:any(Held, rabbit_amqqueue:list()) of "
        "false -> ok; true -> timer:sleep(20), Wait() end end)().\n"));
}

/* A quorum queue drops acknowledgements that it has not written down when their channel
 * is closed. Those messages wait again, and are known when they come. */
static void expect_all_stored_or_waiting(void)
{
    int64_t waiting = line_count(line, "watch");
    int64_t both_of_it = stored() + waiting - WAITING;

    print_message("%lld are stored, %lld are waiting, %lld are both\n",
                  (long long)stored(), (long long)waiting, (long long)both_of_it);
    assert_in_range(both_of_it, 0, PREFETCHED);
}

/* Receive so many, and give them back. */
static void let_another_take(int64_t count)
{
    static const struct jangle_rabbitmq_options patient = {.prefetch = WAITING};
    static const struct jangle_rabbitmq_options alike = {.prefetch = PREFETCHED};
    struct jangle_transport *other = line_open_url(
        rabbitmq_server_url(server), count > PREFETCHED ? &patient : &alike);
    const struct jangle_queue queue = {.name = "watch"};

    assert_result(other->ops->attach(other, &queue, NULL, 0, NULL), JANGLE_OK);
    for (; count > 0; count--)
        line_receive(other);
    line_close(other);
}

/* At a moment that is drawn: it stores sixteen messages at a time, and has more in hand.
 */
static void pause_somewhere(void)
{
    int64_t at = stored() + rand_r(&dice) % (WAITING / 8);

    while (stored() < at && stored() < WAITING)
        neighbours_wait_a_moment();
    assert_result(jangle_pause(both.taker.jangle, "watch", "Ann", "a test", NULL),
                  JANGLE_OK);
    wait_until_nothing_is_in_hand();
    expect_all_stored_or_waiting();
}

/* A quorum queue puts what is given back behind what was given back before. So the other
 * one takes no more than our prefetch at a time, but at last, when it takes all. */
static void a_consumer_is_paused_with_messages_in_hand(void **state)
{
    (void)state;
    fill_queue();
    for (int64_t left = PAUSES; left > 0; left--) {
        int64_t waiting;

        pause_somewhere();
        waiting = line_count(line, "watch");
        let_another_take(left > 1 && waiting > PREFETCHED ? PREFETCHED : waiting);
        assert_result(jangle_resume(both.taker.jangle, "watch", NULL), JANGLE_OK);
    }
    while (stored() < WAITING || line_count(line, "watch"))
        neighbours_wait_a_moment();
    assert_int_equal(endpoint_of(&both.taker, "watch").taken, WAITING);
    world_close(&both.sender);
    world_close(&both.taker);
    exchange_files_assert_events(both.sender.file, both.taker.file, WAITING);
}

/* ---- dead letters that cannot go -------------------------------------------------- */

/* When nobody holds any. */
static int64_t count_in(const char *queue)
{
    wait_until_nothing_is_in_hand();
    return line_count(line, queue);
}

static void make_letters(void)
{
    static char bodies[LETTERS][8];
    static struct jangle_parcel letters[LETTERS];

    for (int i = 0; i < LETTERS; i++) {
        snprintf(bodies[i], sizeof bodies[i], "%d", i);
        letters[i] = (struct jangle_parcel){
            .queue = "watch.dead", .body = bodies[i], .body_size = strlen(bodies[i])};
    }
    assert_result(line->ops->publish(line, letters, LETTERS, LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    assert_int_equal(count_in("watch.dead"), LETTERS);
}

static int64_t seen, killed_at;

static enum jangle_disposition put_back(void *context, const struct jangle_parcel *parcel)
{
    (void)context, (void)parcel;
    if (++seen == killed_at)
        rabbitmq_server_kill_now(server);
    return JANGLE_AGAIN;
}

static enum jangle_result redrive(struct jangle_redriven *redriven,
                                  struct jangle_error *error)
{
    seen = 0;
    *error = (struct jangle_error){0};
    return jangle_redrive(both.taker.jangle, "watch", INT64_MAX, put_back, NULL, redriven,
                          error);
}

static void letters_whose_queue_was_removed_stay_dead(void **state)
{
    const struct jangle_queue queue = {.name = "watch"};
    struct jangle_redriven redriven;
    struct jangle_error error;

    (void)state;
    make_letters();
    assert_result(line->ops->remove_queue(line, &queue, NULL), JANGLE_OK);
    assert_result(redrive(&redriven, &error), JANGLE_NOT_FOUND);
    assert_non_null(strstr(error.message, "\"watch\""));
    assert_int_equal(redriven.back, 0);
    assert_int_equal(redriven.removed, 0);
    assert_int_equal(count_in("watch.dead"), LETTERS);
    assert_result(jangle_declare(both.taker.jangle, NULL, NULL), JANGLE_OK);
    assert_result(redrive(&redriven, &error), JANGLE_OK);
    assert_int_equal(redriven.back, LETTERS);
    assert_int_equal(count_in("watch"), LETTERS);
    assert_int_equal(count_in("watch.dead"), 0);
}

static void limit_queue(bool on)
{
    char expression[300];

    snprintf(expression, sizeof expression,
             "ok = rabbit_policy:set(<<\"tests\">>, <<\"full\">>, <<\"^watch$\">>, "
             "[{<<\"max-length\">>, %d}, {<<\"overflow\">>, <<\"reject-publish\">>}], "
             "0, <<\"queues\">>, <<\"jangle\">>).\n",
             ROOM);
    assert_true(rabbitmq_server_evaluate(
        server, on ? expression
                   : "ok = rabbit_policy:delete(<<\"tests\">>, <<\"full\">>, "
                     "<<\"jangle\">>).\n"));
}

/* Those that a full queue took are back, and the others are where they were. */
static void letters_that_a_full_queue_rejects_stay_dead(void **state)
{
    struct jangle_redriven redriven;
    struct jangle_error error;

    (void)state;
    make_letters();
    limit_queue(true);
    assert_result(redrive(&redriven, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "stays dead"));
    print_message("%lld went back: %s\n", (long long)redriven.back, error.message);
    assert_true(redriven.back > 0 && redriven.back < LETTERS);
    assert_int_equal(count_in("watch"), redriven.back);
    assert_int_equal(count_in("watch.dead"), LETTERS - redriven.back);
    limit_queue(false);
    assert_result(redrive(&redriven, &error), JANGLE_OK);
    assert_int_equal(count_in("watch"), LETTERS);
}

/* How many different letters wait in the queue. */
static int count_letters(void)
{
    static const struct jangle_rabbitmq_options patient = {.prefetch = 2 * LETTERS};
    struct jangle_transport *reader =
        line_open_url(rabbitmq_server_url(server), &patient);
    const struct jangle_queue queue = {.name = "watch"};
    int64_t left = line_count(reader, "watch");
    bool found[LETTERS] = {false};
    int count = 0;

    assert_result(reader->ops->attach(reader, &queue, NULL, 0, NULL), JANGLE_OK);
    for (; left > 0; left--) {
        struct jangle_parcel parcel = line_receive(reader);
        char body[8] = "";
        long number;

        assert_true(parcel.body_size < sizeof body);
        memcpy(body, parcel.body, parcel.body_size);
        number = strtol(body, NULL, 10);
        assert_in_range(number, 0, LETTERS - 1);
        count += !found[number];
        found[number] = true;
    }
    line_close(reader);
    return count;
}

static void a_broker_that_dies_half_way_loses_no_letter(void **state)
{
    struct jangle_redriven redriven;
    struct jangle_error error;
    int64_t dead, back;

    (void)state;
    make_letters();
    assert_true(rabbitmq_server_write_down(server));
    killed_at = 1 + rand_r(&dice) % LETTERS;
    assert_true(redrive(&redriven, &error) != JANGLE_OK);
    killed_at = 0;
    assert_true(error.message[0]);
    rabbitmq_server_kill_now(server);
    assert_true(rabbitmq_server_start_again(server));
    line_close(line);
    line = line_open(server);
    dead = count_in("watch.dead");
    back = count_in("watch");
    print_message("killed at %lld: %lld went back, %lld are back and %lld are dead\n",
                  (long long)seen, (long long)redriven.back, (long long)back,
                  (long long)dead);
    assert_true(back + dead >= LETTERS && back >= redriven.back);
    assert_result(redrive(&redriven, &error), JANGLE_OK);
    assert_int_equal(redriven.back, dead);
    assert_int_equal(count_letters(), LETTERS);
}

/* ---- a publisher that says nothing ------------------------------------------------ */

/* The broker ends a connection without heartbeats after some seconds. It keeps that of a
 * publisher whose thread has nothing to do. */
static void an_idle_publisher_keeps_its_connection(void **state)
{
    struct jangle_transport *silent =
        line_open_url(rabbitmq_server_url(server), &options);
    struct jangle_left left;

    (void)state;
    both.sender.config.workers = 1;
    world_open(&both.sender, NULL);
    world_put(&both.sender, "1");
    assert_result(jangle_drain(both.sender.jangle, -1, &left, NULL), JANGLE_OK);
    connections_remember(server, "news");
    line_close(line); /* it has the same name as the silent one, and longer heartbeats */
    assert_true(line_count(silent, "watch") >= 0);
    connections_wait(server, "test", true);
    connections_wait(server, "test", false);
    connections_assert_same(server, "news");
    line_close(silent);
    line = line_open(server);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_consumer_is_paused_with_messages_in_hand),
        TEST(letters_whose_queue_was_removed_stay_dead),
        TEST(letters_that_a_full_queue_rejects_stay_dead),
        TEST(a_broker_that_dies_half_way_loses_no_letter),
        TEST(an_idle_publisher_keeps_its_connection),
    };
    int failed;

    dice = (unsigned)effort_seed();
    server = rabbitmq_server_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rabbitmq_server_stop(server);
    return failed;
}
