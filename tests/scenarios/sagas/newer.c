/* newer.c - an older program runs the sagas again: events that it does not know wait
 * for the newer program, also behind a turn that failed. */
#include "support/domains/tills.h"

#include "core/engine.h"

#include <stdio.h>
#include <string.h>

/* One event, as two programs know it. */

struct hint_given {
    const char *move_id;
    int64_t weight;
};

static JANGLE_EVENT(hint_given, move_id, weight, version(2));

struct hint_known {
    const char *move_id;
};

static JANGLE_EVENT(hint_known, move_id, stored_as("hint_given"));

static struct {
    bool waits, refuses, sets_time;
    int turns, timeouts;
    int64_t weight;
} script;

static enum jangle_result
on_paid_out(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    script.turns++;
    if (script.sets_time)
        jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, 5000));
    if (script.refuses)
        return jangle_turn_fail(turn, JANGLE_REJECTED, "refused");
    return script.waits ? jangle_turn_retry_in(turn, 1000) : JANGLE_OK;
}

static enum jangle_result
on_hint(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct hint_given *hint = event->data;

    (void)turn, (void)state;
    script.weight += hint->weight;
    return JANGLE_OK;
}

static enum jangle_result
on_known(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)turn, (void)state, (void)event;
    return JANGLE_OK;
}

static enum jangle_result
on_timeout(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    script.timeouts++;
    return jangle_turn_finish(turn);
}

static const struct jangle_applier events[] = {{&paid_out, apply_paid_out}};

static const struct jangle_saga newer = {
    .name = "hinted",
    .state = &move_state,
    .id_member = "move_id",
    .events = JANGLE_ARRAY(events),
    .reactions = JANGLE_REACTIONS({&paid_out, on_paid_out}, {&hint_given, on_hint}),
    .elsewhere = JANGLE_EVENTS(&hint_given),
    .on_timeout = on_timeout,
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 2, .first_delay_ms = 1000, .max_delay_ms = 1000},
};

static const struct jangle_saga older = {
    .name = "hinted",
    .state = &move_state,
    .id_member = "move_id",
    .events = JANGLE_ARRAY(events),
    .reactions = JANGLE_REACTIONS({&paid_out, on_paid_out}, {&hint_known, on_known}),
    .elsewhere = JANGLE_EVENTS(&hint_known),
    .on_timeout = on_timeout,
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 2, .first_delay_ms = 1000, .max_delay_ms = 1000},
};

static void give_hint(struct world *world, const char *id)
{
    char payload[80];
    struct jangle_store *store = world->jangle->store;
    struct jangle_record record = {
        .kind = "hints",
        .id = "x",
        .type = "hint_given",
        .type_version = 2,
        .at = {1},
        .event_id = {1},
        .payload = payload,
        .meta = "{}",
    };
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    record.payload_size = (size_t)snprintf(payload, sizeof payload,
                                           "{\"move_id\":\"%s\",\"weight\":7}", id);
    assert_result(store->ops->commit(store, &group, &world->error), JANGLE_OK);
    assert_result(append.error.result, JANGLE_OK);
    world_poll(world);
}

/* The saga x waits, by the newer program. */
static int set_up(void **state)
{
    static struct world world;

    memset(&script, 0, sizeof script);
    script.waits = true;
    world_init(&world, true);
    tills_open(&world, &newer);
    assert_result(tills_pay_out(&world, "a", "x", "b", 1), JANGLE_OK);
    world_poll(&world);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

static void run_by(struct world *world, const struct jangle_saga *saga)
{
    world_close(world);
    tills_open(world, saga);
    world_pass(world, 10000);
    world_poll(world);
}

static void an_event_that_waited_and_is_too_new_waits_for_the_newer_program(void **state)
{
    struct world *world = *state;

    give_hint(world, "x");
    script.waits = false;
    run_by(world, &older);
    assert_int_equal(script.turns, 2);
    assert_int_equal(script.weight, 0);
    run_by(world, &newer);
    assert_int_equal(script.turns, 2);
    assert_int_equal(script.weight, 7);
}

static void what_is_too_new_and_was_for_another_is_not_missed(void **state)
{
    struct world *world = *state;

    script.waits = false;
    assert_result(tills_pay_out(world, "a", "y", "b", 1), JANGLE_OK);
    give_hint(world, "y");
    assert_result(tills_pay_out(world, "a", "y", "b", 2), JANGLE_OK);
    world_poll(world);
    assert_int_equal(script.weight, 7);
    run_by(world, &older);
    assert_int_equal(world_measure(world, "hinted").parked, 1);
    run_by(world, &newer);
    assert_int_equal(world_measure(world, "hinted").parked, 0);
    assert_int_equal(world_measure(world, "hinted").dead, 0);
    assert_int_equal(script.turns, 4);
    assert_int_equal(script.weight, 7);
}

/* Behind the turn that waits lies what only the newer program can read: it may be what
 * the saga waits for. */
static void nothing_times_out_behind_what_is_too_new(void **state)
{
    struct world *world = *state;

    script.sets_time = true;
    assert_result(tills_pay_out(world, "a", "z", "b", 1), JANGLE_OK);
    world_poll(world);
    give_hint(world, "z");
    script.refuses = true;
    for (int i = 0; i < 10; i++)
        run_by(world, &older);
    assert_int_equal(script.timeouts, 0);
    run_by(world, &newer);
    assert_int_equal(script.timeouts, 2); /* that of x, too */
}

static enum jangle_result count(void *context, const struct jangle_dead_letter *letter)
{
    assert_string_equal(letter->reason, "refused");
    assert_int_equal(letter->held_count, 0);
    ++*(int *)context;
    return JANGLE_OK;
}

static void a_dead_letter_is_shown_before_what_is_too_new(void **state)
{
    struct world *world = *state;
    int letters = 0;

    give_hint(world, "x");
    script.refuses = true;
    run_by(world, &older);
    assert_result(
        jangle_dead_letter_visit(world->jangle, "hinted", count, &letters, &world->error),
        JANGLE_OK);
    assert_int_equal(letters, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            an_event_that_waited_and_is_too_new_waits_for_the_newer_program, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(what_is_too_new_and_was_for_another_is_not_missed,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_times_out_behind_what_is_too_new, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_dead_letter_is_shown_before_what_is_too_new,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
