/* full.c - a Redis whose memory is full: publishers wait and say so, what was received
 * can be settled, and who takes parcels makes room. And one that evicts keys is refused.
 */
#include "brokers/redis/line.h"

#include <stdio.h>
#include <stdlib.h>

enum { BODY = 1 << 20 };

static struct redis_server *server;

static void set_limit(const char *limit)
{
    char command[64];

    snprintf(command, sizeof command, "CONFIG SET maxmemory %s", limit);
    assert_string_equal(redis_server_ask(server, command), "OK");
}

static int lift_limit(void **state)
{
    (void)state;
    set_limit("0");
    assert_string_equal(
        redis_server_ask(server, "CONFIG SET maxmemory-policy noeviction"), "OK");
    return 0;
}

static void a_publisher_waits_and_says_so(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_error error = {0};

    (void)state;
    set_limit("1");
    assert_result(line_publish(transport, "one", LINE_WAIT_MS, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "maxmemory"));
    set_limit("0");
    assert_int_equal(line_count(transport, line_queue.name), 0);
    assert_result(line_publish(transport, "one", LINE_WAIT_MS, &error), JANGLE_OK);
    assert_int_equal(line_count(transport, line_queue.name), 1);
    line_close(transport);
}

/* A consumer that was away when Redis became full: only it can make room. */
static void a_consumer_goes_on(void **state)
{
    static const enum jangle_disposition dispositions[] = {JANGLE_TAKEN, JANGLE_AGAIN,
                                                           JANGLE_DEAD};
    struct jangle_transport *publisher = line_fresh(server);
    struct jangle_transport *consumer;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_result(line_publish(publisher, "one", LINE_WAIT_MS, NULL), JANGLE_OK);
    set_limit("1");
    consumer = line_open(server);
    line_attach(consumer);
    for (int i = 0; i < 3; i++) {
        struct jangle_parcel parcel = line_receive(consumer);

        assert_result(line_settle(consumer, &parcel, dispositions[i]), JANGLE_OK);
    }
    assert_int_equal(line_count(consumer, line_queue.name), 1);
    assert_int_equal(line_count(consumer, line_queue.dead), 1);
    line_close(consumer);
    line_close(publisher);
}

static int64_t used_memory(void)
{
    const char *told = strstr(redis_server_ask(server, "INFO memory"), "used_memory:");

    assert_non_null(told);
    return strtoll(told + strlen("used_memory:"), NULL, 10);
}

/* What all have taken is no longer in the stream of the topic. */
static void what_was_taken_makes_room(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    char *body = calloc(1, BODY + 1);
    struct jangle_parcel parcel;
    int64_t before;

    (void)state;
    assert_non_null(body);
    memset(body, 'x', BODY);
    line_attach(transport);
    before = used_memory();
    for (int i = 0; i < 20; i++)
        assert_result(line_publish(transport, body, LINE_WAIT_MS, NULL), JANGLE_OK);
    assert_true(used_memory() > before + 20 * BODY);
    for (int i = 0; i < 20; i++) {
        parcel = line_receive(transport);
        assert_int_equal(parcel.body_size, BODY);
        assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    }
    assert_string_equal(redis_server_ask(server, "XLEN jangle:topic:orders"), "1");
    assert_true(used_memory() < before + 10 * BODY);
    line_close(transport);
    free(body);
}

static void an_evicting_redis_is_refused(void **state)
{
    static const char *const policies[] = {"allkeys-lru", "volatile-ttl"};
    struct jangle_error error = {0};
    char command[96];

    (void)state;
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        struct jangle_transport *transport = line_open(server);
        const struct jangle_transport_ops *ops = transport->ops;

        error = (struct jangle_error){0};
        snprintf(command, sizeof command, "CONFIG SET maxmemory-policy %s", policies[i]);
        assert_string_equal(redis_server_ask(server, command), "OK");
        assert_result(ops->declare_topic(transport, "orders", &error), JANGLE_INVALID);
        assert_non_null(strstr(error.message, policies[i]));
        assert_non_null(strstr(error.message, "noeviction"));
        assert_result(ops->declare_queue(transport, &line_queue, NULL), JANGLE_INVALID);
        assert_result(ops->attach(transport, &line_queue, NULL, 0, NULL), JANGLE_INVALID);
        error = (struct jangle_error){0};
        assert_result(line_publish(transport, "one", LINE_WAIT_MS, &error), JANGLE_BUSY);
        assert_non_null(strstr(error.message, "noeviction"));
        lift_limit(NULL);
        assert_result(ops->declare_topic(transport, "orders", &error), JANGLE_OK);
        line_close(transport);
    }
}

/* ---- a Redis that does not write down what it confirms --------------------------------
 */

static int warnings;
static char warning[300];

static void note_warning(void *context, const struct jangle_log_entry *entry)
{
    (void)context;
    if (strcmp(entry->topic, "BROKER_AT_RISK") != 0)
        return;
    warnings++;
    snprintf(warning, sizeof warning, "%s", entry->message);
}

static enum jangle_result declare_at_risk(bool durable, struct jangle_error *error)
{
    static const struct jangle_host host = {.logger.write = note_warning};
    const struct jangle_redis_options options = {.durable = durable};
    struct jangle_broker broker = jangle_redis(redis_server_url(server), &options);
    struct jangle_transport *transport = NULL;
    enum jangle_result result;

    warnings = 0;
    *error = (struct jangle_error){0};
    assert_result(broker.open(&broker, &host, "risk", &transport, NULL), JANGLE_OK);
    result = transport->ops->declare_topic(transport, "orders", error);
    redis_server_ask(server, "CLIENT KILL TYPE normal SKIPME yes");
    transport->ops->declare_topic(transport, "orders", NULL);
    transport->ops->close(transport);
    return result;
}

static void one_that_may_lose_what_it_confirms_is_told_or_refused(void **state)
{
    static const struct {
        const char *set, *says;
    } cases[] = {{"CONFIG SET appendonly no", "appendonly is no"},
                 {"CONFIG SET appendonly yes", NULL},
                 {"CONFIG SET appendfsync everysec", "appendfsync is not always"},
                 {"CONFIG SET appendfsync always", NULL}};
    struct jangle_error error;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        redis_server_ask(server, cases[i].set);
        assert_result(declare_at_risk(false, &error), JANGLE_OK);
        assert_int_equal(warnings, cases[i].says ? 1 : 0);
        assert_true(!cases[i].says || strstr(warning, cases[i].says));
        assert_result(declare_at_risk(true, &error),
                      cases[i].says ? JANGLE_INVALID : JANGLE_OK);
        assert_true(!cases[i].says || strstr(error.message, cases[i].says));
        assert_int_equal(warnings, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_may_lose_what_it_confirms_is_told_or_refused),
        cmocka_unit_test_teardown(a_publisher_waits_and_says_so, lift_limit),
        cmocka_unit_test_teardown(a_consumer_goes_on, lift_limit),
        cmocka_unit_test_teardown(what_was_taken_makes_room, lift_limit),
        cmocka_unit_test_teardown(an_evicting_redis_is_refused, lift_limit)};
    int failed;

    server = redis_server_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    redis_server_stop(server);
    return failed;
}
