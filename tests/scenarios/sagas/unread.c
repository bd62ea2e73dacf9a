/* unread.c - an event of a saga that nobody can read is a dead letter of its own: all
 * other events go on, and this one is never skipped in silence. */
#include "support/domains/talk.h"

#include "core/engine.h"

#include <stdio.h>
#include <string.h>

#define set_up    talk_set_up
#define tear_down talk_tear_down

/* As an older program has stored it: the word is a number. */
static int64_t store_number(struct world *world, const char *id)
{
    struct jangle_store *store = world->jangle->store;
    char payload[80];
    struct jangle_record record = {
        .kind = "till", .id = "z", .type = "move_called", .type_version = 1};
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    record.payload_size =
        (size_t)snprintf(payload, sizeof payload, "{\"move_id\":\"%s\",\"word\":7}", id);
    record.payload = payload;
    record.meta = "{}";
    assert_result(store->ops->commit(store, &group, &world->error), JANGLE_OK);
    assert_result(append.error.result, JANGLE_OK);
    return append.receipt.position;
}

static void an_event_that_cannot_be_read_stops_nobody(void **state)
{
    struct world *world = *state;
    int64_t position;

    talk_begin(world, "x");
    talk_say(world, "a", "x", "one");
    position = store_number(world, "x");
    talk_say(world, "b", "x", "two");
    world_poll(world);
    assert_string_equal(talk.heard, "x:one x:two");
    for (int i = 0; i < 3; i++)
        talk_pass(world, 1000);
    assert_int_equal(talk_left(world).dead, 1);
    assert_result(jangle_wait(world->jangle, "talk", position, -1, NULL), JANGLE_PARKED);
    talk_reopen(world);
    assert_result(jangle_dead_letter_skip(world->jangle, "talk", position, &world->error),
                  JANGLE_OK);
    assert_int_equal(talk_left(world).dead, 0);
}

/* ---- a program that can read it ---------------------------------------------- */

struct numbered_call {
    const char *move_id;
    int64_t word;
};

static JANGLE_EVENT(numbered_call, move_id, word, stored_as("move_called"));

static int heard;

static enum jangle_result
hear(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)turn, (void)state;
    heard += ((const struct numbered_call *)event->data)->word == 7;
    return JANGLE_OK;
}

static enum jangle_result
pass_by(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)turn, (void)state, (void)event;
    return JANGLE_OK;
}

static const struct jangle_reactions readers =
    JANGLE_REACTIONS({&paid_out, pass_by}, {&numbered_call, hear});

static const struct jangle_events from_elsewhere =
    JANGLE_EVENTS(&paid_out, &numbered_call);

static void open_reader(struct world *world)
{
    static struct jangle_saga reader;
    static const struct jangle_saga *const sagas[] = {&reader};

    reader = talk_saga;
    reader.events = (struct jangle_appliers){0};
    reader.reactions = readers;
    reader.elsewhere = from_elsewhere;
    heard = 0;
    world->config.aggregates = (struct jangle_aggregates){0};
    world->config.sagas = (struct jangle_sagas)JANGLE_ARRAY(sagas);
    world_open(world, NULL);
}

static int64_t give_up(struct world *world, bool later)
{
    int64_t position;

    talk_begin(world, "x");
    position = store_number(world, "x");
    if (later)
        talk_say(world, "b", "x", "two");
    for (int i = 0; i < 4; i++)
        talk_pass(world, 1000);
    assert_int_equal(talk_left(world).dead, 1);
    world_close(world);
    open_reader(world);
    assert_result(
        jangle_dead_letter_retry(world->jangle, "talk", position, &world->error),
        JANGLE_OK);
    talk_pass(world, 1000);
    return position;
}

static void what_can_be_read_later_is_dealt_with_then(void **state)
{
    give_up(*state, false);
    assert_int_equal(heard, 1);
    assert_int_equal(talk_left(*state).dead, 0);
    world_close(*state);
}

/* Its turn was before that of a later event, which is over: a person must know. */
static void what_can_be_read_too_late_stays_a_dead_letter(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber_stats stats;

    give_up(world, true);
    assert_int_equal(heard, 0);
    stats = world_measure(world, "talk");
    assert_int_equal(stats.dead, 1);
    assert_non_null(strstr(
        stats.reason, "cannot take event 4 any more, because it has handled event 5"));
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_event_that_cannot_be_read_stops_nobody),
        WORLD_TEST_IN_FILE(what_can_be_read_later_is_dealt_with_then),
        WORLD_TEST_IN_FILE(what_can_be_read_too_late_stays_a_dead_letter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
