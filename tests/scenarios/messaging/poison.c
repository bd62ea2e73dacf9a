/* poison.c - messages that cannot be taken: each is a dead letter with its reason, and
 * holds up nothing else; so many in a row that the program may be at fault suspend the
 * consumer. */
#include "support/domains/stranger.h"

#include <string.h>

#define QUEUE "watch"

static struct follower heard;
static const struct jangle_subscriber listener = {
    .name = "listener",
    .context = &heard,
    .handlers = {follower_handlers, 1},
    .start = JANGLE_FROM_FIRST,
};

static struct neighbours neighbours;
static struct stranger stranger;

static int dead_lines;   /* of what is logged */
static char dead_id[64]; /* that of the last one */

static void note_line(void *context, const struct jangle_log_entry *line)
{
    (void)context;
    if (strcmp(line->topic, "RECEIVED_DEAD") != 0)
        return;
    dead_lines++;
    for (size_t i = 0; i < line->pair_count; i++)
        if (!strcmp(line->pairs[i].name, "id"))
            snprintf(dead_id, sizeof dead_id, "%s", line->pairs[i].text);
}

/* The broker of the consumer is the hub, and counts what it hands out. */
static struct jangle_transport_ops counting_ops;
static jangle_transport_receive_fn *receive_at_hub;
static jangle_transport_settle_fn *settle_at_hub;
static size_t handed_out, settled;
static char last_id[64]; /* of the last parcel that has one, until it is settled */

static enum jangle_result receive_counted(struct jangle_transport *transport,
                                          size_t limit,
                                          size_t bytes,
                                          int64_t wait_ms,
                                          struct jangle_parcel **parcels,
                                          size_t *count,
                                          struct jangle_error *error)
{
    enum jangle_result result =
        receive_at_hub(transport, limit, bytes, wait_ms, parcels, count, error);

    handed_out += result ? 0 : *count;
    for (size_t i = 0; !result && i < *count; i++)
        if ((*parcels)[i].id) {
            snprintf(last_id, sizeof last_id, "%s", (*parcels)[i].id);
            (*parcels)[i].id = last_id;
        }
    return result;
}

static enum jangle_result settle_counted(struct jangle_transport *transport,
                                         struct jangle_settlement *settlements,
                                         size_t count,
                                         struct jangle_error *error)
{
    settled += count;
    memset(last_id, '?', sizeof last_id - 1); /* it is the transport's again */
    return settle_at_hub(transport, settlements, count, error);
}

static enum jangle_result open_counting(const struct jangle_broker *broker,
                                        const struct jangle_host *host,
                                        const char *name,
                                        struct jangle_transport **transport,
                                        struct jangle_error *error)
{
    struct jangle_broker at_hub = jangle_hub_broker(neighbours.hub);
    enum jangle_result result = at_hub.open(&at_hub, host, name, transport, error);

    (void)broker;
    if (result)
        return result;
    counting_ops = *(*transport)->ops;
    receive_at_hub = counting_ops.receive;
    counting_ops.receive = receive_counted;
    settle_at_hub = counting_ops.settle;
    counting_ops.settle = settle_counted;
    (*transport)->ops = &counting_ops;
    return JANGLE_OK;
}

static void open_taker(const struct jangle_consumer *consumer)
{
    handed_out = settled = 0;
    heard = (struct follower){0};
    dead_lines = 0;
    neighbours_init(&neighbours, false);
    neighbours.taker.config.broker.open = open_counting;
    neighbours.taker.config.host.logger.write = note_line;
    consume_with(&neighbours.taker, consumer);
}

static void start_taker(void)
{
    world_open(&neighbours.taker, &listener, NULL);
    neighbours_poll(&neighbours);
    stranger_init(&stranger, &neighbours);
}

static int open_watch(void **state)
{
    (void)state;
    open_taker(&purse_watch);
    neighbours.taker.config.message_bytes = 1000;
    start_taker();
    return 0;
}

static int close_watch(void **state)
{
    (void)state;
    stranger_finish(&stranger);
    neighbours_finish(&neighbours);
    follower_clear(&heard);
    return 0;
}

static struct jangle_endpoint_stats figures(void)
{
    return endpoint_of(&neighbours.taker, "watch");
}

static void send_event(struct stranger_says says)
{
    stranger_send(&stranger, QUEUE, says);
}

/* ---- one by one ------------------------------------------------------------------ */

#define CE "application/cloudevents+json"
#define EVENT                                                                            \
    "{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"1\",\"type\":\"coins_put_in\""

static const struct {
    const char *content_type, *body, *reason;
} bad[] = {
    {CE, "{",
     "cloudevents: the body: is not JSON at byte 1: a member's name was expected"},
    {CE, "", "cloudevents: the body: is no JSON object"},
    {CE, "\"text\"", "cloudevents: the body: is no JSON object"},
    {CE, "{\"specversion\":\"1.0\"}", "cloudevents: id: is missing"},
    {CE, EVENT ",\"data\":{\"amount\":1,\"total\":}}",
     "cloudevents: the body: is not JSON at byte 92: a value was expected"},
    {CE, EVENT ",\"data\":{\"amount\":1,\"total\":\"\xff\"}}",
     "cloudevents: the body: is not JSON at byte 93: it is not UTF-8"},
    {CE, EVENT ",\"data\":{\"amount\":0,\"total\":1}}",
     "coins_put_in.amount: 0 is not in 1..9223372036854775807"},
    {CE, EVENT ",\"data\":{\"amount\":\"1\"}}",
     "coins_put_in.amount: is a text, not a whole number"},
    {CE, EVENT ",\"data\":7}", "coins_put_in: is a number, not an object"},
    {CE, EVENT ",\"data\":null}", "coins_put_in: is null, not an object"},
    {CE, EVENT "}", "coins_put_in: the message has no data"},
    {"application/cloudevents-batch+json", "[]",
     "cloudevents: content type: is neither application/cloudevents+json nor that of "
     "data"},
    {"text/csv", "1,2", "no format of \"watch\" knows this message"},
    {NULL, "1,2", "no format of \"watch\" knows this message"},
    {NULL, NULL, "no format of \"watch\" knows this message"},
};

static void each_has_its_reason_and_holds_up_nobody(void **state)
{
    size_t count = sizeof bad / sizeof *bad;

    (void)state;
    for (size_t i = 0; i < count; i++) {
        stranger_send_parcel(&stranger, QUEUE,
                             (struct jangle_parcel){.content_type = bad[i].content_type,
                                                    .body = bad[i].body});
        send_event((struct stranger_says){0});
        neighbours_poll(&neighbours);
        stranger_expect_dead(&stranger, QUEUE, bad[i].reason);
        assert_int_equal(heard.count, i + 1);
    }
    assert_int_equal(figures().received, 2 * count);
    assert_int_equal(handed_out, 2 * count);
    assert_int_equal(figures().dead, count);
    assert_int_equal(dead_lines, count);
    assert_int_equal(stranger_count(&stranger, QUEUE), 0);
}

static void an_id_with_other_contents_is_a_dead_letter(void **state)
{
    static const char reason[] =
        "the message a of /stranger was received before with other contents";

    (void)state;
    send_event((struct stranger_says){.id = "a"});
    send_event((struct stranger_says){.id = "a"});
    send_event((struct stranger_says){.id = "a", .data = "{\"amount\":2,\"total\":2}"});
    neighbours_poll(&neighbours); /* all three at once */
    stranger_expect_dead(&stranger, QUEUE, reason);
    send_event((struct stranger_says){.id = "a", .data = "{\"amount\":3,\"total\":2}"});
    send_event((struct stranger_says){.id = "a"});
    neighbours_poll(&neighbours);
    stranger_expect_dead(&stranger, QUEUE, reason);
    assert_int_equal(figures().taken, 1);
    assert_int_equal(figures().repeated, 2);
    assert_int_equal(figures().dead, 2);
    assert_int_equal(heard.count, 1);
}

/* Two programs may use one id: the source tells their messages apart. */
static void an_id_of_another_source_is_another_message(void **state)
{
    static const char body[] =
        "{\"specversion\":\"1.0\",\"source\":\"%s\","
        "\"id\":\"0190a5c0-5d8a-7cc1-8f2e-3a1b5c7d9e0f\",\"type\":\"coins_put_in\","
        "\"data\":{\"amount\":1,\"total\":%d}}";
    char one[256], other[256];

    (void)state;
    snprintf(one, sizeof one, body, "/one", 1);
    snprintf(other, sizeof other, body, "/other", 2);
    for (int i = 0; i < 2; i++) {
        stranger_send_parcel(&stranger, QUEUE,
                             (struct jangle_parcel){.content_type = CE, .body = one});
        stranger_send_parcel(&stranger, QUEUE,
                             (struct jangle_parcel){.content_type = CE, .body = other});
        neighbours_poll(&neighbours);
    }
    assert_int_equal(figures().taken, 2);
    assert_int_equal(figures().repeated, 2);
    assert_int_equal(figures().dead, 0);
    assert_int_equal(heard.count, 2);
}

/* What cannot be read is known by the id of its parcel. */
static void the_log_names_what_cannot_be_read(void **state)
{
    (void)state;
    stranger_send_parcel(
        &stranger, QUEUE,
        (struct jangle_parcel){.content_type = CE, .body = "{", .id = "p-7"});
    neighbours_poll(&neighbours);
    assert_string_equal(dead_id, "p-7");
}

/* The format has no ids, so that of the parcel is the message's. It is the transport's,
 * which forgets it when it is told what became of the parcel. */
static int open_melange(void **state)
{
    static const struct jangle_format *const formats[] = {&jangle_melange};
    static struct jangle_consumer consumer;

    (void)state;
    consumer = purse_watch;
    consumer.formats = (struct jangle_formats){formats, 1};
    open_taker(&consumer);
    start_taker();
    return 0;
}

static void the_log_names_what_the_broker_was_told_of(void **state)
{
    (void)state;
    stranger_send_parcel(
        &stranger, QUEUE,
        (struct jangle_parcel){
            .body = "{\"event_type_name\":\"coins_put_in\",\"amount\":0,\"total\":0}",
            .id = "p-8"});
    neighbours_poll(&neighbours);
    assert_int_equal(figures().dead, 1);
    assert_string_equal(dead_id, "p-8");
}

static void what_is_too_large_is_a_dead_letter(void **state)
{
    char more[2048], sentence[160];

    (void)state;
    snprintf(more, sizeof more, "\"note\":\"%0*d\"", 1000, 0);
    send_event((struct stranger_says){.id = "a", .more = more});
    neighbours_poll(&neighbours);
    snprintf(sentence, sizeof sentence,
             "it has %zu bytes, and config.message_bytes is 1000",
             strlen(EVENT ",\"data\":{\"amount\":1,\"total\":1}}") + strlen("/tranger") +
                 strlen(",") + strlen(more));
    stranger_expect_dead(&stranger, QUEUE, sentence);
    assert_int_equal(heard.count, 0);
}

/* What a message says besides its data is stored, too, and escaped once more. */
static void so_is_what_is_too_large_when_it_is_stored(void **state)
{
    char quotes[801], more[1024];

    (void)state;
    for (size_t i = 0; i < sizeof quotes - 1; i++)
        quotes[i] = i % 2 ? '"' : '\\';
    quotes[sizeof quotes - 1] = '\0';
    snprintf(more, sizeof more, "\"note\":\"%s\"", quotes);
    send_event((struct stranger_says){.more = more});
    send_event((struct stranger_says){0});
    neighbours_poll(&neighbours);
    assert_int_equal(figures().dead, 1);
    stranger_expect_dead(&stranger, QUEUE,
                         "what it says besides its data: received_details: is longer "
                         "than 1000 bytes of JSON (message_bytes)");
    assert_int_equal(heard.count, 1);
}

static void what_is_nested_too_deeply_is_one_as_well(void **state)
{
    static const char open[] = "[[[[[[[[[[[[[[[[", shut[] = "]]]]]]]]]]]]]]]]";
    char data[256];

    (void)state;
    snprintf(data, sizeof data, "{\"amount\":1,\"total\":1,\"deep\":%s%s%s%s%s%s%s%s}",
             open, open, open, open, shut, shut, shut, shut);
    send_event((struct stranger_says){.data = data});
    neighbours_poll(&neighbours);
    stranger_expect_dead(
        &stranger, QUEUE,
        "coins_put_in: malformed JSON at byte 92: it is nested too deep");
    assert_int_equal(heard.count, 0);
}

static void a_type_without_a_row_is_ignored_and_counted(void **state)
{
    (void)state;
    send_event((struct stranger_says){.type = "coins_counted"});
    send_event((struct stranger_says){.type = "coins_taken_out", .data = "[]"});
    neighbours_poll(&neighbours);
    assert_int_equal(figures().received, 2);
    assert_int_equal(figures().ignored, 2);
    assert_int_equal(figures().taken + figures().dead, 0);
    assert_int_equal(stranger_count(&stranger, QUEUE), 0);
    assert_int_equal(stranger_count(&stranger, QUEUE ".dead"), 0);
}

/* ---- too many in a row ----------------------------------------------------------- */

static void send_bad(int count)
{
    for (int i = 0; i < count; i++)
        send_event((struct stranger_says){.data = "{\"amount\":0,\"total\":0}"});
}

static void sixteen_in_a_row_suspend_the_consumer(void **state)
{
    (void)state;
    send_bad(15);
    send_event((struct stranger_says){0});
    send_bad(40);
    neighbours_poll(&neighbours);
    send_event((struct stranger_says){0});
    neighbours_poll(&neighbours);
    assert_int_equal(figures().dead, 15 + 16);
    assert_int_equal(heard.count, 1);
    assert_int_equal(stranger_count(&stranger, QUEUE), 24 + 1);
    assert_int_equal(stranger_count(&stranger, QUEUE ".dead"), 31);
    assert_string_equal(figures().reason,
                        "16 messages in a row cannot be taken; the last: "
                        "coins_put_in.amount: 0 is not in 1..9223372036854775807");
}

/* One is tried under back-off, and given back: 200 attempts kill none of those that wait,
 * and each attempt receives one message. */
static void while_it_is_suspended_none_is_lost(void **state)
{
    (void)state;
    send_bad(20);
    neighbours_poll(&neighbours);
    send_event((struct stranger_says){0});
    assert_int_equal(stranger_count(&stranger, QUEUE), 5);
    for (int i = 0; i < 200; i++) {
        neighbours_pass(&neighbours, 300001);
        neighbours_poll(&neighbours);
    }
    assert_int_equal(figures().dead, 16);
    assert_int_equal(figures().received, 16);
    assert_int_equal(handed_out, 20 + 200);
    assert_int_equal(settled, handed_out); /* so that the transport can forget them */
    assert_int_equal(stranger_count(&stranger, QUEUE), 5);
    assert_int_equal(stranger_count(&stranger, QUEUE ".dead"), 16);
    assert_int_equal(heard.count, 0);
    assert_int_equal(strncmp(figures().reason, "16 messages", 11), 0);
}

/* What was wrong is mended at the sender, so the bad ones are removed by hand. */
static void a_good_one_ends_it(void **state)
{
    struct jangle_transport *transport = stranger.transport;

    (void)state;
    send_bad(20);
    neighbours_poll(&neighbours);
    assert_result(transport->ops->purge(transport, QUEUE, NULL), JANGLE_OK);
    send_event((struct stranger_says){0});
    stranger_send_many(&stranger, QUEUE, 40);
    send_bad(15);
    send_event((struct stranger_says){0});
    neighbours_poll(&neighbours);
    assert_int_equal(heard.count, 0); /* it is not due yet */
    neighbours_pass(&neighbours, 300001);
    neighbours_poll(&neighbours);
    assert_int_equal(heard.count, 42);
    assert_int_equal(figures().dead, 16 + 15);
    assert_string_equal(figures().reason, "");
    assert_int_equal(stranger_count(&stranger, QUEUE), 0);
    send_bad(20); /* as at the first time */
    neighbours_poll(&neighbours);
    assert_int_equal(figures().dead, 16 + 15 + 16);
    assert_int_equal(stranger_count(&stranger, QUEUE), 4);
}

/* What came together with the bad ones was stored with them. It is given back as well,
 * and is known when it comes again. */
static void a_good_one_behind_them_is_stored_once(void **state)
{
    (void)state;
    send_bad(16);
    send_event((struct stranger_says){.id = "good"});
    neighbours_poll(&neighbours);
    assert_int_equal(heard.count, 1);
    assert_int_equal(stranger_count(&stranger, QUEUE), 1);
    neighbours_pass(&neighbours, 300001);
    neighbours_poll(&neighbours);
    assert_int_equal(heard.count, 1);
    assert_int_equal(figures().repeated, 1);
    assert_int_equal(stranger_count(&stranger, QUEUE), 0);
    assert_string_equal(figures().reason, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test, open) cmocka_unit_test_setup_teardown(test, open, close_watch)
        TEST(each_has_its_reason_and_holds_up_nobody, open_watch),
        TEST(an_id_with_other_contents_is_a_dead_letter, open_watch),
        TEST(an_id_of_another_source_is_another_message, open_watch),
        TEST(the_log_names_what_cannot_be_read, open_watch),
        TEST(the_log_names_what_the_broker_was_told_of, open_melange),
        TEST(what_is_too_large_is_a_dead_letter, open_watch),
        TEST(so_is_what_is_too_large_when_it_is_stored, open_watch),
        TEST(what_is_nested_too_deeply_is_one_as_well, open_watch),
        TEST(a_type_without_a_row_is_ignored_and_counted, open_watch),
        TEST(sixteen_in_a_row_suspend_the_consumer, open_watch),
        TEST(while_it_is_suspended_none_is_lost, open_watch),
        TEST(a_good_one_ends_it, open_watch),
        TEST(a_good_one_behind_them_is_stored_once, open_watch),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
