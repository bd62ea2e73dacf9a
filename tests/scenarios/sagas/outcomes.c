/* outcomes.c - what becomes of a saga when many reactions fail, or events cannot be
 * read: refusals are no outage, an outage parks what it meets, and the other sagas go
 * on. */
#include "core/engine.h"
#include "support/domains/follower.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAGAS = 64 };

/* ---- a saga of each purse, that does as it is told --------------------------- */

static struct {
    bool (*fails)(int purse); /* NULL: none does */
    bool broken;              /* the upcaster: what has 13 coins cannot be read */
    bool changed;             /* the code: it sends something else */
    int calls[SAGAS], done[SAGAS];
} told;

struct hoard {
    int64_t coins;
};

static JANGLE_STRUCT(hoard, coins);

static const char *purse_of(const struct jangle_event *event)
{
    return event->aggregate_id;
}

static enum jangle_result
react(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    int purse = (int)strtol(turn->id, NULL, 10);

    (void)state, (void)event;
    told.calls[purse]++;
    if (told.changed)
        jangle_turn_send(turn, take_out, .purse_id = turn->id, .amount = 1);
    else
        jangle_turn_send(turn, report_purse, .purse_id = turn->id);
    if (told.fails && told.fails(purse))
        return jangle_turn_fail(turn, JANGLE_REJECTED, "not now, purse %d", purse);
    told.done[purse] += !turn->outcome.error.result;
    return turn->outcome.error.result;
}

static void apply_put_in(void *state, const struct jangle_event *event)
{
    ((struct hoard *)state)->coins += ((const struct coins_put_in *)event->data)->amount;
}

static const struct jangle_saga saga = {
    .name = "it",
    .state = &hoard,
    .id_of = purse_of,
    .events = JANGLE_APPLIERS({&coins_put_in, apply_put_in}),
    .reactions = JANGLE_REACTIONS({&coins_put_in, react}),
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 10, .first_delay_ms = 1000, .max_delay_ms = 300000},
};

/* The same at its timeout, a second after it began. */
static enum jangle_result
wait_first(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    return jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, 1000));
}

static enum jangle_result
time_out(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    enum jangle_result result = react(turn, state, event);

    return result ? result : jangle_turn_finish(turn);
}

static const struct jangle_saga timed_saga = {
    .name = "it",
    .state = &hoard,
    .id_of = purse_of,
    .reactions = JANGLE_REACTIONS({&coins_put_in, wait_first}),
    .on_timeout = time_out,
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 10, .first_delay_ms = 1000, .max_delay_ms = 300000},
};

/* ---- the same in a later program, whose event is of version 2 ---------------- */

struct coins_counted {
    int64_t amount;
    int64_t total;
};

static const char *upcast(struct jangle_arena *arena, int version, const char *json)
{
    (void)arena, (void)version;
    return told.broken && strstr(json, "\"amount\":13,") ? NULL : json;
}

static JANGLE_EVENT(
    coins_counted, amount, total, stored_as("coins_put_in"), version(2), upcast(upcast));

static enum jangle_result
count(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    told.done[strtol(turn->id, NULL, 10)]++;
    return JANGLE_OK;
}

static const struct jangle_saga later_saga = {
    .name = "it",
    .state = &hoard,
    .id_of = purse_of,
    .reactions = JANGLE_REACTIONS({&coins_counted, count}),
    .elsewhere = JANGLE_EVENTS(&coins_counted),
    .start = JANGLE_FROM_FIRST,
};

static const struct jangle_sagas sagas = JANGLE_SAGAS(&saga);
static const struct jangle_sagas timed_sagas = JANGLE_SAGAS(&timed_saga);
static const struct jangle_sagas later_sagas = JANGLE_SAGAS(&later_saga);

/* ---- the world --------------------------------------------------------------- */

static int set_up(void **state)
{
    static struct world world;

    memset(&told, 0, sizeof told);
    world_init(&world, *state != NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

static void open_saga(struct world *world)
{
    world->config.sagas = sagas;
    world_open(world, NULL);
}

/* The store is the same: in a file. */
static void become_later(struct world *world)
{
    world_close(world);
    world->config.aggregates = (struct jangle_aggregates){0};
    world->config.sagas = later_sagas;
    world_open(world, NULL);
}

static void put(struct world *world, int purse, int64_t amount)
{
    char name[16];

    snprintf(name, sizeof name, "%d", purse);
    assert_result(
        jangle_send(world->jangle, NULL, put_in, .purse_id = name, .amount = amount),
        JANGLE_OK);
}

static struct jangle_subscriber_stats measure(struct world *world)
{
    return world_measure(world, "it");
}

static enum jangle_result retry(void *context, const struct jangle_dead_letter *letter)
{
    return jangle_dead_letter_retry(context, letter->subscriber, letter->position, NULL);
}

static void retry_all(struct world *world)
{
    assert_result(jangle_dead_letter_visit(world->jangle, "it", retry, world->jangle,
                                           &world->error),
                  JANGLE_OK);
}

struct reports {
    const char *purse;
    int count;
};

static enum jangle_result visit_report(void *context, const struct jangle_record *record)
{
    struct reports *reports = context;
    char text[200] = "";

    snprintf(text, sizeof text, "%.*s", (int)record->payload_size,
             (const char *)record->payload);
    reports->count +=
        !strcmp(record->type, "purse_reported") && strstr(text, reports->purse) != NULL;
    return JANGLE_OK;
}

/* How often the guild was told of that purse: what its saga sends. */
static int reports_of(struct world *world, int purse)
{
    struct jangle_store *store = world->jangle->store;
    char name[40];
    struct reports reports = {.purse = name};

    snprintf(name, sizeof name, "\"purse_id\":\"%d\"", purse);
    assert_result(store->ops->read_stream(store, guild_aggregate.name, "old", 0,
                                          visit_report, &reports, &world->error),
                  JANGLE_OK);
    return reports.count;
}

/* ---- refused ----------------------------------------------------------------- */

/* An event that could not be read while its saga went on is refused for good once it can
 * be read: 17 of them, or 40, and nothing between them that succeeds. */
static void refuse_late(struct world *world, int purses)
{
    world_open(world, NULL);
    for (int purse = 0; purse < purses; purse++) {
        put(world, purse, 13);
        put(world, purse, 1);
    }
    told.broken = true;
    become_later(world);
    world_poll(world);
    assert_int_equal(measure(world).dead, purses);
    assert_int_equal(measure(world).suspended.us, 0);
    told.broken = false;
    retry_all(world);
    world_poll(world);
    assert_int_equal(measure(world).dead, purses);
    assert_int_equal(measure(world).suspended.us, 0);
    assert_non_null(strstr(measure(world).reason, "because it has handled event"));
    for (int purse = 0; purse < purses; purse++)
        assert_int_equal(told.done[purse], 1);
}

static void seventeen_refused_in_a_row_are_no_outage(void **state)
{
    refuse_late(*state, 17);
}

static void forty_refused_in_a_row_are_no_outage(void **state)
{
    refuse_late(*state, 40);
}

/* ---- an outage --------------------------------------------------------------- */

static bool fail_all(int purse)
{
    (void)purse;
    return true;
}

static bool fail_the_first_17(int purse)
{
    return purse < 17;
}

enum { TWO_TRIALS_MIN = 11 }; /* in an outage that lasts there is one in five minutes */

/* What an outage meets waits with the step that it took, which is not taken again. */
static void an_outage_kills_no_saga_and_repeats_no_step(void **state)
{
    struct world *world = *state;

    told.fails = fail_all;
    open_saga(world);
    for (int purse = 0; purse < 40; purse++)
        put(world, purse, 5);
    world_poll(world);
    assert_true(measure(world).suspended.us != 0);
    assert_int_equal(measure(world).parked, 16);
    assert_string_equal(measure(world).reason,
                        "16 keys failed in a row; the last: not now, purse 15");
    for (int round = 0; round < 300; round++) {
        world_pass(world, 300000);
        world_poll(world);
    }
    assert_true(measure(world).suspended.us != 0);
    assert_int_equal(measure(world).dead, 0);
    assert_int_equal(measure(world).parked, 40);
    told.fails = NULL;
    world_settle(world, 50);
    assert_int_equal(measure(world).dead, 0);
    for (int purse = 0; purse < 40; purse++) {
        assert_int_equal(told.done[purse], 1);
        assert_int_equal(reports_of(world, purse), 1);
    }
}

/* Those that never succeed look like an outage again and again. The others go on, and in
 * the end the sick ones are dead letters. */
static void seventeen_sick_sagas_do_not_stop_the_others(void **state)
{
    struct world *world = *state;
    int good = 17;

    told.fails = fail_the_first_17;
    open_saga(world);
    for (int purse = 0; purse < 17; purse++)
        put(world, purse, 5);
    for (int minute = 0; measure(world).dead < 17; minute++) {
        assert_true(minute < 5000);
        if (minute % TWO_TRIALS_MIN == 0) {
            if (minute)
                assert_int_equal(told.done[good], 1);
            good = good == SAGAS - 1 ? 17 : good + 1;
            told.done[good] = 0;
            put(world, good, 5);
        }
        world_poll(world);
        world_pass(world, 60000);
    }
    assert_int_equal(measure(world).parked, 0);
    for (int purse = 0; purse < 17; purse++) {
        assert_int_equal(told.done[purse], 0);
        assert_int_equal(reports_of(world, purse), 1);
    }
}

/* Timeouts that are due wait for the outage to end, as events do. */
static void due_timeouts_of_an_outage_are_not_drained(void **state)
{
    struct world *world = *state;
    struct jangle_left left;

    told.fails = fail_all;
    world->config.sagas = timed_sagas;
    world_open(world, NULL);
    for (int purse = 0; purse < 40; purse++)
        put(world, purse, 5);
    world_poll(world);
    world_pass(world, 1000);
    for (int round = 0; round < 300; round++) {
        assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
        assert_int_equal(left.suspended, 1);
        world_pass(world, 300000);
    }
    assert_int_equal(measure(world).dead, 0);
    told.fails = NULL;
    world_settle(world, 50);
    assert_int_equal(measure(world).dead, 0);
    for (int purse = 0; purse < 40; purse++) {
        assert_int_equal(told.done[purse], 1);
        assert_int_equal(reports_of(world, purse), 1);
    }
}

/* ---- what no program can handle ---------------------------------------------- */

static void a_broken_upcaster_stops_the_sagas_until_it_is_repaired(void **state)
{
    struct world *world = *state;

    world_open(world, NULL);
    for (int purse = 0; purse < 40; purse++)
        put(world, purse, 13);
    told.broken = true;
    become_later(world);
    world_poll(world);
    assert_int_equal(measure(world).dead, 16);
    assert_int_equal(measure(world).position, 16);
    assert_true(measure(world).suspended.us != 0);
    assert_int_equal(measure(world).dead + measure(world).lag, 40);
    told.broken = false;
    world_settle(world, 50);
    assert_int_equal(measure(world).dead, 16);
    for (int purse = 0; purse < 40; purse++)
        assert_int_equal(told.done[purse], purse >= 16);
    retry_all(world);
    world_settle(world, 50);
    assert_int_equal(measure(world).dead, 0);
    for (int purse = 0; purse < 40; purse++)
        assert_int_equal(told.done[purse], 1);
}

/* Open turns that no longer fit their records: sixteen are parked, and then it stops. */
static void changed_code_that_fits_no_record_is_stopped(void **state)
{
    struct world *world = *state;

    told.fails = fail_all;
    open_saga(world);
    for (int purse = 0; purse < 15; purse++)
        put(world, purse, 5);
    world_poll(world);
    told.fails = NULL;
    put(world, 50, 5); /* it ends the row */
    world_poll(world);
    told.fails = fail_all;
    for (int purse = 15; purse < 30; purse++)
        put(world, purse, 5);
    world_poll(world);
    assert_int_equal(measure(world).suspended.us, 0);
    assert_int_equal(measure(world).parked, 30);
    told.changed = true;
    world_pass(world, 300000);
    world_poll(world);
    assert_true(measure(world).suspended.us != 0);
    assert_true(measure(world).dead >= 1 && measure(world).dead <= 16);
    for (int purse = 0; purse < 30; purse++)
        assert_int_equal(reports_of(world, purse), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST_IN_FILE(seventeen_refused_in_a_row_are_no_outage),
        WORLD_TEST_IN_FILE(forty_refused_in_a_row_are_no_outage),
        WORLD_TEST(an_outage_kills_no_saga_and_repeats_no_step),
        WORLD_TEST(due_timeouts_of_an_outage_are_not_drained),
        WORLD_TEST(seventeen_sick_sagas_do_not_stop_the_others),
        WORLD_TEST_IN_FILE(a_broken_upcaster_stops_the_sagas_until_it_is_repaired),
        WORLD_TEST(changed_code_that_fits_no_record_is_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
