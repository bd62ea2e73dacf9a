/* settled.c - parcels of two consumers are settled in one call: the server is told of
 * each, and confirms only the last of each consumer. */
#include "brokers/nats/line.h"

#include <nats/nats.h>

#include <stdio.h>

enum { OF_EACH = 3, ALL = 2 * OF_EACH };

static const char topic_stream[] = "orders";
static const char own_stream[] = "orders-queue-queue";
static const char consumer[] = "orders-queue";

static struct nats_server *server;
static struct jangle_transport *transport;
static natsConnection *other;
static jsCtx *context;
static struct jangle_parcel parcels[ALL]; /* of the topic and straight, in turns */

static void publish_straight(int number)
{
    char id[16];
    struct jangle_parcel parcel = {
        .queue = line_queue.name, .id = id, .body = "it", .body_size = 2};

    snprintf(id, sizeof id, "straight-%d", number);
    assert_result(transport->ops->publish(transport, &parcel, 1, LINE_WAIT_MS, NULL),
                  JANGLE_OK);
}

static void receive_all(void)
{
    size_t of_topic = 0, straight = 0;

    for (int i = 0; i < ALL; i++) {
        struct jangle_parcel parcel = line_receive(transport);

        if (parcel.topic)
            parcels[2 * of_topic++] = parcel;
        else
            parcels[2 * straight++ + 1] = parcel;
    }
    assert_int_equal(of_topic, straight);
}

static int begin(void **state)
{
    (void)state;
    transport = line_fresh(nats_server_url(server), NULL);
    line_attach(transport, &line_queue);
    assert_int_equal(natsConnection_ConnectTo(&other, nats_server_url(server)), NATS_OK);
    assert_int_equal(natsConnection_JetStream(&context, other, NULL), NATS_OK);
    for (int i = 0; i < OF_EACH; i++) {
        char id[16];

        snprintf(id, sizeof id, "topic-%d", i);
        assert_result(line_publish(transport, id, "it", 2, LINE_WAIT_MS, NULL),
                      JANGLE_OK);
        publish_straight(i);
    }
    receive_all();
    return 0;
}

static int end(void **state)
{
    (void)state;
    line_close(transport);
    jsCtx_Destroy(context);
    natsConnection_Destroy(other);
    return 0;
}

static enum jangle_result settle_all(struct jangle_settlement settlements[ALL])
{
    for (size_t i = 0; i < ALL; i++)
        settlements[i] = (struct jangle_settlement){
            .parcel = &parcels[i], .disposition = JANGLE_TAKEN, .attempts = 1};
    return transport->ops->settle(transport, settlements, ALL, NULL);
}

static int64_t unsettled(const char *stream)
{
    jsConsumerInfo *info = NULL;
    int64_t count;

    assert_int_equal(js_GetConsumerInfo(&info, context, stream, consumer, NULL, NULL),
                     NATS_OK);
    count = info->NumAckPending + (int64_t)info->NumPending;
    jsConsumerInfo_Destroy(info);
    return count;
}

static void each_of_them_is_settled(void **state)
{
    struct jangle_settlement settlements[ALL];

    (void)state;
    assert_int_equal(unsettled(topic_stream), OF_EACH);
    assert_int_equal(unsettled(own_stream), OF_EACH);
    assert_result(settle_all(settlements), JANGLE_OK);
    for (int i = 0; i < ALL; i++)
        assert_result(settlements[i].result, JANGLE_OK);
    assert_int_equal(unsettled(topic_stream), 0);
    assert_int_equal(unsettled(own_stream), 0);
}

/* Those of the other one are settled, and say so. */
static void those_of_a_consumer_that_is_gone_are_in_conflict(void **state)
{
    struct jangle_settlement settlements[ALL];

    (void)state;
    assert_int_equal(js_DeleteConsumer(context, topic_stream, consumer, NULL, NULL),
                     NATS_OK);
    assert_result(settle_all(settlements), JANGLE_OK);
    for (int i = 0; i < ALL; i++)
        assert_result(settlements[i].result, i % 2 ? JANGLE_OK : JANGLE_CONFLICT);
    assert_int_equal(unsettled(own_stream), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_of_them_is_settled, begin, end),
        cmocka_unit_test_setup_teardown(those_of_a_consumer_that_is_gone_are_in_conflict,
                                        begin, end),
    };
    int failed;

    server = nats_server_start(NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    nats_server_stop(server);
    nats_Close();
    return failed;
}
