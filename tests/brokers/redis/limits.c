/* limits.c - what Redis refuses, what takes too long and what is far away: every call
 * ends, nothing is written again and again, and nothing is kept that was given up. */
#include "brokers/redis/line.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OTHERS = 5000, EACH = 250, FILLERS = 8, LOOKS = 20, TICK_US = 400000 };

static struct redis_server *server;
static const struct jangle_queue second_queue = {.name = "second-queue",
                                                 .topic = "orders"};

static long ask_number(const char *command)
{
    return strtol(redis_server_ask(server, command), NULL, 10);
}

static struct jangle_transport *open_at(const char *url, const struct jangle_host *host)
{
    struct jangle_broker broker = jangle_redis(url, NULL);
    struct jangle_transport *transport = NULL;

    assert_result(broker.open(&broker, host, "limits", &transport, NULL), JANGLE_OK);
    return transport;
}

/* ---- publishing ---------------------------------------------------------------------
 */

/* A publisher tries again for as long as there are too few replicas. */
static void without_replicas_it_is_written_once(void **state)
{
    static const struct jangle_redis_options options = {.replicas = 1};
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_transport *careful = line_open_url(redis_server_url(server), &options);
    struct jangle_error error = {0};

    (void)state;
    assert_result(line_publish(careful, "a", 600, NULL), JANGLE_TIMEOUT);
    for (int i = 0; i < 3; i++)
        assert_result(line_publish(careful, "a", 600, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "replicas"));
    assert_int_equal(line_count(transport, line_queue.name), 1);
    line_close(careful);
    line_close(transport);
}

static int64_t now_us;

/* Each look at this clock takes a millisecond. */
static int64_t run_ahead(void *context)
{
    (void)context;
    return now_us += 1000;
}

static void what_has_no_time_left_is_not_written(void **state)
{
    static const struct jangle_host host = {.clock.monotonic_us = run_ahead};
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_transport *late = open_at(redis_server_url(server), &host);

    (void)state;
    assert_result(line_publish(late, "a", 1, NULL), JANGLE_BUSY);
    assert_int_equal(line_count(transport, line_queue.name), 0);
    line_close(late);
    line_close(transport);
}

/* ---- receiving ----------------------------------------------------------------------
 */

/* Redis refuses to carry out scripts for a while. */
static void what_cannot_be_given_back_is_let_go(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_transport *other = line_open(server);
    struct jangle_parcel parcel;

    (void)state;
    assert_result(transport->ops->declare_queue(transport, &second_queue, NULL),
                  JANGLE_OK);
    assert_result(transport->ops->attach(transport, &second_queue, NULL, 0, NULL),
                  JANGLE_OK);
    line_attach(transport);
    assert_result(line_publish(other, "one", LINE_WAIT_MS, NULL), JANGLE_OK);
    line_receive(transport);
    line_receive(transport);
    redis_server_ask(server, "ACL SETUSER default -evalsha");
    assert_result(transport->ops->detach(transport, line_queue.name, NULL), JANGLE_OK);
    redis_server_ask(server, "ACL SETUSER default +evalsha");
    line_attach(other);
    for (int i = 0; i < LOOKS; i++)
        assert_result(transport->ops->tend(transport, NULL), JANGLE_OK);
    parcel = line_receive(other);
    line_assert_body(&parcel, "one");
    assert_result(line_settle(other, &parcel, JANGLE_TAKEN), JANGLE_OK);
    assert_result(transport->ops->remove_queue(transport, &second_queue, NULL),
                  JANGLE_OK);
    line_close(other);
    line_close(transport);
}

static void who_has_left_all_queues_need_not_tend(void **state)
{
    static const struct jangle_redis_options brief = {.lease_ms = 1000};
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_transport *leaves = line_open_url(redis_server_url(server), &brief);
    struct jangle_parcel none;

    (void)state;
    line_attach(leaves);
    assert_int_equal(line_receive_once(leaves, 0, &none), 0);
    assert_result(leaves->ops->detach(leaves, line_queue.name, NULL), JANGLE_OK);
    redis_server_ask(server, "CLIENT KILL TYPE normal SKIPME yes");
    line_attach(transport);
    for (int i = 0; i < LOOKS; i++) { /* for longer than a quarter of the lease */
        assert_int_equal(line_receive_once(transport, 50, &none), 0);
        assert_result(leaves->ops->tend(leaves, NULL), JANGLE_OK);
    }
    line_close(leaves);
    line_close(transport);
}

/* Redis carries out one script at a time, and must not look at all of a long topic. */
static void what_others_want_is_skipped_by_and_by(void **state)
{
    static const char *const routes[] = {"placed", NULL};
    const struct jangle_queue some = {
        .name = "some", .topic = "orders", .routes = routes};
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel parcels[EACH], parcel;
    const char *lag;

    (void)state;
    assert_result(transport->ops->declare_queue(transport, &some, NULL), JANGLE_OK);
    assert_result(transport->ops->remove_queue(transport, &line_queue, NULL), JANGLE_OK);
    redis_server_ask(server, "XGROUP CREATE jangle:topic:orders stranger $");
    for (int i = 0; i < EACH; i++)
        parcels[i] = (struct jangle_parcel){.topic = "orders", .route = "other"};
    for (int i = 0; i < OTHERS / EACH; i++)
        assert_result(
            transport->ops->publish(transport, parcels, EACH, LINE_WAIT_MS, NULL),
            JANGLE_OK);
    assert_result(line_publish(transport, "one", LINE_WAIT_MS, NULL), JANGLE_OK);
    assert_result(transport->ops->attach(transport, &some, NULL, 0, NULL), JANGLE_OK);
    assert_int_equal(line_receive_once(transport, 0, &parcel), 0);
    lag = strstr(redis_server_ask(server, "XINFO GROUPS jangle:topic:orders"), "lag ");
    assert_non_null(lag);
    assert_in_range(strtol(lag + 4, NULL, 10), 1, OTHERS);
    parcel = line_receive(transport);
    line_assert_body(&parcel, "one");
    redis_server_ask(server, "XGROUP DESTROY jangle:topic:orders stranger");
    assert_result(transport->ops->remove_queue(transport, &some, NULL), JANGLE_OK);
    line_close(transport);
}

static void a_long_delay_is_no_short_one(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel parcel;
    struct jangle_settlement settlement = {
        .parcel = &parcel, .disposition = JANGLE_AGAIN, .delay_ms = INT64_C(2592000000)};
    char command[128];

    (void)state;
    line_attach(transport);
    assert_result(line_publish(transport, "one", LINE_WAIT_MS, NULL), JANGLE_OK);
    parcel = line_receive(transport);
    assert_result(transport->ops->settle(transport, &settlement, 1, NULL), JANGLE_OK);
    assert_result(settlement.result, JANGLE_OK);
    snprintf(command, sizeof command, "ZCOUNT jangle:due:orders-queue %ld000 +inf",
             ask_number("TIME") + 2592000 - 60);
    assert_int_equal(ask_number(command), 1);
    line_close(transport);
}

/* ---- a Redis that must not be used ----------------------------------------------------
 */

/* INVALID is for what is declared and attached alone. */
static void a_redis_that_evicts_is_busy_for_who_looks(void **state)
{
    struct jangle_transport *transport;
    int64_t count;

    (void)state;
    line_close(line_fresh(server));
    redis_server_ask(server, "CONFIG SET maxmemory-policy allkeys-lru");
    transport = line_open(server);
    assert_result(transport->ops->count(transport, line_queue.name, &count, NULL),
                  JANGLE_BUSY);
    assert_result(transport->ops->purge(transport, line_queue.name, NULL), JANGLE_BUSY);
    assert_result(transport->ops->remove_queue(transport, &line_queue, NULL),
                  JANGLE_BUSY);
    assert_result(transport->ops->remove_topic(transport, "orders", NULL), JANGLE_BUSY);
    assert_result(transport->ops->declare_queue(transport, &line_queue, NULL),
                  JANGLE_INVALID);
    line_close(transport);
}

/* ---- waits ---------------------------------------------------------------------------
 */

static void do_nothing(int number)
{
    (void)number;
}

/* A program has timers of its own, whose signals end each wait. */
static void signals_end_no_connection(void **state)
{
    const struct sigaction ticks = {.sa_handler = do_nothing};
    const struct itimerval often = {{0, TICK_US}, {0, TICK_US}}, never = {{0}, {0}};
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel none;
    pid_t process;

    (void)state;
    line_attach(transport);
    assert_int_equal(line_receive_once(transport, 0, &none), 0);
    process = fork();
    if (process == 0) {
        redis_server_ask(server, "DEBUG SLEEP 1.5");
        _exit(0);
    }
    assert_int_equal(sigaction(SIGALRM, &ticks, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
    while (waitpid(process, NULL, WNOHANG) != process)
        assert_int_equal(line_receive_once(transport, 10, &none), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    line_close(transport);
}

/* Somebody listens at that port, who takes no connection: its line is full. */
static int listen_in_vain(int fillers[FILLERS], char url[64])
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    for (int i = 0; i < FILLERS; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(fillers[i], (struct sockaddr *)&address, size);
    }
    snprintf(url, 64, "redis://127.0.0.1:%d", ntohs(address.sin_port));
    return listener;
}

/* It is meant for the next `receive`, and not for what connects before. */
static void a_wake_outlasts_a_call_that_connects(void **state)
{
    static const struct jangle_host host = {0};
    int fillers[FILLERS], listener;
    struct jangle_transport *transport;
    struct jangle_parcel *parcels;
    struct jangle_error error = {0};
    char url[64];
    size_t count;

    (void)state;
    listener = listen_in_vain(fillers, url);
    transport = open_at(url, &host);
    transport->ops->wake(transport);
    assert_result(transport->ops->attach(transport, &line_queue, NULL, 0, &error),
                  JANGLE_BUSY);
    assert_null(strstr(error.message, "ancel"));
    error = (struct jangle_error){0};
    assert_result(transport->ops->receive(transport, 1, LINE_BYTES, LINE_WAIT_MS,
                                          &parcels, &count, &error),
                  JANGLE_BUSY);
    assert_non_null(strstr(error.message, "ancel"));
    line_close(transport);
    for (int i = 0; i < FILLERS; i++)
        close(fillers[i]);
    close(listener);
}

static int begin(void **state)
{
    (void)state;
    redis_server_ask(server, "FLUSHALL");
    redis_server_ask(server, "CONFIG SET maxmemory-policy noeviction");
    return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(without_replicas_it_is_written_once),
                                       TEST(what_has_no_time_left_is_not_written),
                                       TEST(what_cannot_be_given_back_is_let_go),
                                       TEST(who_has_left_all_queues_need_not_tend),
                                       TEST(what_others_want_is_skipped_by_and_by),
                                       TEST(a_long_delay_is_no_short_one),
                                       TEST(a_redis_that_evicts_is_busy_for_who_looks),
                                       TEST(signals_end_no_connection),
                                       TEST(a_wake_outlasts_a_call_that_connects)};
    int failed;

    server = redis_server_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    redis_server_stop(server);
    return failed;
}
