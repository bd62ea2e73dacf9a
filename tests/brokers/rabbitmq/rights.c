/* rights.c - the rights that docs/operations.md names are enough; who has too
 * few loses nothing, and is told. */
#include "brokers/rabbitmq/line.h"
#include "brokers/rabbitmq/shared.h"

static struct rabbitmq_server *server;

/* As the documentation has them, for `line_queue` and its topic "orders". */
#define NONE "^$"
#define OWN  "^orders"

static void assert_refused(enum jangle_result result, const struct jangle_error *error)
{
    assert_result(result, JANGLE_BUSY);
    if (!strstr(error->message, "ACCESS_REFUSED"))
        fail_msg("\"%s\" does not say that a right is missing", error->message);
}

/* ---- who declares nothing -------------------------------------------------------- */

static void a_publisher_writes_to_its_topic(void **state)
{
    struct jangle_parcel parcel = {.topic = "orders", .route = "placed"};
    struct jangle_error error = {0};
    struct jangle_transport *transport;

    (void)state;
    line_add_user(server, "publisher", NONE, "^orders$", NONE);
    transport = line_open_as(server, "publisher");
    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, &error),
                  JANGLE_OK);
    assert_result(transport->ops->tend(transport, NULL), JANGLE_OK);
    line_close(transport);
    line_add_user(server, "stranger", ".*", "^order$", ".*");
    transport = line_open_as(server, "stranger");
    assert_refused(transport->ops->publish(transport, &parcel, 1, LINE_WAIT_MS, &error),
                   &error);
    assert_true(parcel.result != JANGLE_OK);
    line_close(transport);
}

static void a_publisher_to_a_queue_writes_to_the_default_exchange(void **state)
{
    struct jangle_parcel parcel = {.queue = line_queue.name, .must_be_queued = true};
    struct jangle_transport *transport;

    (void)state;
    line_add_user(server, "poster", NONE, "^amq\\\\.default$", NONE);
    transport = line_open_as(server, "poster");
    assert_result(transport->ops->publish(transport, &parcel, 1, LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    assert_result(parcel.result, JANGLE_OK);
    line_close(transport);
}

/* Receive, retry, and give up. */
static void assert_can_consume(struct jangle_transport *transport)
{
    struct jangle_parcel parcel;

    line_attach(transport);
    assert_int_equal(line_count(transport, line_queue.name), 1);
    parcel = line_receive(transport);
    assert_result(line_settle_after(transport, &parcel, JANGLE_AGAIN, 1), JANGLE_OK);
    parcel = line_receive(transport);
    assert_int_equal(parcel.attempt, 2);
    assert_result(line_settle(transport, &parcel, JANGLE_DEAD), JANGLE_OK);
    assert_int_equal(line_count(transport, line_queue.dead), 1);
}

static void a_consumer_reads_its_queue_and_makes_its_retry_queues(void **state)
{
    struct jangle_transport *owner = line_fresh(server);
    struct jangle_transport *transport;

    (void)state;
    line_add_user(server, "consumer", "^orders-queue\\\\.retry\\\\.",
                  "^(amq\\\\.default|orders-queue\\\\.retry\\\\..*)$",
                  "^orders-queue(\\\\.retry\\\\..*)?$");
    assert_result(line_publish(owner, "orders", "one", LINE_WAIT_MS, NULL), JANGLE_OK);
    transport = line_open_as(server, "consumer");
    assert_can_consume(transport);
    line_close(transport);
    line_close(owner);
}

/* What cannot be retried is given back, and is not lost. */
static void without_the_right_to_retry_nothing_is_lost(void **state)
{
    struct jangle_transport *owner = line_fresh(server);
    struct jangle_transport *transport;
    struct jangle_parcel parcel;

    (void)state;
    line_add_user(server, "reader", NONE, "^amq\\\\.default$", "^orders-queue$");
    assert_result(owner->ops->remove_queue(owner, &line_queue, NULL), JANGLE_OK);
    assert_result(owner->ops->declare_queue(owner, &line_queue, NULL), JANGLE_OK);
    assert_result(line_publish(owner, "orders", "one", LINE_WAIT_MS, NULL), JANGLE_OK);
    transport = line_open_as(server, "reader");
    line_attach(transport);
    parcel = line_receive(transport);
    assert_true(line_settle_after(transport, &parcel, JANGLE_AGAIN, 1) != JANGLE_OK);
    parcel = line_receive(transport);
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    line_close(transport);
    line_close(owner);
}

/* ---- who declares ---------------------------------------------------------------- */

static void a_publisher_declares_its_topic(void **state)
{
    struct jangle_transport *transport;

    (void)state;
    line_add_user(server, "declarer", "^orders$", "^orders$", "^orders$");
    transport = line_open_as(server, "declarer");
    assert_result(transport->ops->declare_topic(transport, "orders", NULL), JANGLE_OK);
    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    line_close(transport);
}

static void a_consumer_declares_its_queues(void **state)
{
    struct jangle_transport *owner = line_fresh(server);
    struct jangle_transport *transport;
    struct jangle_error error = {0};

    (void)state;
    line_add_user(server, "maker", OWN, "^(amq\\\\.default|orders.*)$", OWN);
    assert_result(owner->ops->remove_queue(owner, &line_queue, NULL), JANGLE_OK);
    transport = line_open_as(server, "maker");
    assert_result(transport->ops->declare_topic(transport, "orders", NULL), JANGLE_OK);
    if (transport->ops->declare_queue(transport, &line_queue, &error))
        fail_msg("%s", error.message);
    assert_result(line_publish(owner, "orders", "one", LINE_WAIT_MS, NULL), JANGLE_OK);
    assert_can_consume(transport);
    assert_result(transport->ops->remove_queue(transport, &line_queue, NULL), JANGLE_OK);
    line_close(transport);
    line_close(owner);
}

static void who_may_not_write_to_the_default_exchange_is_told(void **state)
{
    struct jangle_transport *transport;
    struct jangle_error error = {0};

    (void)state;
    line_add_user(server, "halfway", OWN, OWN, OWN);
    transport = line_open_as(server, "halfway");
    assert_refused(transport->ops->declare_queue(transport, &line_queue, &error), &error);
    assert_non_null(strstr(error.message, "amq.default"));
    line_close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_publisher_writes_to_its_topic),
        cmocka_unit_test(a_publisher_to_a_queue_writes_to_the_default_exchange),
        cmocka_unit_test(a_consumer_reads_its_queue_and_makes_its_retry_queues),
        cmocka_unit_test(without_the_right_to_retry_nothing_is_lost),
        cmocka_unit_test(a_publisher_declares_its_topic),
        cmocka_unit_test(a_consumer_declares_its_queues),
        cmocka_unit_test(who_may_not_write_to_the_default_exchange_is_told)};
    int failed;

    server = rabbitmq_shared_start();
    line_close(line_fresh(server));
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rabbitmq_server_stop(server);
    return failed;
}
