/* as_it_is.c - what is passed on as it is: messages of any type, received events that are
 * relayed, and posts of a publisher that has a new name. */
#include "support/domains/stranger.h"
#include "support/wire.h"

#include <string.h>

static struct neighbours neighbours;
static struct stranger stranger;
static struct parcels parcels;

static const struct jangle_queue copies = {.name = "copies", .topic = "purses"};

/* What comes to the queue "copies", which gets all of the topic. It is valid until it is
 * settled, which it never is. */
static struct jangle_contents next_copy(const struct jangle_format *format)
{
    struct received received = receive(stranger.transport, 1);

    assert_int_equal(received.count, 1);
    return contents_read(&parcels, format, received.parcels);
}

static int set_up(void **state)
{
    (void)state;
    neighbours_init(&neighbours, false);
    parcels_init(&parcels);
    return 0;
}

/* The taker is open. */
static void watch_copies(void)
{
    stranger_init(&stranger, &neighbours);
    declare_topic(stranger.transport, "purses");
    declare_queue(stranger.transport, &copies);
    attach(stranger.transport, "copies");
}

static int tear_down(void **state)
{
    (void)state;
    stranger_finish(&stranger);
    neighbours_finish(&neighbours);
    parcels_finish(&parcels);
    return 0;
}

/* ---- any type -------------------------------------------------------------------- */

static const struct jangle_publisher all_news = {
    .name = "news",
    .topic = "purses",
    .routes =
        JANGLE_ROUTES({.type = &coins_put_in, .as = "coins"}, {.type = &jangle_any}),
    .start = JANGLE_FROM_FIRST,
};

static void events_of_any_type_are_published_as_they_are_stored(void **state)
{
    struct jangle_contents contents;
    struct jangle_outcome outcome;

    (void)state;
    world_open(&neighbours.taker, NULL);
    watch_copies();
    publish_with(&neighbours.sender, &all_news);
    world_open(&neighbours.sender, NULL);
    world_put(&neighbours.sender, "7");
    assert_result(jangle_send(neighbours.sender.jangle, &outcome, name_purse,
                              .purse_id = "7", .name = "blue"),
                  JANGLE_OK);
    neighbours_poll(&neighbours);
    contents = next_copy(&jangle_cloudevents);
    assert_string_equal(contents.type, "coins");
    assert_string_equal(contents.data, "{\"amount\":1,\"total\":1}");
    assert_string_equal(contents.key, "purse/7");
    contents = next_copy(&jangle_cloudevents);
    assert_string_equal(contents.type, "name_taken");
    contents = next_copy(&jangle_cloudevents);
    assert_string_equal(contents.type, "purse_named");
    assert_string_equal(contents.data, "{\"name\":\"blue\"}");
    assert_string_equal(contents.extra, "");
    assert_int_equal(contents.type_version, 1);
    receive_all(stranger.transport, "", false);
}

/* All that was received, as a handler sees it. */
struct any_copy {
    char type[64], content_type[64], data[128];
};

static struct any_copy seen[8];
static size_t seen_count;

static enum jangle_result see_any(struct jangle_delivery *delivery,
                                  const struct jangle_event *event)
{
    const struct jangle_any *any = event->data;
    struct any_copy *copy = &seen[seen_count++];

    (void)delivery;
    assert_true(seen_count <= sizeof seen / sizeof *seen);
    snprintf(copy->type, sizeof copy->type, "%s", any->type);
    snprintf(copy->content_type, sizeof copy->content_type, "%s", any->content_type);
    snprintf(copy->data, sizeof copy->data, "%s",
             any->data.text ? any->data.text : "nothing");
    return JANGLE_OK;
}

static const struct jangle_subscriber archive = {
    .name = "archive",
    .handlers = JANGLE_HANDLERS({&jangle_any, see_any}),
    .start = JANGLE_FROM_FIRST,
};
static const struct jangle_consumer everything = {
    .name = "everything",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &jangle_any}),
    .formats = JANGLE_FORMATS(&jangle_cloudevents, &jangle_plain),
};

static const struct jangle_any posts[] = {
    {"shop.opened", "", {"{\"at\":[9,null,true]}"}},
    {"shop.opened", "application/json", {"7"}},
    {"shop.note", "text/plain", {"\"caf\xc3\xa9\""}},
    {"shop.photo", "image/png", {"\"iVBORw==\""}},
    {"shop.closed", "application/json", {NULL}},
    {"shop.form", "Application/Problem+JSON; charset=utf-8", {"{\"a\":1}"}},
};

enum { POST_COUNT = sizeof posts / sizeof *posts };

static void post_all(const struct jangle_publisher *publisher)
{
    struct jangle_outcome outcome;

    for (int i = 0; i < POST_COUNT; i++) {
        jangle_post(neighbours.sender.jangle, &outcome, publisher, jangle_any,
                    .type = posts[i].type, .content_type = posts[i].content_type,
                    .data = posts[i].data);
        assert_string_equal(outcome.error.message, "");
    }
}

/* A message of any type is posted, published in that format, received and stored. */
static void pass_all(const struct jangle_format *format)
{
    const struct jangle_publisher to_all = {
        .name = "to_all",
        .topic = "purses",
        .routes = all_news.routes,
        .format = format,
    };

    seen_count = 0;
    consume_with(&neighbours.taker, &everything);
    world_open(&neighbours.taker, &archive, NULL);
    neighbours_poll(&neighbours);
    publish_with(&neighbours.sender, &to_all);
    world_open(&neighbours.sender, NULL);
    stranger_init(&stranger, &neighbours);
    post_all(&to_all);
    neighbours_poll(&neighbours);
    assert_int_equal(seen_count, POST_COUNT);
    for (int i = 0; i < POST_COUNT; i++) {
        assert_string_equal(seen[i].type, posts[i].type);
        assert_string_equal(seen[i].data,
                            posts[i].data.text ? posts[i].data.text : "nothing");
        assert_string_equal(seen[i].content_type,
                            i ? posts[i].content_type : "application/json");
    }
    world_close(&neighbours.sender);
}

static void a_message_of_any_type_arrives_as_it_was_posted(void **state)
{
    (void)state;
    pass_all(&jangle_cloudevents);
}

static void also_with_its_data_as_the_body(void **state)
{
    (void)state;
    pass_all(&jangle_cloudevents_binary);
}

static void also_without_an_envelope(void **state)
{
    (void)state;
    pass_all(&jangle_plain);
}

/* A message without data, and without a type, is one as well. */
static void what_says_nothing_is_kept_too(void **state)
{
    (void)state;
    seen_count = 0;
    consume_with(&neighbours.taker, &everything);
    world_open(&neighbours.taker, &archive, NULL);
    neighbours_poll(&neighbours);
    stranger_init(&stranger, &neighbours);
    stranger_send_parcel(&stranger, "everything", (struct jangle_parcel){.id = "1"});
    stranger_send_parcel(&stranger, "everything",
                         (struct jangle_parcel){.id = "2", .body = "\xff"});
    neighbours_poll(&neighbours);
    assert_int_equal(endpoint_of(&neighbours.taker, "everything").dead, 0);
    assert_int_equal(seen_count, 2);
    assert_string_equal(seen[0].type, "");
    assert_string_equal(seen[0].data, "nothing");
    assert_string_equal(seen[1].content_type, "application/octet-stream");
    assert_string_equal(seen[1].data, "\"/w==\"");
}

/* ---- translated ------------------------------------------------------------------ */

struct coins_gone {
    const char *purse;
    int64_t amount;
};

static JANGLE_EVENT(coins_gone, purse, amount, version(4));

/* Coins below 5 are our own affair; those above are news of a type that is no struct. */
static enum jangle_result translate_coins(struct jangle_translation *translation,
                                          const struct jangle_event *event)
{
    const struct coins_put_in *coins = event->data;

    assert_null(event->received);
    if (coins->amount < 5)
        return JANGLE_OK;
    if (coins->amount == 5)
        return jangle_translate(translation, coins_gone, .purse = event->aggregate_id,
                                .amount = coins->amount);
    return jangle_translate(translation, jangle_any, .type = "shop.rich",
                            .content_type = "text/plain", .data = {"\"rich\""});
}

static const struct jangle_publisher translating = {
    .name = "news",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .translate = translate_coins}),
    .start = JANGLE_FROM_FIRST,
};

static void what_is_published_can_be_said_in_other_words(void **state)
{
    struct jangle_contents contents;
    struct jangle_outcome outcome;

    (void)state;
    world_open(&neighbours.taker, NULL);
    watch_copies();
    publish_with(&neighbours.sender, &translating);
    world_open(&neighbours.sender, NULL);
    for (int amount = 4; amount <= 6; amount++)
        assert_result(jangle_send(neighbours.sender.jangle, &outcome, put_in,
                                  .purse_id = "7", .amount = amount),
                      JANGLE_OK);
    neighbours_poll(&neighbours);
    contents = next_copy(&jangle_cloudevents);
    assert_string_equal(contents.type, "coins_gone");
    assert_int_equal(contents.type_version, 4);
    assert_int_equal(contents.version, 2);
    assert_string_equal(contents.key, "purse/7");
    assert_string_equal(contents.data, "{\"purse\":\"7\",\"amount\":5}");
    contents = next_copy(&jangle_cloudevents);
    assert_string_equal(contents.type, "shop.rich");
    assert_int_equal(contents.type_version, 0);
    assert_int_equal(contents.version, 3);
    assert_string_equal(contents.data, "\"rich\"");
    assert_string_equal(contents.extra, "{\"datacontenttype\":\"text/plain\"}");
    receive_all(stranger.transport, "", false);
    assert_int_equal(endpoint_of(&neighbours.sender, "news").published, 2);
}

/* Extras for the format: of a struct; and beside what a jangle_any says of its data. */
static enum jangle_result translate_with_extras(struct jangle_translation *translation,
                                                const struct jangle_event *event)
{
    const struct coins_put_in *coins = event->data;
    struct jangle_arena *arena = jangle_translation_arena(translation);
    const char *extra = coins->amount == 6 ? " { } "
                                           : jangle_text(arena, " {\"tenant\":\"t%d\"}",
                                                         (int)coins->amount);
    enum jangle_result result = jangle_translation_extra(translation, extra);

    if (result)
        return result;
    if (coins->amount == 4)
        return jangle_translate(translation, coins_gone, .purse = event->aggregate_id,
                                .amount = coins->amount);
    return jangle_translate(translation, jangle_any, .type = "shop.rich",
                            .content_type = "text/plain", .data = {"\"rich\""});
}

static const struct jangle_publisher with_extras = {
    .name = "news",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .translate = translate_with_extras}),
    .start = JANGLE_FROM_FIRST,
};

static void fo_04_a_translation_gives_extras_to_the_format(void **state)
{
    static const char *const extras[] = {
        "{\"tenant\":\"t4\"}", "{\"tenant\":\"t5\",\"datacontenttype\":\"text/plain\"}",
        "{\"datacontenttype\":\"text/plain\"}"};
    struct jangle_outcome outcome;

    (void)state;
    world_open(&neighbours.taker, NULL);
    watch_copies();
    publish_with(&neighbours.sender, &with_extras);
    world_open(&neighbours.sender, NULL);
    for (int amount = 4; amount <= 6; amount++)
        assert_result(jangle_send(neighbours.sender.jangle, &outcome, put_in,
                                  .purse_id = "7", .amount = amount),
                      JANGLE_OK);
    neighbours_poll(&neighbours);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(next_copy(&jangle_cloudevents).extra, extras[i]);
}

/* ---- relayed --------------------------------------------------------------------- */

static const struct jangle_publisher relay = {
    .name = "relay",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .relayed = true,
};
static const struct jangle_publisher no_relay = {
    .name = "relay",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
};
static const struct jangle_consumer intake = {
    .name = "intake",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .believe = true,
};

static void open_relay(const struct jangle_publisher *publisher)
{
    consume_with(&neighbours.taker, &intake);
    publish_with(&neighbours.taker, publisher);
    neighbours.taker.config.source = "relay";
    world_open(&neighbours.taker, NULL);
    watch_copies();
    neighbours_poll(&neighbours);
    stranger_send(&stranger, "intake",
                  (struct stranger_says){
                      .id = "first id",
                      .key = "k",
                      .data = "{\"amount\":5,\"note\":null,\"total\":9}",
                      .more =
                          "\"subject\":\"s\",\"streamversion\":\"4\",\"color\":\"red\","
                          "\"sequence\":\"0000000000000000012\",\"actor\":\"Ann\","
                          "\"time\":\"1999-01-01T00:00:00Z\""});
    neighbours_poll(&neighbours);
}

static void a_relayed_event_is_what_it_was(void **state)
{
    struct jangle_contents contents;

    (void)state;
    open_relay(&relay);
    contents = next_copy(&jangle_cloudevents);
    assert_string_equal(contents.id, "first id");
    assert_string_equal(contents.source, "/stranger");
    assert_string_equal(contents.key, "k");
    assert_string_equal(contents.subject, "s");
    assert_string_equal(contents.extra, "{\"color\":\"red\"}");
    assert_string_equal(contents.data, "{\"amount\":5,\"note\":null,\"total\":9}");
    assert_int_equal(contents.version, 4);
    assert_int_equal(contents.position, 12);
    assert_int_equal(contents.at.us, INT64_C(915148800000000));
    receive_all(stranger.transport, "", false);
}

static void what_others_said_is_not_said_again(void **state)
{
    (void)state;
    open_relay(&no_relay);
    receive_all(stranger.transport, "", false);
    assert_int_equal(world_stats(&neighbours.taker).position, 1);
    assert_int_equal(world_measure(&neighbours.taker, "relay").lag, 0);
}

static const struct jangle_consumer renamed_intake = {
    .name = "inlet",
    .formerly = "intake",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
};

/* A consumer has a new name: what it stored under its old one was still said by others.
 */
static void nor_if_it_was_received_under_another_name(void **state)
{
    struct world *taker = &neighbours.taker;

    (void)state;
    world_finish(taker);
    world_init(taker, true);
    taker->config.aggregates = (struct jangle_aggregates){0};
    taker->config.broker = jangle_hub_broker(neighbours.hub);
    open_relay(&no_relay);
    world_close(taker);
    consume_with(taker, &renamed_intake);
    world_open(taker, NULL);
    assert_result(jangle_subscriber_reset(taker->jangle, "relay", 0, NULL), JANGLE_OK);
    neighbours_poll(&neighbours);
    receive_all(stranger.transport, "", false);
    assert_int_equal(world_measure(taker, "relay").lag, 0);
}

/* ---- a new name ------------------------------------------------------------------ */

static const struct jangle_publisher old_name = {
    .name = "olds",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &put_in}),
};
static const struct jangle_publisher new_name = {
    .name = "news",
    .formerly = "olds",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &put_in}),
};
static const struct jangle_publisher bystander = {
    .name = "bystander",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &jangle_any}),
    .start = JANGLE_FROM_FIRST,
};
static const struct jangle_publisher *const both_names[] = {&bystander, &new_name};

/* What was posted under the old name is published, by nobody else, and once. */
static void posts_outlive_the_name_of_their_publisher(void **state)
{
    struct world *sender = &neighbours.sender;
    struct jangle_outcome outcome;

    (void)state;
    world_finish(sender);
    world_init(sender, true);
    sender->config.broker = jangle_hub_broker(neighbours.hub);
    world_open(&neighbours.taker, NULL);
    watch_copies();
    publish_with(sender, &old_name);
    world_open(sender, NULL);
    jangle_hub_stop(neighbours.hub);
    assert_result(jangle_post(sender->jangle, &outcome, &old_name, put_in,
                              .purse_id = "7", .amount = 5),
                  JANGLE_OK);
    world_poll(sender);
    world_close(sender);
    jangle_hub_start(neighbours.hub);
    sender->config.publishers = (struct jangle_publishers){both_names, 2};
    world_open(sender, NULL);
    world_poll(sender);
    world_pass(sender, 60000);
    world_poll(sender);
    assert_int_equal(endpoint_of(sender, "news").published, 1);
    assert_int_equal(endpoint_of(sender, "bystander").published, 0);
    assert_string_equal(next_copy(&jangle_cloudevents).type, "put_in");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        TEST(events_of_any_type_are_published_as_they_are_stored),
        TEST(a_message_of_any_type_arrives_as_it_was_posted),
        TEST(also_with_its_data_as_the_body),
        TEST(also_without_an_envelope),
        TEST(what_says_nothing_is_kept_too),
        TEST(what_is_published_can_be_said_in_other_words),
        TEST(fo_04_a_translation_gives_extras_to_the_format),
        TEST(a_relayed_event_is_what_it_was),
        TEST(what_others_said_is_not_said_again),
        TEST(nor_if_it_was_received_under_another_name),
        TEST(posts_outlive_the_name_of_their_publisher),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
