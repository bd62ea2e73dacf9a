/* others.c - what is special when others use the same RabbitMQ: topics and
 * queues that they removed or declared otherwise, messages that they sent, names of
 * petisco. */
#include "brokers/rabbitmq/line.h"
#include "brokers/rabbitmq/plain_amqp.h"
#include "brokers/rabbitmq/shared.h"

#include <stdio.h>
#include <stdlib.h>

static struct rabbitmq_server *server;

static void others_publish(const amqp_basic_properties_t *properties)
{
    amqp_connection_state_t state = plain_connect(server);

    plain_publish(state, "", line_queue.name, properties, amqp_cstring_bytes("theirs"));
    plain_close(state);
}

/* ---- topics ---------------------------------------------------------------------- */

static void a_missing_topic_harms_no_other(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel parcels[60];
    struct jangle_error error = {0};

    (void)state;
    for (size_t i = 0; i < 60; i++)
        parcels[i] = (struct jangle_parcel){.topic = i == 20 ? "missing" : "orders",
                                            .route = "placed"};
    assert_result(transport->ops->publish(transport, parcels, 60, LINE_WAIT_MS, &error),
                  JANGLE_OK);
    for (size_t i = 0; i < 60; i++)
        assert_result(parcels[i].result, i == 20 ? JANGLE_NOT_FOUND : JANGLE_OK);
    assert_non_null(strstr(error.message, "missing"));
    assert_int_equal(line_count(transport, line_queue.name), 59);
    line_close(transport);
}

static void a_topic_that_others_removed_is_not_found(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_transport *other = line_open(server);

    (void)state;
    assert_result(other->ops->declare_topic(other, "short", NULL), JANGLE_OK);
    assert_result(line_publish(transport, "short", "one", LINE_WAIT_MS, NULL), JANGLE_OK);
    assert_result(other->ops->remove_topic(other, "short", NULL), JANGLE_OK);
    assert_result(line_publish(transport, "short", "two", LINE_WAIT_MS, NULL),
                  JANGLE_NOT_FOUND);
    assert_result(line_publish(transport, "orders", "three", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    line_close(other);
    line_close(transport);
}

/* Every queue of a fanout exchange gets every message, whatever its route is. */
static void a_topic_may_be_a_fanout_exchange(void **state)
{
    static const struct jangle_rabbitmq_options options = {.fanout = true};
    struct jangle_transport *transport =
        line_open_url(rabbitmq_server_url(server), &options);
    const char *const other_route[] = {"cancelled", NULL};
    const struct jangle_queue queue = {
        .name = "fan.queue", .topic = "fan", .routes = other_route};
    char *type;

    (void)state;
    assert_result(transport->ops->declare_topic(transport, "fan", NULL), JANGLE_OK);
    assert_result(transport->ops->declare_queue(transport, &queue, NULL), JANGLE_OK);
    type = rabbitmq_server_ask(
        server,
        "[atom_to_list(element(3, E)) || E <- rabbit_exchange:list(<<\"tests\">>),"
        " element(4, element(2, E)) =:= <<\"fan\">>]");
    assert_non_null(type);
    assert_string_equal(type, "fanout");
    free(type);
    assert_result(line_publish(transport, "fan", "one", LINE_WAIT_MS, NULL), JANGLE_OK);
    assert_int_equal(line_count(transport, queue.name), 1);
    line_close(transport);
}

/* ---- queues ---------------------------------------------------------------------- */

static void a_queue_that_differs_is_refused_with_both_values(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_queue different = line_queue;
    struct jangle_error error = {0};

    (void)state;
    different.expire_ms = 4711;
    assert_result(transport->ops->declare_queue(transport, &different, &error),
                  JANGLE_INVALID);
    assert_non_null(strstr(error.message, line_queue.name));
    assert_non_null(strstr(error.message, "x-message-ttl"));
    assert_non_null(strstr(error.message, "4711"));
    assert_non_null(strstr(error.message, "none"));
    line_close(transport);
}

/* The broker itself must lose nothing that is given back often. */
static void a_quorum_queue_has_what_keeps_it_safe(void **state)
{
    (void)state;
    line_close(line_fresh(server));
    assert_true(rabbitmq_server_evaluate(
        server,
        "{ok, Q} = rabbit_amqqueue:lookup(rabbit_misc:r(<<\"tests\">>, queue, "
        "<<\"orders-queue\">>)), A = amqqueue:get_arguments(Q), "
        "V = fun(K) -> element(3, lists:keyfind(K, 1, A)) end, "
        "<<\"quorum\">> = V(<<\"x-queue-type\">>), "
        "<<\"orders-queue.dead\">> = V(<<\"x-dead-letter-routing-key\">>), "
        "<<\"at-least-once\">> = V(<<\"x-dead-letter-strategy\">>), "
        "<<\"reject-publish\">> = V(<<\"x-overflow\">>), "
        "1000000 = V(<<\"x-delivery-limit\">>).\n"));
}

/* ---- messages -------------------------------------------------------------------- */

static void headers_that_are_no_texts_come_as_texts(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    amqp_table_t inner = {0};
    amqp_table_entry_t entries[] = {
        plain_entry("Number",
                    (amqp_field_value_t){.kind = AMQP_FIELD_KIND_I32, .value.i32 = -7}),
        plain_entry("half",
                    (amqp_field_value_t){.kind = AMQP_FIELD_KIND_F64, .value.f64 = 0.5}),
        plain_entry("yes", (amqp_field_value_t){.kind = AMQP_FIELD_KIND_BOOLEAN,
                                                .value.boolean = 1}),
        plain_entry("at", (amqp_field_value_t){.kind = AMQP_FIELD_KIND_TIMESTAMP,
                                               .value.u64 = 1764439200}),
        plain_entry("table", (amqp_field_value_t){.kind = AMQP_FIELD_KIND_TABLE,
                                                  .value.table = inner}),
        plain_entry("cloudEvents:id", plain_text("colon")),
        plain_entry("cloudEvents_source", plain_text("underscore"))};
    const amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_HEADERS_FLAG,
        .headers = {.num_entries = 7, .entries = entries}};
    struct jangle_parcel parcel;

    (void)state;
    line_attach(transport);
    others_publish(&properties);
    parcel = line_receive(transport);
    assert_string_equal(line_header(&parcel, "number"), "-7");
    assert_string_equal(line_header(&parcel, "half"), "0.5");
    assert_string_equal(line_header(&parcel, "yes"), "true");
    assert_string_equal(line_header(&parcel, "at"), "2025-11-29T18:00:00Z");
    assert_null(line_header(&parcel, "table"));
    assert_string_equal(line_header(&parcel, "ce-id"), "colon");
    assert_string_equal(line_header(&parcel, "ce-source"), "underscore");
    line_close(transport);
}

/* A copy that kept `user-id` would be refused to another user, one that kept `expiration`
 * would die early, and one that kept CC would go to others as well. */
static void a_copy_has_nothing_that_would_lose_it(void **state)
{
    struct jangle_transport *transport;
    amqp_field_value_t others[] = {plain_text("orders-queue.dead")};
    amqp_table_entry_t entries[] = {
        plain_entry("CC", (amqp_field_value_t){.kind = AMQP_FIELD_KIND_ARRAY,
                                               .value.array = {.num_entries = 1,
                                                               .entries = others}}),
        plain_entry("kept", plain_text("yes"))};
    const amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_USER_ID_FLAG |
                  AMQP_BASIC_EXPIRATION_FLAG,
        .user_id = amqp_cstring_bytes("jangle"),
        .expiration = amqp_cstring_bytes("600"),
        .headers = {.num_entries = 2, .entries = entries}};
    struct jangle_parcel parcel;

    (void)state;
    line_close(line_fresh(server));
    line_add_user(server, "other", ".*", ".*", ".*");
    transport = line_open_as(server, "other");
    line_attach(transport);
    others_publish(&properties);
    for (int attempt = 1; attempt <= 3; attempt++) {
        parcel = line_receive(transport);
        assert_int_equal(parcel.attempt, attempt);
        assert_string_equal(line_header(&parcel, "kept"), "yes");
        assert_int_equal(parcel.header_count, 1);
        assert_result(line_settle_after(transport, &parcel, JANGLE_AGAIN, 1), JANGLE_OK);
    }
    parcel = line_receive(transport);
    assert_result(line_settle(transport, &parcel, JANGLE_DEAD), JANGLE_OK);
    assert_int_equal(line_count(transport, line_queue.dead), 1); /* CC's has expired */
    line_close(transport);
}

static void any_limit_is_a_limit(void **state)
{
    static const size_t limits[] = {SIZE_MAX, SIZE_MAX / sizeof(struct jangle_parcel),
                                    SIZE_MAX / sizeof(struct jangle_parcel) + 1};
    struct jangle_transport *transport = line_fresh(server);

    (void)state;
    line_attach(transport);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct jangle_parcel *parcels;
        size_t count = 0;

        assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, NULL),
                      JANGLE_OK);
        assert_result(transport->ops->receive(transport, limits[i], SIZE_MAX,
                                              LINE_WAIT_MS, &parcels, &count, NULL),
                      JANGLE_OK);
        assert_int_equal(count, 1);
        assert_result(line_settle(transport, parcels, JANGLE_TAKEN), JANGLE_OK);
    }
    line_close(transport);
}

/* ---- petisco --------------------------------------------------------------------- */

static const struct jangle_queue petisco_queue = {
    .name = "acme.sales.1.event.order_placed.bill",
    .topic = "acme.sales",
    .routes = (const char *const[]){"acme.sales.1.event.order_placed", NULL},
    .retry = "retry.acme.sales.1.event.order_placed.bill",
    .retry_topic = "retry.acme.sales",
    .retry_ms = 200,
    .dead = "dead_letter.acme.sales.1.event.order_placed.bill",
    .dead_topic = "dead_letter.acme.sales"};

/* As petisco's consumers count: `redelivery_count` is the number of attempts before. */
static void a_retry_of_petisco_is_a_retry_of_ours(void **state)
{
    const struct jangle_rabbitmq_options options = {.queues = JANGLE_RABBITMQ_CLASSIC};
    struct jangle_transport *transport =
        line_open_url(rabbitmq_server_url(server), &options);
    struct jangle_parcel out = {.topic = "acme.sales",
                                .route = "acme.sales.1.event.order_placed",
                                .must_be_queued = true};
    struct jangle_parcel in;

    (void)state;
    assert_result(transport->ops->declare_topic(transport, "acme.sales", NULL),
                  JANGLE_OK);
    assert_result(transport->ops->declare_queue(transport, &petisco_queue, NULL),
                  JANGLE_OK);
    assert_result(transport->ops->attach(transport, &petisco_queue, NULL, 0, NULL),
                  JANGLE_OK);
    assert_result(transport->ops->publish(transport, &out, 1, LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    assert_result(out.result, JANGLE_OK);
    for (int attempt = 1; attempt <= 2; attempt++) {
        in = line_receive(transport);
        assert_int_equal(in.attempt, attempt);
        assert_string_equal(in.route, out.route);
        assert_result(line_settle_after(transport, &in, JANGLE_AGAIN, 1), JANGLE_OK);
    }
    in = line_receive(transport);
    assert_result(line_settle(transport, &in, JANGLE_DEAD), JANGLE_OK);
    assert_int_equal(line_count(transport, petisco_queue.dead), 1);
    assert_result(transport->ops->remove_queue(transport, &petisco_queue, NULL),
                  JANGLE_OK);
    assert_result(transport->ops->remove_topic(transport, "acme.sales", NULL), JANGLE_OK);
    line_close(transport);
}

/* A retry queue that somebody has removed is made again: of a queue of one type, and of
 * petisco's store queue, whose retries come back by another exchange. */
static void a_retry_queue_that_others_removed_is_made_again(void **state)
{
    static const char *const patterns[] = {"*.*.*.event.*", NULL};
    const struct jangle_rabbitmq_options options = {.queues = JANGLE_RABBITMQ_CLASSIC};
    struct jangle_queue store = petisco_queue;
    const struct jangle_queue *const queues[] = {&petisco_queue, &store};

    (void)state;
    store.routes = patterns;
    for (int i = 0; i < 2; i++) {
        struct jangle_transport *transport =
            line_open_url(rabbitmq_server_url(server), &options);
        amqp_connection_state_t others = plain_connect(server);
        struct jangle_parcel in;

        assert_result(transport->ops->declare_topic(transport, "acme.sales", NULL),
                      JANGLE_OK);
        assert_result(transport->ops->declare_queue(transport, queues[i], NULL),
                      JANGLE_OK);
        assert_result(transport->ops->attach(transport, queues[i], NULL, 0, NULL),
                      JANGLE_OK);
        plain_publish(others, "acme.sales", petisco_queue.routes[0], NULL,
                      amqp_cstring_bytes("one"));
        in = line_receive(transport);
        plain_remove_queue(others, petisco_queue.retry);
        assert_result(line_settle_after(transport, &in, JANGLE_AGAIN, 1),
                      JANGLE_NOT_FOUND);
        in = line_receive(transport);
        assert_int_equal(in.attempt, 1);
        assert_result(line_settle_after(transport, &in, JANGLE_AGAIN, 1), JANGLE_OK);
        in = line_receive(transport);
        assert_int_equal(in.attempt, 2);
        assert_result(transport->ops->declare_queue(transport, queues[i], NULL),
                      JANGLE_OK);
        assert_result(transport->ops->remove_queue(transport, queues[i], NULL),
                      JANGLE_OK);
        plain_close(others);
        line_close(transport);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_topic_harms_no_other),
        cmocka_unit_test(a_topic_that_others_removed_is_not_found),
        cmocka_unit_test(a_topic_may_be_a_fanout_exchange),
        cmocka_unit_test(a_queue_that_differs_is_refused_with_both_values),
        cmocka_unit_test(a_quorum_queue_has_what_keeps_it_safe),
        cmocka_unit_test(headers_that_are_no_texts_come_as_texts),
        cmocka_unit_test(a_copy_has_nothing_that_would_lose_it),
        cmocka_unit_test(any_limit_is_a_limit),
        cmocka_unit_test(a_retry_of_petisco_is_a_retry_of_ours),
        cmocka_unit_test(a_retry_queue_that_others_removed_is_made_again)};
    int failed;

    server = rabbitmq_shared_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rabbitmq_server_stop(server);
    return failed;
}
