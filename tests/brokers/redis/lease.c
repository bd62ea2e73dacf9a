/* lease.c - what a receiver has not settled goes to others when its lease has run out, or
 * when its connection has ended, and not before. */
#include "brokers/redis/line.h"

#include "brokers/server_process.h"

enum { LONGEST_MS = 60000 };

static struct redis_server *server;

/* The shortest that there is, and one that no test lives to see. */
static const struct jangle_redis_options brief = {.lease_ms = 1000};
static const struct jangle_redis_options lasting = {.lease_ms = 3600000};

static struct jangle_transport *open_with(const struct jangle_redis_options *options)
{
    return line_open_url(redis_server_url(server), options);
}

/* A receiver that has one parcel. */
static struct jangle_transport *holder_of(const struct jangle_redis_options *options,
                                          struct jangle_parcel *parcel)
{
    struct jangle_transport *holder = open_with(options);

    line_declare(holder);
    line_attach(holder);
    assert_result(line_publish(holder, "one", LINE_WAIT_MS, NULL), JANGLE_OK);
    *parcel = line_receive(holder);
    return holder;
}

static void a_lease_that_ran_out_is_in_conflict(void **state)
{
    struct jangle_parcel parcel, again;
    struct jangle_transport *holder = holder_of(&brief, &parcel);
    struct jangle_transport *other = open_with(&lasting);

    (void)state;
    line_attach(other);
    again = line_receive(other);
    line_assert_body(&again, "one");
    assert_string_equal(again.id, parcel.id);
    assert_result(line_settle(holder, &parcel, JANGLE_TAKEN), JANGLE_CONFLICT);
    assert_result(line_settle(other, &again, JANGLE_TAKEN), JANGLE_OK);
    assert_int_equal(line_count(other, line_queue.name), 0);
    line_close(holder);
    line_close(other);
}

/* The receiver whose lease ran out may get the parcel again itself: the first delivery is
 * not its own any more. */
static void a_receiver_knows_that_its_lease_ran_out(void **state)
{
    struct jangle_parcel parcel, again = {0};
    struct jangle_transport *holder = holder_of(&brief, &parcel);
    int64_t until_ms = server_now_ms() + LONGEST_MS;

    (void)state;
    while (*redis_server_ask(server, "KEYS jangle:alive:*"))
        assert_true(server_now_ms() < until_ms);
    again = line_receive(holder);
    line_assert_body(&again, "one");
    assert_result(line_settle(holder, &parcel, JANGLE_TAKEN), JANGLE_CONFLICT);
    assert_result(line_settle(holder, &again, JANGLE_TAKEN), JANGLE_OK);
    line_close(holder);
}

static void what_is_tended_stays_longer_than_a_lease(void **state)
{
    struct jangle_parcel parcel, none;
    struct jangle_transport *holder = holder_of(&brief, &parcel);
    struct jangle_transport *other = open_with(&lasting);

    (void)state;
    line_attach(other);
    for (int i = 0; i < 12; i++) {
        assert_result(holder->ops->tend(holder, NULL), JANGLE_OK);
        assert_int_equal(line_receive_once(other, 200, &none), 0);
    }
    assert_result(line_settle(holder, &parcel, JANGLE_TAKEN), JANGLE_OK);
    line_close(holder);
    line_close(other);
}

/* A connection that has ended is seen long before its lease runs out. */
static void a_connection_that_ended_keeps_nothing(void **state)
{
    struct jangle_parcel parcel, again;
    struct jangle_transport *holder = holder_of(&lasting, &parcel);
    struct jangle_transport *other = open_with(&lasting);
    int64_t until_ms = server_now_ms() + LONGEST_MS;

    (void)state;
    line_attach(other);
    assert_int_equal(line_receive_once(other, 0, &again), 0);
    redis_server_ask(server, "CLIENT KILL TYPE normal SKIPME yes");
    while (other->ops->tend(other, NULL) != JANGLE_OK)
        assert_true(server_now_ms() < until_ms);
    again = line_receive(other);
    line_assert_body(&again, "one");
    assert_result(line_settle(holder, &parcel, JANGLE_DEAD), JANGLE_CONFLICT);
    line_close(holder);
    line_close(other);
}

/* Redis has forgotten who was connected to it before it ended. */
static void a_redis_that_ended_keeps_nothing_for_the_dead(void **state)
{
    struct jangle_parcel parcel, again;
    struct jangle_transport *holder = holder_of(&lasting, &parcel);
    struct jangle_transport *other;

    (void)state;
    assert_true(redis_server_kill(server));
    line_close(holder);
    assert_true(redis_server_start_again(server));
    other = open_with(&lasting);
    line_attach(other);
    again = line_receive(other);
    line_assert_body(&again, "one");
    line_close(other);
}

/* ---- what could not be settled ---------------------------------------------------- */

static struct jangle_settlement settlement_of(const struct jangle_parcel *parcel,
                                              enum jangle_disposition disposition)
{
    return (struct jangle_settlement){.parcel = parcel, .disposition = disposition};
}

/* Though its receiver goes on. */
static void a_settlement_that_says_nothing_gives_back(void **state)
{
    struct jangle_parcel parcel, again;
    struct jangle_transport *holder = holder_of(&lasting, &parcel);
    struct jangle_settlement settlement =
        settlement_of(&parcel, (enum jangle_disposition)0);

    (void)state;
    assert_result(holder->ops->settle(holder, &settlement, 1, NULL), JANGLE_OK);
    assert_result(settlement.result, JANGLE_INVALID);
    again = line_receive(holder);
    line_assert_body(&again, "one");
    assert_result(line_settle(holder, &again, JANGLE_TAKEN), JANGLE_OK);
    line_close(holder);
}

static void without_a_queue_of_dead_letters_it_comes_again(void **state)
{
    const struct jangle_queue bare = {.name = "bare"};
    struct jangle_transport *holder = open_with(&lasting);
    struct jangle_parcel parcel = {.queue = "bare", .body = "one", .body_size = 3};

    (void)state;
    assert_result(holder->ops->declare_queue(holder, &bare, NULL), JANGLE_OK);
    assert_result(holder->ops->attach(holder, &bare, NULL, 0, NULL), JANGLE_OK);
    assert_result(holder->ops->publish(holder, &parcel, 1, LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    parcel = line_receive(holder);
    assert_result(line_settle(holder, &parcel, JANGLE_DEAD), JANGLE_INVALID);
    parcel = line_receive(holder);
    line_assert_body(&parcel, "one");
    assert_result(line_settle(holder, &parcel, JANGLE_TAKEN), JANGLE_OK);
    assert_result(holder->ops->remove_queue(holder, &bare, NULL), JANGLE_OK);
    line_close(holder);
}

static void what_redis_refused_to_settle_comes_again(void **state)
{
    struct jangle_parcel parcel, again;
    struct jangle_transport *holder = holder_of(&lasting, &parcel);
    struct jangle_settlement settlement = settlement_of(&parcel, JANGLE_TAKEN);

    (void)state;
    redis_server_ask(server, "ACL SETUSER default -evalsha");
    assert_result(holder->ops->settle(holder, &settlement, 1, NULL), JANGLE_BUSY);
    assert_result(settlement.result, JANGLE_BUSY);
    redis_server_ask(server, "ACL SETUSER default +evalsha");
    again = line_receive(holder);
    line_assert_body(&again, "one");
    line_close(holder);
}

/* A receiver of another test that could not say that it left would be there for an hour.
 */
static int begin(void **state)
{
    (void)state;
    redis_server_ask(server, "FLUSHALL");
    return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_lease_that_ran_out_is_in_conflict),
        TEST(a_receiver_knows_that_its_lease_ran_out),
        TEST(what_is_tended_stays_longer_than_a_lease),
        TEST(a_connection_that_ended_keeps_nothing),
        TEST(a_redis_that_ended_keeps_nothing_for_the_dead),
        TEST(a_settlement_that_says_nothing_gives_back),
        TEST(without_a_queue_of_dead_letters_it_comes_again),
        TEST(what_redis_refused_to_settle_comes_again)};
    int failed;

    server = redis_server_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    redis_server_stop(server);
    return failed;
}
