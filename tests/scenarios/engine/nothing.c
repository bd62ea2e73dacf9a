/* nothing.c - an event, a query and a state of nothing; and an event says of which
 * aggregate it is. */
#include "support/test.h"

#include "core/engine.h"

#include <jangle/jangle.h>
#include <jangle/testing.h>

#include <string.h>

/* ---- rooms, and doors that have no more to say than that they were used --------- */

struct leave_room {
    const char *room_id;
};

struct room_left {
    jangle_nothing nothing;
};

struct door_used {
    jangle_nothing nothing;
};

struct room_state {
    int64_t times;
};

struct door_state {
    jangle_nothing nothing;
};

struct count_leavings {
    jangle_nothing nothing;
};

struct leavings {
    int64_t rooms, doors;
};

static JANGLE_COMMAND(leave_room, room_id);
static JANGLE_EVENT(room_left, nothing);
static JANGLE_EVENT(door_used, nothing);
static JANGLE_STRUCT(room_state, times);
static JANGLE_STRUCT(door_state, nothing);
static JANGLE_STRUCT(leavings, rooms, doors);
static JANGLE_QUERY(count_leavings, nothing, answer(leavings));

static const struct jangle_aggregate door_aggregate = {
    .name = "door",
    .state = &door_state,
    .events = JANGLE_APPLIERS({&door_used, NULL}, {&room_left, NULL}),
    .snapshot_every = 1};

static enum jangle_result decide_leaving(struct jangle_decision *decision,
                                         const void *state,
                                         const struct jangle_command *command)
{
    (void)state;
    jangle_emit_to(decision, &door_aggregate, "front", door_used, 0);
    jangle_emit_to(decision, &door_aggregate, command->aggregate_id, room_left, 0);
    return jangle_emit(decision, room_left, 0);
}

static void apply_left(void *state, const struct jangle_event *event)
{
    assert_string_equal(event->kind, "room");
    ((struct room_state *)state)->times++;
}

static const struct jangle_aggregate room_aggregate = {
    .name = "room",
    .state = &room_state,
    .commands = JANGLE_DECIDERS({&leave_room, decide_leaving}),
    .events = JANGLE_APPLIERS({&room_left, apply_left})};

/* ---- who follows them ---------------------------------------------------------- */

static struct leavings counted;

static enum jangle_result on_event(struct jangle_delivery *delivery,
                                   const struct jangle_event *event)
{
    (void)delivery;
    counted.rooms += !strcmp(event->kind, "room");
    counted.doors += !strcmp(event->kind, "door");
    return JANGLE_OK;
}

static enum jangle_result answer_count(struct jangle_answer *answer,
                                       const struct jangle_query *query)
{
    (void)query;
    return jangle_answer_with(answer, leavings, .rooms = counted.rooms,
                              .doors = counted.doors);
}

static const struct jangle_subscriber porter = {
    .name = "porter",
    .handlers = JANGLE_HANDLERS({&room_left, on_event}, {&door_used, on_event}),
    .answerers = JANGLE_ANSWERERS({&count_leavings, answer_count}),
    .start = JANGLE_FROM_FIRST};

static char heard[80];

static const char *room_of(const struct jangle_event *event)
{
    return strcmp(event->kind, "room") ? NULL : event->aggregate_id;
}

static enum jangle_result react_to_leaving(struct jangle_turn *turn,
                                           const void *state,
                                           const struct jangle_event *event)
{
    size_t used = strlen(heard);

    (void)state;
    snprintf(heard + used, sizeof heard - used, "%s/%s ", event->kind, turn->id);
    return JANGLE_OK;
}

static const struct jangle_saga cleaner_saga = {
    .name = "cleaner",
    .state = &door_state,
    .id_of = room_of,
    .reactions = JANGLE_REACTIONS({&room_left, react_to_leaving}),
    .start = JANGLE_FROM_FIRST};

/* ---- the engine ----------------------------------------------------------------- */

static struct jangle *jangle;
static struct jangle_outcome outcome;

static int set_up(void **state)
{
    struct jangle_config config = {
        .aggregates = JANGLE_AGGREGATES(&room_aggregate, &door_aggregate),
        .subscribers = JANGLE_SUBSCRIBERS(&porter),
        .sagas = JANGLE_SAGAS(&cleaner_saga),
        .storage = jangle_memory(),
        .host = {.logger = jangle_logger_none()}};

    (void)state;
    counted = (struct leavings){0};
    heard[0] = '\0';
    jangle = jangle_open(&config, &outcome.error);
    return jangle ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return (int)jangle_close(jangle, -1);
}

static enum jangle_result expect_nothing(void *context,
                                         const struct jangle_record *record)
{
    assert_int_equal(record->payload_size, 2);
    assert_memory_equal(record->payload, "{}", 2);
    ++*(int *)context;
    return JANGLE_OK;
}

static void an_event_of_nothing_is_stored_as_an_empty_object(void **state)
{
    int records = 0;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_result(jangle_send(jangle, &outcome, leave_room, .room_id = "7"),
                      JANGLE_OK);
    assert_int_equal(outcome.version, 3);
    assert_result(jangle->store->ops->read_all(jangle->store, 0, 100, expect_nothing,
                                               &records, NULL),
                  JANGLE_OK);
    assert_int_equal(records, 9);
}

static void an_event_says_of_which_aggregate_it_is(void **state)
{
    struct jangle_answer answer = {0};
    const struct leavings *found;

    (void)state;
    assert_result(jangle_send(jangle, &outcome, leave_room, .room_id = "7"), JANGLE_OK);
    assert_result(jangle_drain(jangle, 60000, NULL, NULL), JANGLE_OK);
    assert_result(jangle_ask(jangle, &answer, count_leavings, 0), JANGLE_OK);
    found = answer.data;
    assert_int_equal(found->rooms, 1);
    assert_int_equal(found->doors, 2);
    assert_result(jangle_ask_json(jangle, &answer, "count_leavings", "{}"), JANGLE_OK);
    assert_string_equal(answer.data, "{\"rooms\":1,\"doors\":2}");
    jangle_answer_free(&answer);
    assert_string_equal(heard, "room/7 "); /* not the door 7 */
}

static void a_spec_emits_and_hears_nothing(void **state)
{
    struct jangle_spec *spec = jangle_spec_aggregate(&room_aggregate, "7");

    (void)state;
    jangle_given(spec, room_left, 0);
    jangle_when(spec, leave_room, .room_id = "7");
    jangle_then_to(spec, &door_aggregate, "front", door_used, 0);
    jangle_then_to(spec, &door_aggregate, "7", room_left, 0);
    jangle_then(spec, room_left, 0);
    assert_int_equal(jangle_spec_close(spec), 0);
    heard[0] = '\0';
    spec = jangle_spec_saga(&cleaner_saga, "7");
    jangle_spec_from(spec, "7");
    jangle_spec_from_kind(spec, "door");
    jangle_when(spec, room_left, 0);
    jangle_spec_from_kind(spec, "room");
    jangle_when(spec, room_left, 0);
    jangle_spec_from_kind(spec, NULL);
    assert_int_equal(jangle_spec_close(spec), 1); /* it complained of the door's */
    assert_string_equal(heard, "room/7 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_event_of_nothing_is_stored_as_an_empty_object,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_event_says_of_which_aggregate_it_is, set_up,
                                        tear_down),
        cmocka_unit_test(a_spec_emits_and_hears_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
