/* again.c - what comes again and again: given back, expired, redriven, retried,
 * with a retry delay that another release has changed. All of it is still there. */
#include "brokers/rabbitmq/line.h"
#include "brokers/rabbitmq/plain_amqp.h"
#include "brokers/rabbitmq/shared.h"

#include <stdlib.h>

enum { GIVEN_BACK = 200, ROUNDS = 3, PREFETCH = 512 };

static struct rabbitmq_server *server;

/* ---- given back ------------------------------------------------------------------ */

/* As a consumer does that is suspended, or whose store fails for a night. */
static void what_is_given_back_without_end_stays_in_order(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel parcel;

    (void)state;
    assert_result(line_publish(transport, "orders", "1", LINE_WAIT_MS, NULL), JANGLE_OK);
    assert_result(line_publish(transport, "orders", "2", LINE_WAIT_MS, NULL), JANGLE_OK);
    for (int i = 0; i < GIVEN_BACK; i++) {
        line_attach(transport);
        parcel = line_receive(transport);
        assert_memory_equal(parcel.body, "1", 1);
        assert_result(transport->ops->detach(transport, line_queue.name, NULL),
                      JANGLE_OK);
    }
    line_attach(transport);
    for (int i = 1; i <= 2; i++) {
        parcel = line_receive(transport);
        assert_int_equal(parcel.attempt, 1);
        assert_int_equal(*(const char *)parcel.body, '0' + i);
        assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    }
    assert_int_equal(line_count(transport, line_queue.dead), 0);
    line_close(transport);
}

/* ---- expired, redriven, retried -------------------------------------------------- */

static struct jangle_queue brief = {.name = "brief",
                                    .topic = "orders",
                                    .retry = "brief.retry",
                                    .retry_ms = 50,
                                    .dead = "brief.dead",
                                    .expire_ms = 100};

/* It waits for so long that nobody takes it any more. */
static void let_expire(struct jangle_transport *transport)
{
    while (line_count(transport, brief.dead) == 0)
        ;
    assert_int_equal(line_count(transport, brief.name), 0);
}

/* As jangle_redrive does it. */
static void redrive(struct jangle_transport *transport)
{
    const struct jangle_queue dead = {.name = brief.dead};
    struct jangle_parcel parcel, copy;

    assert_result(transport->ops->attach(transport, &dead, NULL, 0, NULL), JANGLE_OK);
    parcel = line_receive(transport);
    copy = parcel;
    copy.topic = NULL;
    copy.queue = brief.name;
    copy.must_be_queued = true;
    copy.attempt = 1;
    assert_result(transport->ops->publish(transport, &copy, 1, LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    assert_result(copy.result, JANGLE_OK);
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    assert_result(transport->ops->detach(transport, dead.name, NULL), JANGLE_OK);
}

/* RabbitMQ drops what it has moved in a circle, as it believes if a retry has the header
 * `x-death` of an earlier time. Every other time another program puts the dead letter
 * back, with that header. */
static void expire_redrive_and_retry(const struct jangle_rabbitmq_options *options)
{
    amqp_connection_state_t plain = plain_connect(server);
    struct jangle_transport *transport =
        line_open_url(rabbitmq_server_url(server), options);
    struct jangle_parcel parcel;
    int attempt;

    assert_result(transport->ops->declare_topic(transport, "orders", NULL), JANGLE_OK);
    assert_result(transport->ops->declare_queue(transport, &brief, NULL), JANGLE_OK);
    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    for (int i = 0; i < ROUNDS; i++) {
        let_expire(transport);
        assert_result(transport->ops->attach(transport, &brief, NULL, 0, NULL),
                      JANGLE_OK);
        if (i % 2)
            plain_move(plain, brief.dead, brief.name);
        else
            redrive(transport);
        parcel = line_receive(transport);
        attempt = parcel.attempt;
        assert_result(line_settle_after(transport, &parcel, JANGLE_AGAIN, 1), JANGLE_OK);
        parcel = line_receive(transport);
        assert_int_equal(parcel.attempt, attempt + 1);
        assert_memory_equal(parcel.body, "one", 3);
        assert_result(transport->ops->detach(transport, brief.name, NULL), JANGLE_OK);
    }
    let_expire(transport);
    assert_int_equal(line_count(transport, brief.dead), 1);
    assert_result(transport->ops->remove_queue(transport, &brief, NULL), JANGLE_OK);
    line_close(transport);
    plain_close(plain);
}

static void expired_redriven_retried_and_still_there(void **state)
{
    const struct jangle_rabbitmq_options classic = {.queues = JANGLE_RABBITMQ_CLASSIC};

    (void)state;
    expire_redrive_and_retry(&classic);
    expire_redrive_and_retry(NULL);
}

/* ---- two releases ---------------------------------------------------------------- */

/* The new release is told both delays. What waits is kept, and when the old retry queue
 * was removed, it goes on with the new delay. */
static void a_retry_delay_that_a_release_has_changed(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_queue before = line_queue, after = line_queue;
    amqp_connection_state_t plain = plain_connect(server);
    struct jangle_error error = {0};
    struct jangle_parcel parcel;

    (void)state;
    before.retry_ms = 4711;
    after.retry_ms = 50;
    assert_result(transport->ops->declare_queue(transport, &before, NULL), JANGLE_OK);
    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    assert_result(transport->ops->declare_queue(transport, &after, &error),
                  JANGLE_INVALID);
    assert_non_null(strstr(error.message, line_queue.retry));
    assert_non_null(strstr(error.message, "'50'"));
    assert_non_null(strstr(error.message, "'4711'"));
    plain_remove_queue(plain, line_queue.retry);
    assert_result(transport->ops->declare_queue(transport, &after, NULL), JANGLE_OK);
    assert_result(transport->ops->attach(transport, &after, NULL, 0, NULL), JANGLE_OK);
    parcel = line_receive(transport);
    assert_result(line_settle_after(transport, &parcel, JANGLE_AGAIN, 1), JANGLE_OK);
    parcel = line_receive(transport);
    assert_int_equal(parcel.attempt, 2);
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    assert_result(transport->ops->remove_queue(transport, &after, NULL), JANGLE_OK);
    plain_close(plain);
    line_close(transport);
}

/* ---- a long queue ---------------------------------------------------------------- */

/* "512": so many are with receivers. */
static void assert_unsettled(bool at_last)
{
    char *text = NULL;
    bool reached;

    do {
        free(text);
        text = rabbitmq_server_ask(
            server,
            "[io_lib:format(\"~p\", [N]) || [{messages_unacknowledged, N}] <- "
            "rabbit_channel:info_all([messages_unacknowledged]), N > 0]");
        assert_non_null(text);
        reached = strcmp(text, "512") == 0;
    } while (at_last && !reached);
    assert_string_equal(text, "512");
    free(text);
}

/* However many wait, only so many come before others are settled: memory stays flat. */
static void no_more_come_than_the_prefetch_allows(void **state)
{
    enum { PARCELS = 4 * PREFETCH };
    static struct jangle_parcel parcels[PARCELS];
    struct jangle_transport *transport = line_fresh(server);

    (void)state;
    for (size_t i = 0; i < PARCELS; i++)
        parcels[i] = (struct jangle_parcel){.topic = "orders", .route = "placed"};
    assert_result(
        transport->ops->publish(transport, parcels, PARCELS, LINE_WAIT_MS, NULL),
        JANGLE_OK);
    line_attach(transport);
    line_receive(transport);
    assert_unsettled(true);
    for (int i = 1; i < PREFETCH; i++)
        line_receive(transport);
    assert_unsettled(false);
    line_close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_back_without_end_stays_in_order),
        cmocka_unit_test(expired_redriven_retried_and_still_there),
        cmocka_unit_test(a_retry_delay_that_a_release_has_changed),
        cmocka_unit_test(no_more_come_than_the_prefetch_allows)};
    int failed;

    server = rabbitmq_shared_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rabbitmq_server_stop(server);
    return failed;
}
