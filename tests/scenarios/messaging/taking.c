/* taking.c - what is read of a message besides its data: its key, by which it is kept in
 * order; its id, by which it is known again; the version of its type. */
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

static int unnamed_warnings; /* of what is logged */

static void note_line(void *context, const struct jangle_log_entry *line)
{
    (void)context;
    unnamed_warnings +=
        !strcmp(line->topic, "MESSAGE_UNNAMED") && line->level == JANGLE_LEVEL_WARNING;
}

static void open_taker(const struct jangle_consumer *consumer)
{
    heard = (struct follower){0};
    unnamed_warnings = 0;
    neighbours_init(&neighbours, false);
    neighbours.taker.config.host.logger.write = note_line;
    consume_with(&neighbours.taker, consumer);
}

static void start_taker(void)
{
    world_open(&neighbours.taker, &listener, NULL);
    neighbours_poll(&neighbours);
    stranger_init(&stranger, &neighbours);
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

/* ---- keys ------------------------------------------------------------------------ */

static const struct jangle_consumer keyed = {
    .name = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .key_member = "who",
};

static int open_keyed(void **state)
{
    (void)state;
    open_taker(&keyed);
    start_taker();
    return 0;
}

/* Three events, of which the first fails: which of the others are handled meanwhile? */
static void fail_the_first(struct stranger_says says[3], bool second, bool third)
{
    heard.fails_at = world_stats(&neighbours.taker).position + 1;
    heard.failures = 1;
    for (int i = 0; i < 3; i++)
        send_event(says[i]);
    neighbours_poll(&neighbours);
    assert_int_equal(follower_handled(&heard, heard.fails_at), 0);
    assert_int_equal(follower_handled(&heard, heard.fails_at + 1), second);
    assert_int_equal(follower_handled(&heard, heard.fails_at + 2), third);
    world_settle(&neighbours.taker, 10);
    for (int i = 0; i < 3; i++)
        assert_int_equal(follower_handled(&heard, heard.fails_at + i), 1);
}

static void a_key_of_any_length_keeps_its_order(void **state)
{
    char one[300], other[300];

    (void)state;
    snprintf(one, sizeof one, "%0*d", 250, 1);
    snprintf(other, sizeof other, "%0*d", 250, 2);
    fail_the_first((struct stranger_says[]){{.key = one}, {.key = one}, {.key = other}},
                   false, true);
    assert_int_equal(stored_in(&neighbours.taker, "watch", one), 0); /* it is a hash */
    one[200] = '\0';
    send_event((struct stranger_says){.key = one});
    neighbours_poll(&neighbours);
    assert_int_equal(stored_in(&neighbours.taker, "watch", one), 1);
    fail_the_first((struct stranger_says[]){{.key = "a"}, {.key = "b"}, {.key = "a"}},
                   true, false);
    assert_int_equal(stored_in(&neighbours.taker, "watch", "a"), 2);
}

static void a_member_can_be_the_key(void **state)
{
    static const char ann[] = "{\"amount\":1,\"total\":1,\"who\":\"Ann\\u00e9\"}";
    static const char bob[] = "{\"who\":\"Bob\",\"amount\":1,\"total\":1}";
    static const char number[] = "{\"who\":7,\"amount\":1,\"total\":1}";

    (void)state;
    fail_the_first((struct stranger_says[]){{.data = ann}, {.data = bob}, {.data = ann}},
                   true, false);
    assert_int_equal(stored_in(&neighbours.taker, "watch", "Ann\xc3\xa9"), 2);
    assert_int_equal(stored_in(&neighbours.taker, "watch", "Bob"), 1);
    send_event((struct stranger_says){.data = number, .id = "no key"});
    send_event((struct stranger_says){.data = bob, .key = "Eve"});
    neighbours_poll(&neighbours);
    assert_int_equal(stored_in(&neighbours.taker, "watch", "no key"), 1);
    assert_int_equal(stored_in(&neighbours.taker, "watch", "Eve"), 1);
}

static void without_a_key_no_message_waits_for_another(void **state)
{
    (void)state;
    fail_the_first((struct stranger_says[]){{.id = "x"}, {.id = "y"}, {.id = "z"}}, true,
                   true);
    assert_int_equal(stored_in(&neighbours.taker, "watch", "x"), 1);
}

/* ---- ids ------------------------------------------------------------------------- */

static const struct jangle_consumer plain = {
    .name = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .formats = JANGLE_FORMATS(&jangle_plain),
};

static int open_plain(void **state)
{
    (void)state;
    open_taker(&plain);
    start_taker();
    return 0;
}

static void send_plain(const char *id)
{
    static const struct jangle_header type = {"type", "coins_put_in"};

    stranger_send_parcel(&stranger, QUEUE,
                         (struct jangle_parcel){.id = id,
                                                .headers = &type,
                                                .header_count = 1,
                                                .body = "{\"amount\":1,\"total\":1}"});
}

static void without_an_id_nothing_is_known_and_that_is_said_once(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        send_plain(NULL);
        neighbours_poll(&neighbours);
    }
    assert_int_equal(figures().taken, 3);
    assert_int_equal(unnamed_warnings, 1);
}

static void what_comes_another_way_without_an_id_is_said_once(void **state)
{
    static const struct jangle_header type = {"type", "coins_put_in"};
    const struct jangle_parcel parcel = {.headers = &type,
                                         .header_count = 1,
                                         .body = "{\"amount\":1,\"total\":1}",
                                         .body_size = 22};

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_result(jangle_deliver(neighbours.taker.jangle, "watch", &parcel, NULL),
                      JANGLE_OK);
    assert_int_equal(figures().taken, 3);
    assert_int_equal(unnamed_warnings, 1);
}

static void the_id_of_the_broker_is_as_good(void **state)
{
    (void)state;
    send_plain("7");
    send_plain("7");
    send_plain("8");
    neighbours_poll(&neighbours);
    assert_int_equal(figures().taken, 2);
    assert_int_equal(figures().repeated, 1);
    assert_int_equal(unnamed_warnings, 0);
}

/* ---- versions -------------------------------------------------------------------- */

struct coins_weighed {
    int64_t grams;
};

/* Version 1 had ounces. */
static const char *weigh_again(struct jangle_arena *arena, int version, const char *json)
{
    int ounces = 0;

    assert_int_equal(version, 1);
    sscanf(json, "{\"ounces\":%d}", &ounces);
    return jangle_text(arena, "{\"grams\":%d}", ounces * 28);
}

static JANGLE_EVENT(coins_weighed, grams, version(2), upcast(weigh_again));

static int64_t weights[8];
static size_t weight_count;

static enum jangle_result weigh(struct jangle_delivery *delivery,
                                const struct jangle_event *event)
{
    (void)delivery;
    assert_true(weight_count < sizeof weights / sizeof *weights);
    weights[weight_count++] = ((const struct coins_weighed *)event->data)->grams;
    return JANGLE_OK;
}

static enum jangle_result to_coins(struct jangle_translation *translation,
                                   const struct jangle_event *event)
{
    int64_t grams = ((const struct coins_weighed *)event->data)->grams;

    return jangle_translate(translation, coins_put_in, .amount = grams);
}

static const struct jangle_consumer converter = {
    .name = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_weighed, .translate = to_coins}),
};

static int open_converter(void **state)
{
    (void)state;
    open_taker(&converter);
    world_open(&neighbours.taker, NULL);
    neighbours_poll(&neighbours);
    stranger_init(&stranger, &neighbours);
    return 0;
}

static const struct jangle_consumer scales = {
    .name = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_weighed}, {.type = &coins_put_in}),
};

static const struct jangle_subscriber scribe = {
    .name = "scribe",
    .handlers = JANGLE_HANDLERS({&coins_weighed, weigh}),
    .start = JANGLE_FROM_FIRST,
};

static int open_scales(void **state)
{
    (void)state;
    weight_count = 0;
    open_taker(&scales);
    world_open(&neighbours.taker, &listener, &scribe, NULL);
    neighbours_poll(&neighbours);
    stranger_init(&stranger, &neighbours);
    return 0;
}

static void send_weighed(const char *version, const char *data)
{
    send_event(
        (struct stranger_says){.type = "coins_weighed", .more = version, .data = data});
}

static void an_older_version_is_made_newer(void **state)
{
    (void)state;
    send_weighed("\"typeversion\":1", "{\"ounces\":2}");
    send_weighed("\"typeversion\":2", "{\"grams\":7}");
    send_weighed(NULL, "{\"grams\":8}");
    neighbours_poll(&neighbours);
    assert_int_equal(figures().taken, 3);
    assert_int_equal(weight_count, 3);
    assert_int_equal(weights[0], 56);
    assert_int_equal(weights[1], 7);
    assert_int_equal(weights[2], 8);
}

static void a_newer_version_is_stored_and_suspends_who_would_handle_it(void **state)
{
    struct jangle_subscriber_stats stats;

    (void)state;
    send_weighed("\"typeversion\":2", "{\"grams\":7}");
    send_weighed("\"typeversion\":3", "{\"carats\":[7]}");
    send_weighed("\"typeversion\":2", "{\"grams\":8}");
    send_event((struct stranger_says){0});
    neighbours_poll(&neighbours);
    neighbours_pass(&neighbours, 400000);
    neighbours_poll(&neighbours);
    assert_int_equal(figures().taken, 4);
    assert_int_equal(figures().dead, 0);
    assert_int_equal(weight_count, 1);
    assert_int_equal(heard.count, 1);
    stats = world_measure(&neighbours.taker, "scribe");
    assert_true(stats.suspended.us > 0);
    assert_int_equal(stats.before, 2);
    assert_int_equal(stats.parked + stats.dead, 0);
}

/* Who translates must read it first. */
static void a_newer_version_cannot_be_translated(void **state)
{
    (void)state;
    send_weighed("\"typeversion\":2", "{\"grams\":7}");
    send_weighed("\"typeversion\":3", "{\"grams\":8}");
    neighbours_poll(&neighbours);
    stranger_expect_dead(&stranger, QUEUE,
                         "coins_weighed: stored as version 3, and this program knows up "
                         "to version 2");
    assert_int_equal(figures().taken, 1);
}

/* coins_put_in has no version(). */
static void without_a_version_every_version_is_read(void **state)
{
    (void)state;
    send_event((struct stranger_says){.more = "\"typeversion\":3"});
    send_event((struct stranger_says){.more = "\"typeversion\":1"});
    neighbours_poll(&neighbours);
    assert_int_equal(heard.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test, open) cmocka_unit_test_setup_teardown(test, open, close_watch)
        TEST(a_key_of_any_length_keeps_its_order, open_keyed),
        TEST(a_member_can_be_the_key, open_keyed),
        TEST(without_a_key_no_message_waits_for_another, open_keyed),
        TEST(without_an_id_nothing_is_known_and_that_is_said_once, open_plain),
        TEST(what_comes_another_way_without_an_id_is_said_once, open_plain),
        TEST(the_id_of_the_broker_is_as_good, open_plain),
        TEST(an_older_version_is_made_newer, open_scales),
        TEST(a_newer_version_is_stored_and_suspends_who_would_handle_it, open_scales),
        TEST(a_newer_version_cannot_be_translated, open_converter),
        TEST(without_a_version_every_version_is_read, open_scales),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
