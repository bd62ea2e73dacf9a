/* engine.c - a program that takes what petisco publishes: its own messages are
 * stored by their types, and everything in the store queue; what cannot be read is among
 * petisco's dead letters. */
#include "brokers/rabbitmq/line.h"
#include "brokers/rabbitmq/plain_amqp.h"
#include "brokers/rabbitmq/shared.h"
#include "support/domains/exchange.h"

#include <stdio.h>

enum { WAIT_MS = 60000, SEEN_MAX = 8, TEXT_SIZE = 128 };

static struct rabbitmq_server *server;

#define EVENT_KEY   "acme.sales.1.event.coins_taken"
#define COMMAND_KEY "acme.sales.1.command.pay_out"
#define DEAD        "dead_letter." EVENT_KEY ".counter"

/* ---- the program ----------------------------------------------------------------- */

static const struct jangle_rabbitmq_options classic = {.queues = JANGLE_RABBITMQ_CLASSIC};

static const struct jangle_consumer counter = {
    .name = "counter",
    .topic = "acme.sales",
    .routes = JANGLE_ROUTES({.type = &coins_seen, .as = "coins_taken"}),
    .formats = JANGLE_FORMATS(&jangle_petisco),
    .order = JANGLE_ANY_ORDER,
};
static const struct jangle_consumer keeper = {
    .name = "keeper",
    .topic = "acme.sales",
    .routes = JANGLE_ROUTES({.type = &jangle_any}),
    .formats = JANGLE_FORMATS(&jangle_petisco),
    .order = JANGLE_ANY_ORDER,
};

static const struct jangle_consumers consumers = JANGLE_CONSUMERS(&counter, &keeper);

static struct world world;
static int64_t amount;
static char at[TEXT_SIZE];
static char kept[SEEN_MAX][TEXT_SIZE];
static size_t kept_count;

static enum jangle_result note_coins(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    (void)delivery;
    amount += ((const struct coins_seen *)event->data)->amount;
    snprintf(at, sizeof at, "%lld %s", (long long)event->at.us, event->received->id);
    return JANGLE_OK;
}

static enum jangle_result note_any(struct jangle_delivery *delivery,
                                   const struct jangle_event *event)
{
    const struct jangle_any *any = event->data;

    (void)delivery;
    if (kept_count < SEEN_MAX)
        snprintf(kept[kept_count++], TEXT_SIZE, "%s %s", any->type, any->data.text);
    return JANGLE_OK;
}

static const struct jangle_subscriber listener = {
    .name = "listener",
    .handlers = JANGLE_HANDLERS({&coins_seen, note_coins}, {&jangle_any, note_any}),
    .start = JANGLE_FROM_FIRST,
};

static int set_up(void **state)
{
    static const struct jangle_petisco_options options = {.unscoped_store = true};
    static struct jangle_naming naming;
    static const struct jangle_clock system_clock;
    struct jangle_error error;

    (void)state;
    naming = jangle_petisco_names("acme", "sales", &options);
    world_init(&world, false);
    world.config.host.clock = system_clock;
    world.config.broker = jangle_rabbitmq(rabbitmq_server_url(server), &classic);
    world.config.naming = &naming;
    world.config.consumers = consumers;
    world.config.workers = 2;
    world_open(&world, &listener, NULL);
    if (jangle_declare(world.jangle, NULL, &error))
        fail_msg("%s", error.message);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static void wait_for(int64_t position)
{
    struct jangle_error error;

    if (jangle_wait(world.jangle, "listener", position, WAIT_MS, &error))
        fail_msg("%s; %s; %s", error.message, endpoint_of(&world, "counter").reason,
                 endpoint_of(&world, "keeper").reason);
}

/* ---- what petisco publishes ------------------------------------------------------ */

/* Persistent, and neither a content type nor headers. */
static void publish_as_petisco(const char *key, const char *body)
{
    static const amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG,
        .delivery_mode = AMQP_DELIVERY_PERSISTENT};
    amqp_connection_state_t state = plain_connect(server);

    plain_publish(state, "acme.sales", key, &properties, amqp_cstring_bytes(body));
    plain_close(state);
}

static const char event_body[] =
    "{\"data\": {\"id\": \"69d71598-4920-4a59-b006-e4caa3316932\", \"type\": "
    "\"coins.taken\", \"type_message\": \"domain_event\", \"version\": 1, "
    "\"occurred_on\": \"2023-09-20 10:09:57.220432\", \"attributes\": {\"amount\": 5, "
    "\"total\": 7}, \"meta\": {\"info_id\": {\"correlation_id\": \"c\"}}}}";
static const char command_body[] =
    "{\"data\": {\"id\": \"0ab71598-4920-4a59-b006-e4caa3316932\", \"type\": "
    "\"pay.out\", \"type_message\": \"command\", \"version\": 1, \"occurred_on\": "
    "\"2023-09-20 10:09:57.220432\", \"attributes\": {\"amount\": 5}, \"meta\": {}}}";

static void each_comes_by_its_queue_and_all_by_the_store(void **state)
{
    (void)state;
    publish_as_petisco(EVENT_KEY, event_body);
    wait_for(2);
    assert_int_equal(amount, 5);
    assert_string_equal(at, "1695204597220432 69d71598-4920-4a59-b006-e4caa3316932");
    publish_as_petisco(COMMAND_KEY, command_body);
    wait_for(3);
    assert_int_equal(kept_count, 2);
    assert_string_equal(kept[0], "coins_taken {\"amount\": 5, \"total\": 7}");
    assert_string_equal(kept[1], "pay_out {\"amount\": 5}");
}

/* petisco gives them back without end. */
static void what_cannot_be_read_is_dead_at_once(void **state)
{
    static const struct {
        const char *body, *reason;
    } bad[] = {
        {"{\"data\": {\"id\"", "no format of \"counter\" knows this message"},
        {"{\"data\": {\"type\": \"coins.taken\", \"attributes\": 7}}", "attributes"},
    };
    static const struct jangle_queue dead = {.name = DEAD};
    struct jangle_transport *transport =
        line_open_url(rabbitmq_server_url(server), &classic);

    (void)state;
    assert_result(transport->ops->attach(transport, &dead, NULL, 0, NULL), JANGLE_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct jangle_parcel parcel;
        const char *reason;

        publish_as_petisco(EVENT_KEY, bad[i].body);
        parcel = line_receive(transport);
        reason = line_header(&parcel, "jangle-reason");
        assert_string_equal(line_header(&parcel, "jangle-queue"), EVENT_KEY ".counter");
        if (!strstr(reason, bad[i].reason))
            fail_msg("\"%s\" does not say \"%s\"", reason, bad[i].reason);
        assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    }
    line_close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_comes_by_its_queue_and_all_by_the_store),
        cmocka_unit_test(what_cannot_be_read_is_dead_at_once)};
    int failed;

    server = rabbitmq_shared_start();
    failed = cmocka_run_group_tests(tests, set_up, tear_down);
    rabbitmq_server_stop(server);
    return failed;
}
