/* received.c - what a handler sees of an event that was received, and what a view makes
 * of such events. */
#include "support/domains/stranger.h"

#include <jangle/testing.h>

#include <string.h>

/* ---- the same handler in both programs ------------------------------------------- */

/* A copy of all that a handler can see. */
struct seen {
    char id[64], kind[64], aggregate_id[64], type[64];
    int64_t version, position, at_us, amount;
    char correlation[64], causation[64], actor[64], trace[64];
    bool received;
    char consumer[64], source[64], message_id[64], name[64], key[64], extra[64];
    int64_t first_position;
    int attempt;
};

struct notes {
    struct seen seen[8];
    size_t count;
};

#define COPY(to, text) snprintf(to, sizeof(to), "%s", (text) ? (text) : "(null)")

static enum jangle_result note_event(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    struct notes *notes = delivery->context;
    struct seen *seen = &notes->seen[notes->count++];
    const struct jangle_received *received = event->received;

    assert_true(notes->count <= sizeof notes->seen / sizeof *notes->seen);
    COPY(seen->id, event->id);
    COPY(seen->kind, event->kind);
    COPY(seen->aggregate_id, event->aggregate_id);
    COPY(seen->type, event->type->name);
    seen->version = event->version;
    seen->position = event->position;
    seen->at_us = event->at.us;
    seen->amount = ((const struct coins_put_in *)event->data)->amount;
    COPY(seen->correlation, event->origin.correlation_id);
    COPY(seen->causation, event->origin.causation_id);
    COPY(seen->actor, event->origin.actor);
    COPY(seen->trace, event->origin.trace);
    seen->received = received != NULL;
    if (!received)
        return JANGLE_OK;
    COPY(seen->consumer, received->consumer);
    COPY(seen->source, received->source);
    COPY(seen->message_id, received->id);
    COPY(seen->name, received->type);
    COPY(seen->key, received->key);
    COPY(seen->extra, received->extra);
    seen->first_position = received->position;
    seen->attempt = received->attempt;
    return JANGLE_OK;
}

static struct notes here, there;
static const struct jangle_subscriber noter_here = {
    .name = "noter",
    .context = &here,
    .handlers = JANGLE_HANDLERS({&coins_put_in, note_event}),
    .start = JANGLE_FROM_FIRST,
};
static const struct jangle_subscriber noter_there = {
    .name = "noter",
    .context = &there,
    .handlers = JANGLE_HANDLERS({&coins_put_in, note_event}),
    .start = JANGLE_FROM_FIRST,
};

static struct neighbours neighbours;
static struct stranger stranger;

static void open_with(const struct jangle_publisher *publisher,
                      const struct jangle_consumer *consumer)
{
    here = there = (struct notes){0};
    neighbours_init(&neighbours, false);
    publish_with(&neighbours.sender, publisher);
    consume_with(&neighbours.taker, consumer);
    neighbours.taker.now_us += 5000000; /* its clock is another one */
    world_open(&neighbours.taker, &noter_there, NULL);
    neighbours_poll(&neighbours);
    world_open(&neighbours.sender, &noter_here, NULL);
    stranger_init(&stranger, &neighbours);
}

static int open_news(void **state)
{
    (void)state;
    open_with(&purse_news, &purse_watch);
    return 0;
}

static const struct jangle_consumer credulous = {
    .name = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .believe = true,
};

static int open_credulous(void **state)
{
    (void)state;
    open_with(&purse_news, &credulous);
    return 0;
}

static const struct jangle_consumer acting = {
    .name = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .actor = "the shop",
};

static int open_acting(void **state)
{
    (void)state;
    open_with(&purse_news, &acting);
    return 0;
}

static const struct jangle_publisher renaming = {
    .name = "news",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .as = "shop.coins"}),
    .format = &jangle_cloudevents_binary,
};
static const struct jangle_consumer renamed = {
    .name = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .as = "shop.coins"}),
};

static int open_renamed(void **state)
{
    (void)state;
    open_with(&renaming, &renamed);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    stranger_finish(&stranger);
    neighbours_finish(&neighbours);
    return 0;
}

#define TRACE "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

static void put_two(void)
{
    struct jangle_outcome outcome;

    for (int i = 0; i < 2; i++)
        assert_result(jangle_send_in(neighbours.sender.jangle, &outcome,
                                     jangle_envelope(.origin = {.correlation_id = "c-1",
                                                                .causation_id = "c-2",
                                                                .actor = "Ann",
                                                                .trace = TRACE}),
                                     put_in, .purse_id = "7", .amount = 5 + i),
                      JANGLE_OK);
    neighbours_poll(&neighbours);
    assert_int_equal(here.count, 2);
    assert_int_equal(there.count, 2);
}

/* All but what only a receiver can know. */
static void expect_same(const struct seen *one, const struct seen *other)
{
    assert_string_equal(one->id, other->id);
    assert_string_equal(one->aggregate_id, other->aggregate_id);
    assert_string_equal(one->type, other->type);
    assert_int_equal(one->version, other->version);
    assert_int_equal(one->at_us, other->at_us);
    assert_int_equal(one->amount, other->amount);
    assert_string_equal(one->correlation, other->correlation);
    assert_string_equal(one->causation, other->causation);
    assert_string_equal(one->trace, other->trace);
}

static void a_handler_sees_the_event_of_the_sender(void **state)
{
    (void)state;
    stranger_send(&stranger, "watch", (struct stranger_says){.id = "first"});
    neighbours_poll(&neighbours);
    there.count = 0;
    put_two();
    for (int i = 0; i < 2; i++) {
        const struct seen *seen = &there.seen[i];

        expect_same(&here.seen[i], seen);
        assert_string_equal(here.seen[i].kind, "purse");
        assert_string_equal(seen->kind, "watch");
        assert_string_equal(seen->aggregate_id, "7");
        assert_int_equal(seen->version, i + 1);
        assert_int_equal(seen->position, i + 2);
        assert_int_equal(seen->amount, 5 + i);
        assert_string_equal(seen->actor, "(null)");
    }
}

static void it_sees_the_message_as_well(void **state)
{
    (void)state;
    put_two();
    for (int i = 0; i < 2; i++) {
        const struct seen *seen = &there.seen[i];

        assert_false(here.seen[i].received);
        assert_true(seen->received);
        assert_string_equal(seen->consumer, "watch");
        assert_string_equal(seen->source, "purses");
        assert_string_equal(seen->message_id, here.seen[i].id);
        assert_string_equal(seen->name, "coins_put_in");
        assert_string_equal(seen->key, "purse/7");
        assert_string_equal(seen->extra, "");
        assert_int_equal(seen->first_position, here.seen[i].position);
    }
}

/* What the message leaves out is "", or 0; version and time are then ours. */
static void a_message_that_says_little_is_enough(void **state)
{
    const struct seen *seen = &there.seen[0];

    (void)state;
    stranger_send(&stranger, "watch",
                  (struct stranger_says){.id = "x", .more = "\"color\":\"red\""});
    neighbours_poll(&neighbours);
    assert_int_equal(there.count, 1);
    assert_string_equal(seen->message_id, "x");
    assert_string_equal(seen->source, "/stranger");
    assert_string_equal(seen->aggregate_id, "");
    assert_string_equal(seen->key, "");
    assert_string_equal(seen->extra, "{\"color\":\"red\"}");
    assert_int_equal(seen->first_position, 0);
    assert_int_equal(seen->version, 1);
    assert_int_equal(seen->at_us, neighbours.taker.now_us);
    assert_int_equal(strlen(seen->id), 36); /* made of source and id */
}

/* The first that comes is not the first of its stream. */
static void version_time_and_subject_are_the_senders(void **state)
{
    const struct seen *seen = &there.seen[0];

    (void)state;
    stranger_send(&stranger, "watch",
                  (struct stranger_says){.key = "k",
                                         .id = "0190A5C0-5D8A-7CC1-8F2E-3A1B5C7D9E0F",
                                         .more =
                                             "\"subject\":\"s\",\"streamversion\":\"9\","
                                             "\"time\":\"1999-01-01T00:00:00Z\""});
    neighbours_poll(&neighbours);
    assert_int_equal(there.count, 1);
    assert_string_equal(seen->id, "0190a5c0-5d8a-7cc1-8f2e-3a1b5c7d9e0f");
    assert_string_equal(seen->message_id, "0190A5C0-5D8A-7CC1-8F2E-3A1B5C7D9E0F");
    assert_string_equal(seen->aggregate_id, "s");
    assert_string_equal(seen->key, "k");
    assert_int_equal(seen->version, 9);
    assert_int_equal(seen->at_us, INT64_C(915148800000000));
    assert_int_equal(seen->position, 1);
}

static void an_actor_is_believed_if_that_is_set(void **state)
{
    (void)state;
    put_two();
    assert_string_equal(there.seen[0].actor, "Ann");
}

static void or_else_it_is_the_consumers(void **state)
{
    (void)state;
    put_two();
    assert_string_equal(there.seen[0].actor, "the shop");
    assert_string_equal(there.seen[0].correlation, "c-1");
}

static void a_name_outside_is_a_name_outside_only(void **state)
{
    (void)state;
    put_two();
    expect_same(&here.seen[1], &there.seen[1]);
    assert_string_equal(there.seen[1].name, "shop.coins");
    stranger_send(&stranger, "watch", (struct stranger_says){0}); /* coins_put_in */
    neighbours_poll(&neighbours);
    assert_int_equal(endpoint_of(&neighbours.taker, "watch").ignored, 1);
}

/* ---- a view ---------------------------------------------------------------------- */

struct total_row {
    const char *purse_id;
    int64_t total, version;
};

static JANGLE_UPSERT(total_row, "totals", key(purse_id), if_newer(total, version));

static enum jangle_result show_total(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    return jangle_view_upsert(delivery->view, total_row, .purse_id = event->aggregate_id,
                              .total = ((const struct coins_put_in *)event->data)->total,
                              .version = event->version);
}

static const struct jangle_subscriber totals = {
    .name = "totals",
    .handlers = JANGLE_HANDLERS({&coins_put_in, show_total}),
    .order = JANGLE_ANY_ORDER,
    .schema =
        "CREATE TABLE totals (purse_id TEXT PRIMARY KEY, total INTEGER, version "
        "INTEGER) STRICT",
};

static int open_view(void **state)
{
    (void)state;
    neighbours_init(&neighbours, true);
    publish_with(&neighbours.sender, &purse_news);
    consume_with(&neighbours.taker, &purse_watch);
    world_open(&neighbours.taker, &totals, NULL);
    neighbours_poll(&neighbours);
    world_open(&neighbours.sender, NULL);
    stranger_init(&stranger, &neighbours);
    return 0;
}

static void a_view_of_received_events_can_be_built_again(void **state)
{
    struct jangle_replay_options compare = {.compare = true};
    struct jangle *taker = neighbours.taker.jangle;

    (void)state;
    world_put_many(&neighbours.sender, 50, 7);
    neighbours_poll(&neighbours);
    world_put_many(&neighbours.sender, 20, 3);
    neighbours_poll(&neighbours);
    assert_int_equal(world_measure(&neighbours.taker, "totals").lag, 0);
    assert_result(jangle_replay(taker, "totals", &compare, NULL), JANGLE_OK);
    assert_result(jangle_shuffle(taker, "totals", 5, 11, NULL), JANGLE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test, open) cmocka_unit_test_setup_teardown(test, open, close_all)
        TEST(a_handler_sees_the_event_of_the_sender, open_news),
        TEST(it_sees_the_message_as_well, open_news),
        TEST(a_message_that_says_little_is_enough, open_news),
        TEST(version_time_and_subject_are_the_senders, open_news),
        TEST(an_actor_is_believed_if_that_is_set, open_credulous),
        TEST(or_else_it_is_the_consumers, open_acting),
        TEST(a_name_outside_is_a_name_outside_only, open_renamed),
        TEST(a_view_of_received_events_can_be_built_again, open_view),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
