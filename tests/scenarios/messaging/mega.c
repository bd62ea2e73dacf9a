/* mega.c - programs that speak SQS MEGA's payloads to each other: events with an object
 * and what else a translation says, data objects, text and bytes. */
#include "support/domains/stranger.h"

#include <jangle/mega.h>

#include <string.h>

static struct neighbours neighbours;
static struct stranger stranger;

static int set_up(void **state)
{
    (void)state;
    neighbours_init(&neighbours, false);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stranger_finish(&stranger);
    neighbours_finish(&neighbours);
    return 0;
}

/* ---- what was received ----------------------------------------------------------- */

struct item_added {
    const char *item_id;
    int64_t quantity;
};

static JANGLE_EVENT(item_added, item_id, quantity, version(2));

struct copy {
    char type[32], source[32], key[32], data[128], content_type[40], extra[256];
    int64_t quantity;
    jangle_time at;
};

static struct copy seen[8];
static size_t seen_count;

static struct copy *see(const struct jangle_event *event)
{
    struct copy *copy = &seen[seen_count++];

    assert_true(seen_count <= sizeof seen / sizeof *seen);
    *copy = (struct copy){.at = event->at};
    snprintf(copy->type, sizeof copy->type, "%s", event->received->type);
    snprintf(copy->source, sizeof copy->source, "%s", event->received->source);
    snprintf(copy->key, sizeof copy->key, "%s", event->received->key);
    snprintf(copy->extra, sizeof copy->extra, "%s", event->received->extra);
    return copy;
}

static enum jangle_result see_item(struct jangle_delivery *delivery,
                                   const struct jangle_event *event)
{
    const struct item_added *item = event->data;
    struct copy *copy = see(event);

    (void)delivery;
    snprintf(copy->data, sizeof copy->data, "%s", item->item_id);
    copy->quantity = item->quantity;
    return JANGLE_OK;
}

static enum jangle_result see_any(struct jangle_delivery *delivery,
                                  const struct jangle_event *event)
{
    const struct jangle_any *any = event->data;
    struct copy *copy = see(event);

    (void)delivery;
    snprintf(copy->data, sizeof copy->data, "%s",
             any->data.text ? any->data.text : "null");
    snprintf(copy->content_type, sizeof copy->content_type, "%s", any->content_type);
    return JANGLE_OK;
}

static const struct jangle_subscriber archive = {
    .name = "archive",
    .handlers = JANGLE_HANDLERS({&item_added, see_item}, {&jangle_any, see_any}),
    .start = JANGLE_FROM_FIRST,
};
static const struct jangle_consumer storing = {
    .name = "watch",
    .topic = "purses",
    .routes =
        JANGLE_ROUTES({.type = &item_added, .as = "item.added"}, {.type = &jangle_any}),
    .formats = JANGLE_FORMATS(&jangle_mega),
};
static const struct jangle_consumer handling = {
    .name = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &item_added, .as = "item.added", .handle = see_item},
                            {.type = &jangle_any, .handle = see_any}),
    .formats = JANGLE_FORMATS(&jangle_cloudevents, &jangle_mega_binary),
};

static void open_taker(const struct jangle_consumer *consumer)
{
    seen_count = 0;
    consume_with(&neighbours.taker, consumer);
    if (consumer == &storing)
        world_open(&neighbours.taker, &archive, NULL);
    else
        world_open(&neighbours.taker, NULL);
    neighbours_poll(&neighbours);
    stranger_init(&stranger, &neighbours);
}

/* ---- events ---------------------------------------------------------------------- */

/* Each text lies on the stack, and is gone when the message is written. */
static enum jangle_result say_item_added(struct jangle_translation *translation,
                                         const struct jangle_event *event)
{
    const struct coins_put_in *coins = event->data;
    char now[64], before[64];

    snprintf(now, sizeof now, "{\"total\": %d, \"id\": \"%s\"}", (int)coins->total,
             event->aggregate_id);
    snprintf(before, sizeof before, "{\"total\": %d}",
             (int)(coins->total - coins->amount));
    return jangle_translate_mega(
        translation,
        (&(struct jangle_mega_object){.domain = "purses",
                                      .type = "purse",
                                      .id = event->aggregate_id,
                                      .version = 3,
                                      .current = now,
                                      .previous = before,
                                      .extra = "{\"channel\":\"web\"}"}),
        item_added, .item_id = "caf\xc3\xa9", .quantity = coins->amount);
}

static void pass_an_event(const struct jangle_format *format,
                          const struct jangle_consumer *consumer)
{
    const struct jangle_route route = {
        .type = &coins_put_in, .as = "item.added", .translate = say_item_added};
    const struct jangle_publisher news = {
        .name = "news", .topic = "purses", .routes = {&route, 1}, .format = format};
    const char *extra =
        format == &jangle_mega
            ? "{\"payload\":\"mega\",\"domain\":\"purses\",\"object\":{\"current\":"
              "{\"id\": \"7\", \"total\": 1},\"id\":\"7\",\"previous\":{\"total\": 0},"
              "\"type\":\"purse\",\"version\":3},\"extra\":{\"channel\": \"web\"}}"
            : "{\"payload\":\"mega\",\"domain\":\"purses\",\"object\":{\"current\":"
              "{\"id\":\"7\",\"total\":1},\"id\":\"7\",\"previous\":{\"total\":0},"
              "\"type\":\"purse\",\"version\":3},\"extra\":{\"channel\":\"web\"}}";

    open_taker(consumer);
    publish_with(&neighbours.sender, &news);
    world_open(&neighbours.sender, NULL);
    world_put(&neighbours.sender, "7");
    neighbours_poll(&neighbours);
    assert_int_equal(seen_count, 1);
    assert_string_equal(seen[0].type, "item.added");
    assert_string_equal(seen[0].source, "purses");
    assert_string_equal(seen[0].key, "purse/7");
    assert_string_equal(seen[0].data, "caf\xc3\xa9");
    assert_int_equal(seen[0].quantity, 1);
    assert_true(seen[0].at.us == neighbours.sender.now_us);
    assert_string_equal(seen[0].extra, extra);
    assert_int_equal(stored_in(&neighbours.taker, "watch", "purse/7"),
                     consumer == &storing);
    assert_int_equal(endpoint_of(&neighbours.taker, "watch").dead, 0);
    world_close(&neighbours.sender);
}

static void an_event_is_stored_with_what_was_said_besides(void **state)
{
    (void)state;
    pass_an_event(&jangle_mega, &storing);
}

static void also_as_bson(void **state)
{
    (void)state;
    pass_an_event(&jangle_mega_binary, &storing);
}

static void an_event_is_handled_on_receipt(void **state)
{
    (void)state;
    pass_an_event(&jangle_mega, &handling);
}

static void also_on_receipt_as_bson(void **state)
{
    (void)state;
    pass_an_event(&jangle_mega_binary, &handling);
}

/* ---- translations that say what cannot be said ----------------------------------- */

static struct jangle_mega_object said;

static enum jangle_result say_what_is_said(struct jangle_translation *translation,
                                           const struct jangle_event *event)
{
    (void)event;
    return jangle_translate_mega(translation, &said, item_added, .item_id = "1",
                                 .quantity = 1);
}

/* What became of it: "", or the reason of the dead letter. */
static void expect_said(const struct jangle_format *format, const char *sentence)
{
    const struct jangle_route route = {.type = &coins_put_in,
                                       .translate = say_what_is_said};
    const struct jangle_publisher news = {
        .name = "news", .topic = "purses", .routes = {&route, 1}, .format = format};
    struct world *sender = &neighbours.sender;

    publish_with(sender, &news);
    world_open(sender, NULL);
    world_put(sender, "7");
    neighbours_poll(&neighbours);
    assert_int_equal(endpoint_of(sender, "news").published, !*sentence);
    if (*sentence)
        assert_string_equal(reason_of_dead(sender, "news").message, sentence);
    world_close(sender);
    neighbours_finish(&neighbours);
    neighbours_init(&neighbours, false);
}

static void what_a_translation_says_is_checked(void **state)
{
    static const struct {
        struct jangle_mega_object object;
        const char *sentence;
    } cases[] = {
        {{0}, ""},
        {{.domain = "d", .extra = "{}"}, ""},
        {{.current = " {\"a\":1} "}, ""},
        {{.domain = "\xff"}, "the domain of a MEGA event is not UTF-8"},
        {{.current = "{\"a\":1}", .type = "\xff"},
         "the type of a MEGA event is not UTF-8"},
        {{.current = "{\"a\":1}", .id = "\xff"}, "the id of a MEGA event is not UTF-8"},
        {{.current = "[1]"}, "\"current\" of a MEGA event is no JSON object"},
        {{.current = "{},\"id\":\"1\""}, "\"current\" of a MEGA event is no JSON object"},
        {{.current = "{\"a\":1}", .previous = "{"},
         "\"previous\" of a MEGA event is no JSON object"},
        {{.extra = "null"}, "\"extra\" of a MEGA event is no JSON object"},
        {{.id = "1"},
         "mega: extra.object: has no member \"current\" that is an object with members, "
         "and SQS MEGA demands it"},
        {{.current = "{\"a\":1}", .version = -1},
         "mega: extra.object.version: is no whole number of 0 to 2147483647"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        said = cases[i].object;
        expect_said(&jangle_mega, cases[i].sentence);
    }
    said = (struct jangle_mega_object){.domain = "d", .current = "{}"};
    expect_said(&jangle_cloudevents,
                "cloudevents: extra.object: is an object or a list, "
                "which no attribute can be");
    open_taker(&handling);
}

/* ---- other payloads -------------------------------------------------------------- */

static const struct jangle_any posts[] = {
    {"", "", {"{\"a\":[9,null,true]}"}},
    {"", "application/json", {"null"}},
    {"", "text/plain", {"\"abcd\""}},
    {"", "application/octet-stream", {"\"AQIDBA==\""}},
    {"", "image/png", {"\"iVBORw==\""}},
    {"shop.opened", "", {"{\"at\":7}"}},
};
static const char *const kinds[] = {"data",   "data",   "plaintext",
                                    "binary", "binary", "mega"};

enum { POSTS = sizeof posts / sizeof *posts };

static void pass_all(const struct jangle_format *format,
                     const struct jangle_consumer *consumer)
{
    const struct jangle_route route = {.type = &jangle_any};
    const struct jangle_publisher to_all = {
        .name = "to_all", .topic = "purses", .routes = {&route, 1}, .format = format};
    struct jangle_outcome outcome;

    open_taker(consumer);
    publish_with(&neighbours.sender, &to_all);
    world_open(&neighbours.sender, NULL);
    for (size_t i = 0; i < POSTS; i++) {
        jangle_post(neighbours.sender.jangle, &outcome, &to_all, jangle_any,
                    .type = posts[i].type, .content_type = posts[i].content_type,
                    .data = posts[i].data);
        assert_string_equal(outcome.error.message, "");
    }
    neighbours_poll(&neighbours);
    assert_int_equal(seen_count, POSTS);
    for (size_t i = 0; i < POSTS; i++) {
        const char *type = posts[i].content_type;

        assert_string_equal(seen[i].type, posts[i].type);
        assert_string_equal(seen[i].content_type, *type ? type : "application/json");
        assert_non_null(strstr(seen[i].extra, kinds[i]));
    }
    for (size_t i = 1; i < POSTS - 1; i++)
        assert_string_equal(seen[i].data, posts[i].data.text);
    world_close(&neighbours.sender);
}

static void data_text_and_bytes_arrive_as_they_were_posted(void **state)
{
    (void)state;
    pass_all(&jangle_mega, &storing);
    assert_string_equal(seen[0].data, "{\"a\": [9, null, true]}");
    assert_string_equal(seen[POSTS - 1].data, "{\"at\":7}");
}

static void also_on_receipt_and_as_bson(void **state)
{
    (void)state;
    pass_all(&jangle_mega_binary, &handling);
    assert_string_equal(seen[0].data, "{\"a\":[9,null,true]}");
    assert_string_equal(seen[POSTS - 1].data, "{\"at\":7}");
}

/* ---- strangers ------------------------------------------------------------------- */

#define HEAD "{\"protocol\":\"mega\",\"version\":1,\"event\":{\"name\":\"item.added\","

/* SQS MEGA says nothing but the body. */
static void what_sqs_mega_sends_is_stored_by_its_subject(void **state)
{
    (void)state;
    open_taker(&storing);
    stranger_send_parcel(&stranger, "watch",
                         (struct jangle_parcel){.id = "m-1",
                                                .body = HEAD
                                                "\"timestamp\":\"2020-05-04T15:53:23\","
                                                "\"publisher\":\"cart-service\","
                                                "\"subject\":\"987650\",\"quantity\":5,"
                                                "\"item_id\":\"61fcc874\"}}"});
    stranger_send_parcel(&stranger, "watch",
                         (struct jangle_parcel){.id = "m-2", .body = "hello world!"});
    neighbours_poll(&neighbours);
    assert_int_equal(seen_count, 2);
    assert_string_equal(seen[0].source, "cart-service");
    assert_string_equal(seen[0].key, "987650");
    assert_string_equal(seen[0].data, "61fcc874");
    assert_int_equal(seen[0].quantity, 5);
    assert_true(seen[0].at.us == 1588607603000000);
    assert_int_equal(stored_in(&neighbours.taker, "watch", "987650"), 1);
    assert_string_equal(seen[1].data, "\"hello world!\"");
}

/* Though there is a row that takes everything. */
static void a_broken_event_is_a_dead_letter(void **state)
{
    (void)state;
    open_taker(&storing);
    stranger_send_parcel(
        &stranger, "watch",
        (struct jangle_parcel){.id = "1", .body = HEAD "\"timestamp\":7}}"});
    stranger_send_parcel(
        &stranger, "watch",
        (struct jangle_parcel){.id = "2", .body = HEAD "\"timestamp\":"});
    neighbours_poll(&neighbours);
    stranger_expect_dead(&stranger, "watch", "mega: event.timestamp: is no text");
    stranger_expect_dead(&stranger, "watch",
                         "mega: the body: is not JSON at byte 72: a value was expected");
    assert_int_equal(seen_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        TEST(an_event_is_stored_with_what_was_said_besides),
        TEST(also_as_bson),
        TEST(an_event_is_handled_on_receipt),
        TEST(also_on_receipt_as_bson),
        TEST(what_a_translation_says_is_checked),
        TEST(data_text_and_bytes_arrive_as_they_were_posted),
        TEST(also_on_receipt_and_as_bson),
        TEST(what_sqs_mega_sends_is_stored_by_its_subject),
        TEST(a_broken_event_is_a_dead_letter),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
