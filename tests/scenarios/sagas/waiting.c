/* waiting.c - while a turn of a saga waits for its next attempt nothing is lost:
 * neither the saga's timeout, nor the events behind that turn. */
#include "support/domains/tills.h"

#include "core/engine.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE_MS = 60000 };

/* ---- a saga whose turns are told what to do ---------------------------------- */

enum plan {
    ENDS,
    FAILS,     /* before anything else */
    SETS_TIME, /* and asks to be run again */
    PAYS_IN,   /* the same, and pays in before */
    GIVES_BACK /* which does not fit what paid in */
};

static struct {
    enum plan plan;
    bool timeout_fails;
    int64_t timeout_retry_in_ms; /* 0: by the policy */
    int timeouts;
    char heard[200]; /* words, by turns that ended */
} script;

static enum jangle_result follow_plan(struct jangle_turn *turn)
{
    if (script.plan == FAILS)
        return jangle_turn_fail(turn, JANGLE_REJECTED, "as planned");
    if (script.plan == GIVES_BACK)
        return jangle_turn_send(turn, give_back, .till_id = "a", .move_id = turn->id,
                                .amount = 1);
    jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, MINUTE_MS));
    if (script.plan == ENDS)
        return JANGLE_OK;
    if (script.plan == PAYS_IN)
        jangle_turn_send(turn, pay_in, .till_id = "b", .move_id = turn->id, .amount = 1);
    return jangle_turn_retry_in(turn, 1000);
}

static enum jangle_result
on_paid_out(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    return follow_plan(turn);
}

static enum jangle_result
on_call(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct move_called *called = event->data;
    size_t used = strlen(script.heard);

    (void)turn, (void)state;
    snprintf(script.heard + used, sizeof script.heard - used, "%s%s", used ? " " : "",
             called->word);
    return JANGLE_OK;
}

static enum jangle_result
on_timeout(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    script.timeouts++;
    if (script.timeout_fails && script.timeout_retry_in_ms)
        return jangle_turn_retry_in(turn, script.timeout_retry_in_ms);
    if (script.timeout_fails)
        return jangle_turn_fail(turn, JANGLE_REJECTED, "as planned");
    return JANGLE_OK;
}

static const struct jangle_saga wait_saga = {
    .name = "wait",
    .state = &move_state,
    .begins_with = &paid_out,
    .id_member = "move_id",
    .events = JANGLE_APPLIERS({&paid_out, apply_paid_out}),
    .reactions = JANGLE_REACTIONS({&paid_out, on_paid_out}, {&move_called, on_call}),
    .on_timeout = on_timeout,
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 3, .first_delay_ms = 1000, .max_delay_ms = 1000},
};

/* ---- a world ----------------------------------------------------------------- */

static int set_up(void **state)
{
    static struct world world;

    memset(&script, 0, sizeof script);
    world_init(&world, *state != NULL);
    tills_open(&world, &wait_saga);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

static void reopen(struct world *world)
{
    if (!world->file[0])
        return;
    world_close(world);
    tills_open(world, &wait_saga);
}

static void pass(struct world *world, int64_t ms)
{
    world_pass(world, ms);
    world_poll(world);
}

/* The saga x begins, and its first turn is run once by that plan. */
static void begin(struct world *world, enum plan plan)
{
    script.plan = plan;
    assert_result(tills_pay_out(world, "a", "x", "b", 1), JANGLE_OK);
    world_poll(world);
}

static void try_again(struct world *world, enum plan plan)
{
    script.plan = plan;
    pass(world, 1000);
}

static void say_to(struct world *world, const char *id, const char *word)
{
    assert_result(jangle_send(world->jangle, NULL, call_move, .till_id = "b",
                              .move_id = id, .word = word),
                  JANGLE_OK);
}

static void say(struct world *world, const char *word)
{
    say_to(world, "x", word);
    world_poll(world);
}

static enum jangle_result take(void *context, const struct jangle_dead_letter *letter)
{
    *(int64_t *)context = letter->position;
    return JANGLE_OK;
}

static int64_t dead_letter_of(struct world *world)
{
    int64_t position = 0;

    assert_result(
        jangle_dead_letter_visit(world->jangle, "wait", take, &position, &world->error),
        JANGLE_OK);
    return position;
}

static void skip_dead_letter(struct world *world)
{
    assert_result(jangle_dead_letter_skip(world->jangle, "wait", dead_letter_of(world),
                                          &world->error),
                  JANGLE_OK);
    world_poll(world);
}

/* ---- its timeout ------------------------------------------------------------- */

static void a_timeout_that_a_later_attempt_sets_comes(void **state)
{
    struct world *world = *state;

    begin(world, FAILS);
    try_again(world, SETS_TIME);
    script.plan = FAILS;
    reopen(world);
    pass(world, MINUTE_MS - 1001);
    assert_int_equal(script.timeouts, 0);
    pass(world, 1);
    assert_int_equal(script.timeouts, 1);
}

static void a_parked_turn_that_fits_again_has_its_timeout(void **state)
{
    struct world *world = *state;

    begin(world, PAYS_IN);
    try_again(world, GIVES_BACK);
    assert_string_equal(tills_saga(world, "wait", "x"), "parked 1");
    script.plan = PAYS_IN;
    assert_result(jangle_dead_letter_retry(world->jangle, "wait", dead_letter_of(world),
                                           &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_string_equal(tills_saga(world, "wait", "x"), "open 1");
    reopen(world);
    pass(world, MINUTE_MS);
    assert_int_equal(script.timeouts, 1);
    assert_int_equal(dead_letter_of(world), 0);
}

static void to_skip_an_events_dead_letter_leaves_the_turn_of_the_timeout(void **state)
{
    struct world *world = *state;

    begin(world, SETS_TIME);
    try_again(world, SETS_TIME);
    try_again(world, SETS_TIME);
    assert_int_not_equal(dead_letter_of(world), 0);
    script.timeout_fails = true;
    pass(world, MINUTE_MS);
    assert_int_equal(script.timeouts, 1);
    skip_dead_letter(world);
    script.timeout_fails = false;
    reopen(world);
    pass(world, 1000);
    assert_int_equal(script.timeouts, 2);
}

/* ---- what waits behind it ---------------------------------------------------- */

static void to_skip_a_timeouts_dead_letter_skips_no_event(void **state)
{
    struct world *world = *state;

    begin(world, ENDS);
    script.timeout_fails = true;
    pass(world, MINUTE_MS);
    say(world, "one");
    for (int i = 0; i < 3; i++)
        pass(world, 1000);
    assert_string_equal(tills_saga(world, "wait", "x"), "parked 0");
    assert_string_equal(script.heard, "");
    skip_dead_letter(world);
    reopen(world);
    script.timeout_fails = false;
    say(world, "two");
    for (int i = 0; i < 3; i++)
        pass(world, 1000);
    assert_string_equal(script.heard, "one two");
}

static void begin_one(struct world *world, char initial, int number)
{
    char id[8];

    snprintf(id, sizeof id, "%c%d", initial, number);
    assert_result(tills_pay_out(world, "a", id, "b", 1), JANGLE_OK);
    world_poll(world);
}

/* Ten timeouts fail, and are tried again much later; then something succeeds. */
static void time_out_ten(struct world *world, int first)
{
    for (int i = first; i < first + 10; i++)
        begin_one(world, 's', i);
    pass(world, MINUTE_MS);
    begin_one(world, 'g', first);
}

/* The events wait, and nothing is wrong with them. */
static void many_that_wait_for_their_timeouts_are_no_outage(void **state)
{
    struct world *world = *state;
    char id[8];

    script.timeout_fails = true;
    script.timeout_retry_in_ms = 60 * MINUTE_MS;
    for (int first = 0; first < 40; first += 10)
        time_out_ten(world, first);
    for (int i = 0; i < 40; i++) {
        snprintf(id, sizeof id, "s%d", i);
        say_to(world, id, "late");
    }
    begin(world, ENDS);
    say(world, "one");
    assert_string_equal(script.heard, "one");
    assert_int_equal(world_measure(world, "wait").suspended.us, 0);
    assert_true(world_measure(world, "wait").parked >= 80); /* timeouts, and events */
}

/* ---- damage ------------------------------------------------------------------ */

static const struct jangle_store_ops *sound;

/* The third event, which the saga x waits at, is damaged. */
static enum jangle_result read_all(struct jangle_store *store,
                                   int64_t position,
                                   size_t limit,
                                   jangle_record_fn *visit,
                                   void *context,
                                   struct jangle_error *error)
{
    if (position == 2)
        return jangle_error_set(error, JANGLE_STORAGE, "event 3 is damaged");
    return sound->read_all(store, position, limit, visit, context, error);
}

static void a_damaged_event_stops_no_other_saga(void **state)
{
    struct world *world = *state;
    struct jangle_store *store = world->jangle->store;
    struct jangle_store_ops damaged = *store->ops;

    begin(world, SETS_TIME);
    for (int i = 0; i < 2; i++)
        try_again(world, SETS_TIME);
    script.plan = ENDS;
    assert_result(tills_pay_out(world, "a", "y", "b", 1), JANGLE_OK);
    world_poll(world);
    sound = store->ops;
    damaged.read_all = read_all;
    store->ops = &damaged;
    pass(world, MINUTE_MS);
    say_to(world, "y", "one");
    pass(world, MINUTE_MS);
    store->ops = sound;
    assert_int_equal(script.timeouts, 1);
    assert_string_equal(script.heard, "one");
    pass(world, MINUTE_MS);
    assert_int_equal(script.timeouts, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_timeout_that_a_later_attempt_sets_comes),
        WORLD_TEST(a_parked_turn_that_fits_again_has_its_timeout),
        WORLD_TEST(to_skip_an_events_dead_letter_leaves_the_turn_of_the_timeout),
        WORLD_TEST(to_skip_a_timeouts_dead_letter_skips_no_event),
        WORLD_TEST(many_that_wait_for_their_timeouts_are_no_outage),
        WORLD_TEST_IN_FILE(a_damaged_event_stops_no_other_saga),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
