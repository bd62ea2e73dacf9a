/* elsewhere.c - two instances on one file: one runs a saga, the other takes the saga
 * over, and nothing is done twice; also after the saga was renamed. */
#include "support/domains/tills.h"

#include "core/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct world here, there;

/* ---- a saga that is interrupted ---------------------------------------------- */

static struct {
    bool waits;            /* for its timeout */
    bool early;            /* it fails before it pays in... */
    bool stuck;            /* ...or after */
    struct world *meddler; /* it moves the saga's record on in the middle of a turn */
    int runs;
    enum jangle_result result; /* of paying in, last */
    bool repeated;
} script;

static enum jangle_result move_on(void *context, const struct jangle_saga_record *record)
{
    struct jangle_saga_record *moved = context;

    *moved = *record;
    moved->version++;
    moved->steps = NULL;
    moved->step_count = 0;
    moved->state = malloc(record->state_size);
    assert_non_null(moved->state);
    memcpy((void *)(uintptr_t)moved->state, record->state, record->state_size);
    return JANGLE_OK;
}

/* As a process does that does not know that it is no longer the owner. */
static void meddle(const char *id)
{
    struct jangle_store *store = script.meddler->jangle->store;
    struct jangle_saga_record moved;
    struct jangle_group group = {.sagas = &moved, .saga_count = 1};

    script.meddler = NULL;
    assert_result(store->ops->read_saga(store, "carrier", id, move_on, &moved, NULL),
                  JANGLE_OK);
    moved.saga = "carrier";
    moved.id = id;
    assert_result(store->ops->commit(store, &group, NULL), JANGLE_OK);
    assert_result(moved.error.result, JANGLE_OK);
    free((void *)(uintptr_t)moved.state);
}

static enum jangle_result
react(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct move_state *move = state;

    (void)event;
    script.runs++;
    jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, 3600000));
    if (script.waits)
        return JANGLE_OK;
    if (script.early)
        return jangle_turn_fail(turn, JANGLE_RETRY, "it is too early");
    if (script.meddler)
        meddle(turn->id);
    script.result = jangle_turn_send(turn, pay_in, .till_id = move->to_id,
                                     .move_id = turn->id, .amount = move->amount);
    script.repeated = turn->outcome.repeated;
    if (script.stuck)
        return jangle_turn_fail(turn, JANGLE_RETRY, "it is stuck");
    return script.result ? script.result : jangle_turn_finish(turn);
}

static const struct jangle_saga carrier_saga = {
    .name = "carrier",
    .state = &move_state,
    .begins_with = &paid_out,
    .id_member = "move_id",
    .events = JANGLE_APPLIERS({&paid_out, apply_paid_out}),
    .reactions = JANGLE_REACTIONS({&paid_out, react}),
    .on_timeout = move_on_timeout,
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 5, .first_delay_ms = 1000, .max_delay_ms = 1000},
};

/* ---- two instances ----------------------------------------------------------- */

static int set_up(void **state)
{
    (void)state;
    memset(&script, 0, sizeof script);
    world_init(&here, true);
    there = here;
    there.directory[0] = '\0';
    there.config.host.clock.context = &there;
    there.config.storage = jangle_sqlite(here.file);
    tills_open(&here, &carrier_saga);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&there);
    world_finish(&here);
    return 0;
}

static void begin(struct world *world, const char *id)
{
    assert_result(tills_pay_out(world, "a", id, "b", 1), JANGLE_OK);
    world_poll(world);
}

static void pass(struct world *world, int64_t ms)
{
    world_pass(world, ms);
    world_poll(world);
}

static struct jangle_left left_of(struct world *world)
{
    struct jangle_left left;

    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    return left;
}

static void another_instance_goes_on_in_the_middle_of_a_turn(void **state)
{
    (void)state;
    tills_open(&there, &carrier_saga);
    script.stuck = true;
    begin(&here, "m1");
    assert_string_equal(tills_saga(&there, "carrier", "m1"), "open 1");
    pass(&there, 1000);
    assert_int_equal(script.runs, 1);
    world_close(&here);
    script.stuck = false;
    pass(&there, 1000);
    assert_int_equal(script.runs, 2);
    assert_true(script.repeated);
    assert_string_equal(tills_saga(&there, "carrier", "m1"), "finished 1");
    assert_int_equal(tills_count(&there, "b", &paid_in), 1);
    assert_int_equal(left_of(&there).future + left_of(&there).parked, 0);
}

static void a_person_is_sent_to_the_instance_that_runs_it(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    tills_open(&there, &carrier_saga);
    script.stuck = true;
    begin(&here, "m1");
    assert_result(jangle_saga_retry(there.jangle, "carrier", "m1", &error), JANGLE_BUSY);
    assert_string_equal(error.message, "\"carrier\" is run by another process");
    assert_result(jangle_saga_resume(there.jangle, "carrier", "m1", 1, NULL),
                  JANGLE_BUSY);
    assert_result(jangle_saga_finish(there.jangle, "carrier", "m1", "", NULL),
                  JANGLE_BUSY);
    assert_string_equal(tills_saga(&there, "carrier", "m1"), "open 1");
    script.stuck = false;
    assert_result(jangle_saga_retry(here.jangle, "carrier", NULL, NULL),
                  JANGLE_NOT_FOUND);
    assert_result(jangle_saga_retry(here.jangle, "carrier", "m1", NULL), JANGLE_OK);
    world_poll(&here); /* at once, and not after its back-off */
    assert_string_equal(tills_saga(&here, "carrier", "m1"), "finished 1");
}

static void a_timeout_that_another_instance_set_comes_here(void **state)
{
    (void)state;
    tills_open(&there, &carrier_saga);
    script.stuck = true;
    begin(&here, "m1");
    world_rows(&here, "carrier");
    assert_int_equal(left_of(&there).future, 1);
    pass(&there, 7200000);
    assert_string_equal(tills_saga(&there, "carrier", "m1"), "open 1");
    world_close(&here);
    pass(&there, 1);
    pass(&there, 1);
    assert_string_equal(tills_saga(&there, "carrier", "m1"), "finished 1");
}

/* The record is what is fenced: a step of an owner who is none any more is not stored,
 * and its answer is not acted on. */
static void conflicts_and_goes_on(const char *to, enum jangle_result answer, int paid)
{
    tills_open(&there, &carrier_saga);
    script.early = true;
    assert_result(tills_pay_out(&here, "a", "m1", to, 1), JANGLE_OK);
    world_poll(&here);
    assert_string_equal(tills_saga(&here, "carrier", "m1"), "open 0");
    script.early = false;
    script.meddler = &there;
    pass(&here, 1000);
    assert_null(script.meddler);
    assert_result(script.result, JANGLE_CONFLICT);
    assert_int_equal(tills_count(&here, to, &paid_in), 0);
    assert_string_equal(tills_saga(&here, "carrier", "m1"), "open 0");
    pass(&here, 1000);
    assert_result(script.result, answer);
    assert_int_equal(tills_count(&here, to, &paid_in), paid);
}

static void a_step_of_a_stale_owner_is_not_stored(void **state)
{
    (void)state;
    conflicts_and_goes_on("b", JANGLE_OK, 1);
    assert_string_equal(tills_saga(&here, "carrier", "m1"), "finished 1");
}

static void a_refusal_of_a_stale_owner_is_not_acted_on(void **state)
{
    (void)state;
    conflicts_and_goes_on("nowhere", JANGLE_REJECTED, 0);
    assert_string_equal(tills_saga(&here, "carrier", "m1"), "open 1");
}

/* ---- under another name ------------------------------------------------------ */

static void open_renamed(struct world *world)
{
    static struct jangle_saga porter;

    porter = carrier_saga;
    porter.name = "porter";
    porter.formerly = "carrier";
    tills_open(world, &porter);
}

static void a_renamed_saga_goes_on_in_the_middle_of_a_turn(void **state)
{
    (void)state;
    script.stuck = true;
    begin(&here, "m1");
    begin(&here, "m2");
    world_close(&here);
    open_renamed(&there);
    script.stuck = false;
    pass(&there, 1000);
    assert_string_equal(tills_saga(&there, "porter", "m1"), "finished 1");
    assert_string_equal(tills_saga(&there, "porter", "m2"), "finished 1");
    assert_string_equal(tills_saga(&there, "carrier", "m1"), "none");
    assert_int_equal(tills_count(&there, "b", &paid_in), 2);
    assert_int_equal(left_of(&there).parked + left_of(&there).future, 0);
    begin(&there, "m1");
    assert_int_equal(tills_count(&there, "b", &paid_in), 2);
}

static void a_renamed_saga_times_out(void **state)
{
    (void)state;
    script.stuck = script.early = true;
    begin(&here, "m1");
    world_close(&here);
    open_renamed(&there);
    assert_int_equal(left_of(&there).future, 1);
    pass(&there, 3600000);
    assert_string_equal(tills_saga(&there, "porter", "m1"), "finished 1");
    assert_int_equal(tills_count(&there, "a", &given_back), 1);
}

/* ---- listed, and forgotten --------------------------------------------------- */

enum { LISTED_SIZE = 100 };

static enum jangle_result list(void *context, const char *subscriber)
{
    size_t length = strlen(context);

    snprintf((char *)context + length, LISTED_SIZE - length, "%s ", subscriber);
    return JANGLE_OK;
}

static void a_saga_that_the_program_lacks_is_listed_and_can_be_forgotten(void **state)
{
    char names[LISTED_SIZE] = "";

    (void)state;
    script.stuck = true;
    begin(&here, "m1");
    assert_result(jangle_subscriber_forget(here.jangle, "carrier", NULL), JANGLE_INVALID);
    world_close(&here);
    assert_true(tills_try_open(&there, NULL));
    assert_result(jangle_subscriber_visit(there.jangle, list, names, NULL), JANGLE_OK);
    assert_string_equal(names, "carrier ");
    assert_int_equal(left_of(&there).future, 0);
    assert_result(jangle_subscriber_forget(there.jangle, "carrier", NULL), JANGLE_OK);
    assert_string_equal(tills_saga(&there, "carrier", "m1"), "none");
    names[0] = '\0';
    assert_result(jangle_subscriber_visit(there.jangle, list, names, NULL), JANGLE_OK);
    assert_string_equal(names, "");
}

/* ---- whose timeouts are looked at -------------------------------------------- */

static bool open_with_both(struct world *world)
{
    static struct jangle_saga other;
    static const struct jangle_saga *sagas[] = {&carrier_saga, &other};
    static const struct jangle_aggregate *const aggregates[] = {&till_aggregate};

    other = carrier_saga;
    other.name = "other";
    world->config.aggregates = (struct jangle_aggregates)JANGLE_ARRAY(aggregates);
    world->config.sagas = (struct jangle_sagas)JANGLE_ARRAY(sagas);
    return world_try_open(world, NULL);
}

/* Those that another instance runs, and does not get to, are not in the way. */
static void timeouts_are_not_held_up_by_those_of_another_instance(void **state)
{
    char id[8];

    (void)state;
    script.waits = true;
    for (int i = 0; i < 130; i++) {
        snprintf(id, sizeof id, "m%d", i);
        assert_result(tills_pay_out(&here, "a", id, "b", 0), JANGLE_OK);
    }
    left_of(&here);
    assert_true(open_with_both(&there));
    world_pass(&there, 1000);
    assert_result(tills_pay_out(&there, "a", "late", "b", 1), JANGLE_OK);
    world_poll(&there);
    assert_string_equal(tills_saga(&there, "other", "late"), "open 0");
    pass(&there, 3600000);
    assert_string_equal(tills_saga(&there, "other", "late"), "finished 1");
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(another_instance_goes_on_in_the_middle_of_a_turn),
        TEST(a_person_is_sent_to_the_instance_that_runs_it),
        TEST(a_timeout_that_another_instance_set_comes_here),
        TEST(a_step_of_a_stale_owner_is_not_stored),
        TEST(a_refusal_of_a_stale_owner_is_not_acted_on),
        TEST(a_renamed_saga_goes_on_in_the_middle_of_a_turn),
        TEST(a_renamed_saga_times_out),
        TEST(a_saga_that_the_program_lacks_is_listed_and_can_be_forgotten),
        TEST(timeouts_are_not_held_up_by_those_of_another_instance),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
