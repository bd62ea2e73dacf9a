/* told.c - what sagas do is logged and shown: steps for those who ask, trouble for
 * everybody. */
#include "support/domains/tills.h"

#include <string.h>

enum { HOUR_MS = 3600000 };

/* ---- a log ------------------------------------------------------------------- */

static struct {
    int started, stepped, retried, timed_out, passed, late, finished, parked;
    int registered, failed, dead;
    char last_failure[200];
} told;

static void hear(void *context, const struct jangle_log_entry *entry)
{
    const struct {
        const char *topic;
        int *count;
    } counts[] = {
        {"SAGA_STARTED", &told.started}, {"SAGA_STEP", &told.stepped},
        {"SAGA_RETRIED", &told.retried}, {"SAGA_TIMED_OUT", &told.timed_out},
        {"SAGA_PASSED", &told.passed},   {"SAGA_FINISHED", &told.finished},
        {"SAGA_PARKED", &told.parked},   {"REGISTERED", &told.registered},
        {"STORE_FAILED", &told.failed},  {"EVENT_DEAD", &told.dead},
        {"SAGA_LATE", &told.late},
    };

    (void)context;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        *counts[i].count += !strcmp(entry->topic, counts[i].topic);
    if (!strcmp(entry->topic, "STORE_FAILED"))
        snprintf(told.last_failure, sizeof told.last_failure, "%s", entry->message);
}

static int set_up(void **state)
{
    static struct world world;

    memset(&told, 0, sizeof told);
    world_init(&world, *state != NULL);
    world.config.host.logger = (struct jangle_logger){.write = hear};
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

/* ---- sagas that do something else with a move -------------------------------- */

static enum jangle_result refuse_today(struct jangle_turn *turn,
                                       const void *state,
                                       const struct jangle_event *event)
{
    (void)state;
    if (event)
        jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, HOUR_MS));
    return jangle_turn_fail(turn, JANGLE_RETRY, "not today");
}

static enum jangle_result wait_an_hour(struct jangle_turn *turn,
                                       const void *state,
                                       const struct jangle_event *event)
{
    (void)state;
    (void)event;
    return jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, HOUR_MS));
}

static const struct jangle_saga *saga_that(jangle_react_fn *react,
                                           jangle_react_fn *on_timeout,
                                           const struct jangle_message *described)
{
    static struct jangle_reaction reactions[1];
    static struct jangle_saga saga;

    reactions[0] = (struct jangle_reaction){&paid_out, react};
    saga = move_saga;
    saga.state = described;
    saga.reactions = (struct jangle_reactions)JANGLE_ARRAY(reactions);
    saga.on_timeout = on_timeout;
    saga.retry = (struct jangle_retry){.max_attempts = 2, .first_delay_ms = 1};
    return &saga;
}

/* ---- what is told ------------------------------------------------------------ */

static void what_a_saga_does_is_told_who_asks(void **state)
{
    static const struct jangle_log_level levels[] = {
        {JANGLE_LOG_REGISTERED, JANGLE_LEVEL_INFO},
        {JANGLE_LOG_SAGA_STARTED, JANGLE_LEVEL_INFO},
        {JANGLE_LOG_SAGA_STEP, JANGLE_LEVEL_INFO},
        {JANGLE_LOG_SAGA_PASSED, JANGLE_LEVEL_INFO},
        {JANGLE_LOG_SAGA_FINISHED, JANGLE_LEVEL_INFO}};
    struct world *world = *state;

    world->config.log_levels = (struct jangle_log_levels)JANGLE_ARRAY(levels);
    tills_open(world, &move_saga);
    assert_int_equal(told.registered, 2); /* the tills, and the saga */
    tills_pay_out(world, "a", "m1", "nowhere", 30);
    world_poll(world);
    assert_int_equal(told.started, 1);
    assert_int_equal(told.stepped, 2); /* there, and back */
    assert_int_equal(told.finished, 1);
    assert_int_equal(told.passed, 0);
    tills_pay_out(world, "a", "m1", "b", 30);
    world_poll(world);
    assert_int_equal(told.passed, 1);
    assert_int_equal(told.started, 1);
}

static void nobody_else_hears_of_what_goes_well(void **state)
{
    struct world *world = *state;

    tills_open(world, &move_saga);
    tills_pay_out(world, "a", "m1", "b", 30);
    tills_pay_out(world, "a", "m1", "b", 30);
    world_poll(world);
    assert_string_equal(tills_saga(world, "move", "m1"), "finished 1");
    assert_int_equal(told.started + told.stepped + told.finished + told.passed, 0);
    assert_int_equal(told.registered, 0);
}

static void trouble_with_a_turn_is_told_to_everybody(void **state)
{
    struct world *world = *state;

    tills_open(world, saga_that(refuse_today, refuse_today, &move_state));
    tills_pay_out(world, "a", "m1", "b", 30);
    world_poll(world);
    assert_int_equal(told.retried, 1);
    assert_int_equal(told.dead, 0);
    world_pass(world, 1000);
    world_poll(world);
    assert_int_equal(told.retried, 2);
    assert_int_equal(told.dead, 1);
    assert_int_equal(told.parked, 0); /* it is open, and its time will come */
}

static void trouble_with_a_timeout_is_told_to_everybody(void **state)
{
    struct world *world = *state;

    tills_open(world, saga_that(wait_an_hour, refuse_today, &move_state));
    tills_pay_out(world, "a", "m1", "b", 30);
    world_poll(world);
    world_pass(world, HOUR_MS);
    world_poll(world);
    assert_int_equal(told.timed_out, 1);
    assert_int_equal(told.retried, 1);
    assert_int_equal(told.parked, 0);
    world_pass(world, 1000);
    world_poll(world);
    assert_int_equal(told.timed_out, 1);
    assert_int_equal(told.parked, 1);
    assert_string_equal(tills_saga(world, "move", "m1"), "parked 0");
}

/* Its sender's clock is behind: by that it happened before the timeout, which
 * has been. */
static void an_event_that_is_late_is_told(void **state)
{
    struct world *world = *state;

    tills_open(world, saga_that(wait_an_hour, wait_an_hour, &move_state));
    tills_pay_out(world, "a", "m1", "b", 30);
    world_poll(world);
    world_pass(world, HOUR_MS);
    world_poll(world);
    tills_pay_out(world, "a", "m1", "b", 10);
    world_poll(world);
    assert_int_equal(told.late, 0);
    world->now_us -= INT64_C(1000) * HOUR_MS / 2;
    tills_pay_out(world, "a", "m1", "b", 10);
    world->now_us += INT64_C(1000) * HOUR_MS / 2;
    world_poll(world);
    assert_int_equal(told.late, 1);
    assert_int_equal(told.timed_out, 1);
}

static void what_cannot_be_read_is_told_and_stops_no_other_timeout(void **state)
{
    struct world *world = *state;
    struct jangle_message newer = move_state;

    newer.version = 2;
    tills_open(world, saga_that(wait_an_hour, move_on_timeout, &newer));
    tills_pay_out(world, "a", "m1", "b", 30);
    world_poll(world);
    world_close(world);
    tills_open(world, saga_that(wait_an_hour, move_on_timeout, &move_state));
    tills_pay_out(world, "a", "m2", "b", 20);
    world_poll(world);
    world_pass(world, HOUR_MS);
    world_poll(world);
    assert_int_equal(told.failed, 1);
    assert_non_null(strstr(told.last_failure, "move/m1"));
    assert_non_null(strstr(told.last_failure, "version 2"));
    assert_string_equal(tills_saga(world, "move", "m2"), "finished 1");
    assert_int_equal(tills_content(world, "a"), 70);
    world_pass(world, 1000);
    world_poll(world);
    assert_int_equal(told.failed, 2); /* and it is not forgotten */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_a_saga_does_is_told_who_asks),
        WORLD_TEST(nobody_else_hears_of_what_goes_well),
        WORLD_TEST(trouble_with_a_turn_is_told_to_everybody),
        WORLD_TEST(trouble_with_a_timeout_is_told_to_everybody),
        WORLD_TEST(an_event_that_is_late_is_told),
        WORLD_TEST_IN_FILE(what_cannot_be_read_is_told_and_stops_no_other_timeout),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
