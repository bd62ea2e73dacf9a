/* loose.c - CloudEvents of programs that are not careful: what the specification
 * allows is stored, and the rest is dead with a reason that says what is wrong. Nothing
 * holds up what comes behind it. */
#include "brokers/rabbitmq/line.h"
#include "brokers/rabbitmq/plain_amqp.h"
#include "brokers/rabbitmq/shared.h"
#include "support/domains/exchange.h"

#include <stdio.h>

enum { STORED = 6, WAIT_MS = 60000 };

static struct rabbitmq_server *server;
static struct neighbours both;

/* ---- the program ----------------------------------------------------------------- */

static int64_t amounts[STORED];
static char extra[256]; /* of the event whose extensions are no texts */
static size_t stored;

static enum jangle_result note_coins(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    const struct coins_put_in *coins = event->data;

    (void)delivery;
    if (stored < STORED)
        amounts[stored++] = coins->amount;
    if (*event->received->extra && strstr(event->received->extra, "number"))
        snprintf(extra, sizeof extra, "%s", event->received->extra);
    return JANGLE_OK;
}

static const struct jangle_subscriber listener = {
    .name = "listener",
    .handlers = JANGLE_HANDLERS({&coins_put_in, note_coins}),
    .start = JANGLE_FROM_FIRST,
};

static void open_taker(void)
{
    static const struct jangle_clock system_clock;
    struct jangle_config *config = &both.taker.config;
    struct jangle_error error;

    neighbours_init(&both, false);
    config->host.clock = system_clock;
    config->broker = jangle_rabbitmq(rabbitmq_server_url(server), NULL);
    config->workers = 2;
    consume_with(&both.taker, &purse_watch);
    world_open(&both.taker, &listener, NULL);
    if (jangle_declare(both.taker.jangle, NULL, &error))
        fail_msg("%s", error.message);
}

/* ---- what others send ------------------------------------------------------------ */

#define EVENT(id)                                                                        \
    "{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"" id                             \
    "\","                                                                                \
    "\"type\":\"coins_put_in\""
#define COINS(n) "{\"amount\":" n ",\"total\":" n "}"

enum { HEADERS_MAX = 8 };

/* A header that is called after a kind of value has one of that kind, and no text. */
struct loose {
    const char *content_type; /* NULL: none */
    const char *headers[HEADERS_MAX][2];
    const char *body;
    const char *reason; /* why it is dead; NULL: it is stored */
};

#define BINARY(id)                                                                       \
    {"cloudEvents_specversion", "1.0"}, {"cloudEvents_id", id},                          \
        {"cloudEvents_source", "s"},                                                     \
    {                                                                                    \
        "cloudEvents_type", "coins_put_in"                                               \
    }

static const struct loose messages[] = {
    {.body = EVENT("1") ",\"data\":" COINS("1") "}"},
    {.body = EVENT("a") ",\"data\":null}",
     .reason = "coins_put_in: is null, not an object"},
    {.headers = {BINARY("2")}, .body = COINS("2")},
    {.body = EVENT("b") "}", .reason = "coins_put_in: the message has no data"},
    {.headers = {BINARY("3"),
                 {"cloudEvents_number", "7"},
                 {"cloudEvents_truth", "1"},
                 {"cloudEvents_moment", "1764439200"},
                 {"cloudEvents_table", ""}},
     .content_type = "application/json",
     .body = COINS("3")},
    {.body = EVENT("c") ",\"data\":" COINS("1") ",\"data_base64\":\"e30=\"}",
     .reason = "cloudevents: data_base64: is given besides \"data\""},
    {.headers = {{"CLOUDEVENTS_SPECVERSION", "1.0"},
                 {"CloudEvents:Id", "4"},
                 {"cloudevents_SOURCE", "s"},
                 {"cloudEvents:type", "coins_put_in"}},
     .body = COINS("4")},
    {.headers = {{"cloudEvents_specversion", "1.0"},
                 {"cloudEvents_source", "s"},
                 {"cloudEvents_type", "coins_put_in"}},
     .body = COINS("1"),
     .reason = "cloudevents: id: is missing"},
    {.content_type = "Application/CloudEvents+JSON; charset=UTF-8",
     .body = EVENT("5") ",\"data\":" COINS("5") "}"},
    {.headers = {BINARY("d")},
     .body = "",
     .reason = "coins_put_in: the message has no data"},
    {.body = EVENT("6") ",\"datacontenttype\":\"application/json\",\"data_base64\":"
                        "\"eyJhbW91bnQiOjYsInRvdGFsIjo2fQ==\"}"},
};

enum { MESSAGES = sizeof messages / sizeof *messages };

static amqp_field_value_t value_of(const char *name, const char *text)
{
    if (strstr(name, "number"))
        return (amqp_field_value_t){.kind = AMQP_FIELD_KIND_I64, .value.i64 = 7};
    if (strstr(name, "truth"))
        return (amqp_field_value_t){.kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = 1};
    if (strstr(name, "moment"))
        return (amqp_field_value_t){.kind = AMQP_FIELD_KIND_TIMESTAMP,
                                    .value.u64 = 1764439200};
    if (strstr(name, "table"))
        return (amqp_field_value_t){.kind = AMQP_FIELD_KIND_TABLE};
    return plain_text(text);
}

static void publish_loose(amqp_connection_state_t state, const struct loose *message)
{
    amqp_table_entry_t entries[HEADERS_MAX];
    amqp_basic_properties_t properties = {._flags = AMQP_BASIC_HEADERS_FLAG,
                                          .headers = {.entries = entries}};

    for (int i = 0; i < HEADERS_MAX && message->headers[i][0]; i++)
        entries[properties.headers.num_entries++] =
            plain_entry(message->headers[i][0],
                        value_of(message->headers[i][0], message->headers[i][1]));
    if (message->content_type) {
        properties._flags |= AMQP_BASIC_CONTENT_TYPE_FLAG;
        properties.content_type = amqp_cstring_bytes(message->content_type);
    }
    plain_publish(state, "", "watch", &properties, amqp_cstring_bytes(message->body));
}

/* ---- what became of it ---------------------------------------------------------- */

static void assert_dead(struct jangle_transport *transport, const struct loose *message)
{
    struct jangle_parcel parcel = line_receive(transport);
    const char *reason = line_header(&parcel, "jangle-reason");

    assert_non_null(reason);
    assert_string_equal(reason, message->reason);
    assert_int_equal(parcel.body_size, strlen(message->body));
    assert_memory_equal(parcel.body, message->body, parcel.body_size);
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
}

static void each_is_stored_or_dead_with_a_reason(void **state)
{
    static const struct jangle_queue dead = {.name = "watch.dead"};
    amqp_connection_state_t others = plain_connect(server);
    struct jangle_transport *transport = line_open(server);
    struct jangle_error error;

    (void)state;
    open_taker();
    for (size_t i = 0; i < MESSAGES; i++)
        publish_loose(others, &messages[i]);
    if (jangle_wait(both.taker.jangle, "listener", STORED, WAIT_MS, &error))
        fail_msg("%s; %s", error.message, endpoint_of(&both.taker, "watch").reason);
    for (size_t i = 0; i < STORED; i++)
        assert_int_equal(amounts[i], i + 1);
    assert_string_equal(
        extra,
        "{\"number\":\"7\",\"truth\":\"true\",\"moment\":\"2025-11-29T18:00:00Z\"}");
    assert_result(transport->ops->attach(transport, &dead, NULL, 0, NULL), JANGLE_OK);
    for (size_t i = 0; i < MESSAGES; i++)
        if (messages[i].reason)
            assert_dead(transport, &messages[i]);
    assert_int_equal(line_count(transport, "watch.dead"), 0);
    assert_int_equal(line_count(transport, "watch"), 0);
    line_close(transport);
    plain_close(others);
    neighbours_finish(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_stored_or_dead_with_a_reason)};
    int failed;

    server = rabbitmq_shared_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rabbitmq_server_stop(server);
    return failed;
}
