/* doubt.c - the server cannot tell us something, or what was ours is somebody else's by
 * now: then nothing is acknowledged, called confirmed, or given away. */
#include "brokers/nats/line.h"

#include <nats/nats.h>

#include <pthread.h>
#include <stdio.h>

enum {
    LOOK_MS = 300,
    LOOKS = 6,
    MONTH_S = 30 * 86400,
    LIMIT = 10,
    RACES = 40,
    SERVERS = 8
};

static const struct jangle_nats_options brief = {.ack_wait_ms = 1000};
static const struct jangle_queue ordered = {
    .name = "ordered", .topic = "orders", .in_order = true};

static struct nats_server *server;
static struct jangle_transport *transport;
static natsConnection *other;
static jsCtx *context;

static int begin(void **state)
{
    (void)state;
    assert_int_equal(natsConnection_ConnectTo(&other, nats_server_url(server)), NATS_OK);
    assert_int_equal(natsConnection_JetStream(&context, other, NULL), NATS_OK);
    js_DeleteStream(context, "orders", NULL, NULL); /* if a test has left it */
    transport = line_fresh(nats_server_url(server), &brief);
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

static enum jangle_result publish(const char *topic,
                                  const char *route,
                                  const char *body,
                                  bool must_be_queued,
                                  struct jangle_error *error)
{
    struct jangle_parcel parcel = {.topic = topic,
                                   .route = route,
                                   .body = body,
                                   .body_size = strlen(body),
                                   .must_be_queued = must_be_queued};
    enum jangle_result result =
        transport->ops->publish(transport, &parcel, 1, LINE_WAIT_MS, error);

    return parcel.result ? parcel.result : result;
}

static size_t
look(struct jangle_transport *receiver, int64_t ms, struct jangle_parcel **parcels)
{
    size_t count = 0;

    assert_result(
        receiver->ops->receive(receiver, LIMIT, LINE_BYTES, ms, parcels, &count, NULL),
        JANGLE_OK);
    return count;
}

/* For longer than an ack wait, in which somebody else tends what he has. */
static void assert_nothing_comes(struct jangle_transport *receiver,
                                 struct jangle_transport *tends)
{
    struct jangle_parcel *parcels;

    for (int i = 0; i < LOOKS; i++) {
        assert_result(tends->ops->tend(tends, NULL), JANGLE_OK);
        assert_int_equal(look(receiver, LOOK_MS, &parcels), 0);
    }
}

/* ---- bindings ---------------------------------------------------------------------- */

/* The server gives all routes to a queue with two of them. A message of another route
 * makes us ask whether there are more bindings by now. That cannot be told here, and the
 * message behind it, of a route that is bound, must not be acknowledged for it. */
static void bindings_that_cannot_be_read_lose_nothing(void **state)
{
    static const char *const routes[] = {"one", "two", NULL};
    const struct jangle_queue queue = {
        .name = "routed", .topic = "orders", .routes = routes};
    struct jangle_parcel *parcels;
    size_t count;

    (void)state;
    assert_result(transport->ops->declare_queue(transport, &queue, NULL), JANGLE_OK);
    line_attach(transport, &queue);
    assert_int_equal(js_DeleteStream(context, "routed-queue", NULL, NULL), NATS_OK);
    assert_result(publish("orders", "else", "?", false, NULL), JANGLE_OK);
    assert_result(publish("orders", "one", "1", false, NULL), JANGLE_OK);
    count = look(transport, LINE_WAIT_MS, &parcels);
    assert_int_equal(count, 2);
    assert_string_equal(parcels[1].route, "one");
}

/* A program without jangle may read any subjects of the topic. */
static void consumers_of_others_take_what_their_filters_say(void **state)
{
    static const struct {
        const char *filter, *route;
        enum jangle_result result;
    } cases[] = {{"alone.eu.*", "eu.placed", JANGLE_OK},
                 {"alone.eu.*", "us.placed", JANGLE_NOT_FOUND},
                 {"alone.eu.*", "eu.placed.late", JANGLE_NOT_FOUND},
                 {"alone.eu.>", "eu.placed.late", JANGLE_OK},
                 {"alone.eu.>", "eu", JANGLE_NOT_FOUND},
                 {"alone.*.late", "eu.late", JANGLE_OK},
                 {"alone.>", "eu", JANGLE_OK},
                 {"alone.eu", "eu", JANGLE_OK},
                 {"alone.eu", "eu.late", JANGLE_NOT_FOUND}};

    (void)state;
    assert_result(transport->ops->declare_topic(transport, "alone", NULL), JANGLE_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        jsConsumerConfig config;
        enum jangle_result result;

        jsConsumerConfig_Init(&config);
        config.Durable = "stranger";
        config.FilterSubject = cases[i].filter;
        config.AckPolicy = js_AckExplicit;
        assert_int_equal(js_AddConsumer(NULL, context, "alone", &config, NULL, NULL),
                         NATS_OK);
        result = publish("alone", cases[i].route, "x", true, NULL);
        if (result != cases[i].result)
            fail_msg("%s and %s: %s", cases[i].filter, cases[i].route,
                     jangle_result_name(result));
        assert_int_equal(js_DeleteConsumer(context, "alone", "stranger", NULL, NULL),
                         NATS_OK);
    }
    assert_result(transport->ops->remove_topic(transport, "alone", NULL), JANGLE_OK);
}

/* Two programs of one server, and who looks what they have made. */
struct race {
    struct nats_server *server;
    struct jangle_transport *first, *second;
    natsConnection *connection;
    jsCtx *context;
};

static void begin_race(struct race *race)
{
    race->server = nats_server_start(NULL);
    race->first = line_fresh(nats_server_url(race->server), NULL);
    race->second = line_open(nats_server_url(race->server), NULL);
    assert_int_equal(
        natsConnection_ConnectTo(&race->connection, nats_server_url(race->server)),
        NATS_OK);
    assert_int_equal(natsConnection_JetStream(&race->context, race->connection, NULL),
                     NATS_OK);
}

static void end_race(struct race *race)
{
    jsCtx_Destroy(race->context);
    natsConnection_Destroy(race->connection);
    line_close(race->second);
    line_close(race->first);
    nats_server_stop(race->server);
}

static enum jangle_result bind_route(struct jangle_transport *to, const char *route)
{
    const char *const routes[] = {route, NULL};
    const struct jangle_queue queue = {
        .name = "shared", .topic = "orders", .routes = routes};

    return to->ops->declare_queue(to, &queue, NULL);
}

static void *bind_two(void *started)
{
    struct race *race = started;

    return bind_route(race->second, "two") ? race : NULL;
}

/* False: the server has not taken part. That of Debian 12 may lose what two make at once,
 * or end. */
static bool run_race(struct race *race)
{
    const struct jangle_queue queue = {.name = "shared"};
    jsConsumerInfo *info = NULL;
    pthread_t thread;
    void *failed = NULL;
    bool took_part;

    if (race->first->ops->remove_queue(race->first, &queue, NULL))
        return false;
    assert_int_equal(pthread_create(&thread, NULL, bind_two, race), 0);
    took_part = !bind_route(race->first, "one");
    assert_int_equal(pthread_join(thread, &failed), 0);
    if (!took_part || failed ||
        js_GetConsumerInfo(&info, race->context, "orders", "shared", NULL, NULL))
        return false;
    assert_true(!info->Config->FilterSubject || !*info->Config->FilterSubject);
    jsConsumerInfo_Destroy(info);
    return true;
}

/* The first to write the filter may not write the last one: then nothing of the other
 * route would come, without a word. */
static void two_that_bind_at_once_get_both_routes(void **state)
{
    int races = 0;

    (void)state;
    for (int servers = 0; servers < SERVERS && races < RACES; servers++) {
        struct race race;

        begin_race(&race);
        while (races < RACES && run_race(&race))
            races++;
        end_race(&race);
    }
    assert_true(races > 0);
}

/* An operator repeats a purge that failed half way, when its consumer is away. */
static void a_purge_makes_the_consumer_again(void **state)
{
    struct jangle_parcel parcel;

    (void)state;
    assert_int_equal(js_DeleteConsumer(context, "orders", line_queue.name, NULL, NULL),
                     NATS_OK);
    assert_result(transport->ops->purge(transport, line_queue.name, NULL), JANGLE_OK);
    assert_result(publish("orders", "placed", "1", true, NULL), JANGLE_OK);
    line_attach(transport, &line_queue);
    parcel = line_receive(transport);
    assert_memory_equal(parcel.body, "1", 1);
}

/* ---- confirms ---------------------------------------------------------------------- */

static void answer(natsConnection *connection,
                   natsSubscription *subscription,
                   natsMsg *message,
                   void *closure)
{
    (void)subscription, (void)closure;
    natsConnection_PublishString(connection, natsMsg_GetReply(message), "hello");
    natsMsg_Destroy(message);
}

/* Somebody listens there and answers, and has stored nothing. */
static void an_answer_is_no_confirm(void **state)
{
    natsSubscription *subscription = NULL;
    struct jangle_error error = {0};

    (void)state;
    assert_int_equal(
        natsConnection_Subscribe(&subscription, other, "plain.>", answer, NULL), NATS_OK);
    assert_int_equal(natsConnection_Flush(other), NATS_OK);
    assert_result(publish("plain", "placed", "1", false, &error), JANGLE_NOT_FOUND);
    assert_non_null(strstr(error.message, "plain"));
    natsSubscription_Destroy(subscription);
}

/* Nobody answers for the topic, and nobody says that there is none: so it is away, which
 * counts as no attempt of what is published. */
static void a_topic_that_does_not_answer_is_not_missing(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    assert_true(nats_server_kill(server));
    assert_true(nats_server_start_without_streams(server));
    assert_result(publish("orders", "placed", "1", false, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "orders"));
    assert_true(nats_server_kill(server));
    assert_true(nats_server_start_again(server));
}

/* A text with commas names several servers, in which a sign may be written as %XX. The
 * first one is not there. */
static void the_second_server_of_a_text_is_reached(void **state)
{
    char urls[200];
    struct jangle_error error = {0};
    struct jangle_transport *second;

    (void)state;
    assert_string_equal(nats_server_password, "s3cret-pa55");
    snprintf(urls, sizeof urls,
             "nats://127.0.0.1:1,nats://jangle:s3cret%%2Dpa55@127.0.0.1:%d",
             nats_server_port(server));
    second = line_open(urls, NULL);
    assert_result(second->ops->declare_topic(second, "orders", NULL), JANGLE_OK);
    line_close(second);
    second = line_open("nats://user:s3cret@127.0.0.1:1", NULL);
    assert_result(second->ops->declare_topic(second, "orders", &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "127.0.0.1:1"));
    assert_non_null(strstr(error.message, "nats-server"));
    assert_null(strstr(error.message, "s3cret"));
    line_close(second);
}

/* ---- what is somebody else's by now --------------------------------------------------
 */

/* A process that stood still for longer than its turn ends, while another has it. */
static void a_turn_that_went_on_is_not_given_away(void **state)
{
    struct jangle_transport *second = line_open(nats_server_url(server), &brief);
    struct jangle_transport *third = line_open(nats_server_url(server), &brief);
    struct jangle_parcel *parcels, parcel;

    (void)state;
    assert_result(transport->ops->declare_queue(transport, &ordered, NULL), JANGLE_OK);
    line_attach(transport, &ordered);
    assert_int_equal(look(transport, LOOK_MS, &parcels), 0);
    line_attach(second, &ordered);
    assert_result(publish("orders", "placed", "1", false, NULL), JANGLE_OK);
    parcel = line_receive(second);
    assert_result(transport->ops->detach(transport, ordered.name, NULL), JANGLE_OK);
    line_attach(third, &ordered);
    assert_result(publish("orders", "placed", "2", false, NULL), JANGLE_OK);
    assert_nothing_comes(third, second);
    assert_result(line_settle(second, &parcel, JANGLE_TAKEN), JANGLE_OK);
    parcel = line_receive(second);
    assert_memory_equal(parcel.body, "2", 1);
    line_close(second);
    line_close(third);
    assert_result(transport->ops->remove_queue(transport, &ordered, NULL), JANGLE_OK);
}

static void what_another_has_is_not_given_back(void **state)
{
    struct jangle_transport *second = line_open(nats_server_url(server), &brief);
    struct jangle_transport *third = line_open(nats_server_url(server), &brief);
    struct jangle_parcel parcel;

    (void)state;
    line_attach(transport, &line_queue);
    assert_result(publish("orders", "placed", "1", false, NULL), JANGLE_OK);
    line_receive(transport);
    line_attach(second, &line_queue);
    parcel = line_receive(second);
    assert_result(transport->ops->detach(transport, line_queue.name, NULL), JANGLE_OK);
    line_attach(third, &line_queue);
    assert_nothing_comes(third, second);
    assert_result(line_settle(second, &parcel, JANGLE_TAKEN), JANGLE_OK);
    line_close(second);
    line_close(third);
}

/* ---- delays ------------------------------------------------------------------------ */

/* With the attempts that the server has counted, and with others. */
static void a_long_delay_is_no_short_one(void **state)
{
    struct jangle_settlement settlement = {.disposition = JANGLE_AGAIN,
                                           .delay_ms = INT64_C(1000) * MONTH_S};
    struct jangle_parcel *parcels, parcel;

    (void)state;
    line_attach(transport, &line_queue);
    for (int attempts = 1; attempts < 9; attempts += 7) {
        assert_result(publish("orders", "placed", "1", false, NULL), JANGLE_OK);
        parcel = line_receive(transport);
        settlement.parcel = &parcel;
        settlement.attempts = attempts;
        assert_result(transport->ops->settle(transport, &settlement, 1, NULL), JANGLE_OK);
        assert_result(settlement.result, JANGLE_OK);
        assert_int_equal(look(transport, LOOK_MS, &parcels), 0);
    }
    settlement.delay_ms = INT64_MAX;
    assert_result(publish("orders", "placed", "1", false, NULL), JANGLE_OK);
    parcel = line_receive(transport);
    assert_result(transport->ops->settle(transport, &settlement, 1, NULL), JANGLE_OK);
    assert_int_equal(look(transport, LOOK_MS, &parcels), 0);
}

/* Nobody has so much room, but somebody may say so. */
static void any_number_of_bytes_may_be_asked_for(void **state)
{
    struct jangle_parcel *parcels;
    size_t count = 0;

    (void)state;
    line_attach(transport, &line_queue);
    assert_result(publish("orders", "placed", "1", false, NULL), JANGLE_OK);
    assert_result(transport->ops->receive(transport, LIMIT, SIZE_MAX, LINE_WAIT_MS / 10,
                                          &parcels, &count, NULL),
                  JANGLE_OK);
    assert_int_equal(count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bindings_that_cannot_be_read_lose_nothing),
        TEST(consumers_of_others_take_what_their_filters_say),
        TEST(two_that_bind_at_once_get_both_routes),
        TEST(a_purge_makes_the_consumer_again),
        TEST(an_answer_is_no_confirm),
        TEST(a_topic_that_does_not_answer_is_not_missing),
        TEST(the_second_server_of_a_text_is_reached),
        TEST(a_turn_that_went_on_is_not_given_away),
        TEST(what_another_has_is_not_given_back),
        TEST(a_long_delay_is_no_short_one),
        TEST(any_number_of_bytes_may_be_asked_for)};
    int failed;

    server = nats_server_start(NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    nats_server_stop(server);
    nats_Close();
    return failed;
}
