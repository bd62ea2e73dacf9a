/* ids.c - how long the id of a command is remembered: by the time that has passed,
 * whatever date the clock shows in between. */
#include "support/domains/follower.h"

#include <string.h>

enum { HOUR_MS = 3600000, DAY_MS = 24 * HOUR_MS };

static int set_up(void **state)
{
    static struct world world;

    world_init(&world, *state != NULL);
    world.config.command_id_keep_ms = HOUR_MS;
    world_open(&world, NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

/* Only the date changes. */
static void jump(struct world *world, int64_t ms)
{
    world->now_us += ms * 1000;
}

/* Time for more than one round of tidying. */
static void let_it_tidy(struct world *world)
{
    for (int i = 0; i < 3; i++) {
        world_pass(world, 1000);
        world_poll(world);
    }
}

static void put_with_id(struct world *world, const char *id)
{
    assert_result(jangle_send_in(world->jangle, NULL,
                                 &(struct jangle_envelope){.command_id = id}, put_in,
                                 .purse_id = "1", .amount = 5),
                  JANGLE_OK);
}

/* Is it answered again, and not done again? */
static bool is_remembered(struct world *world, const char *id)
{
    struct jangle_outcome outcome;

    assert_result(jangle_send_in(world->jangle, &outcome,
                                 &(struct jangle_envelope){.command_id = id}, put_in,
                                 .purse_id = "1", .amount = 5),
                  JANGLE_OK);
    return outcome.repeated;
}

static void an_id_is_kept_for_its_time_and_then_forgotten(void **state)
{
    struct world *world = *state;

    put_with_id(world, "one");
    world_pass(world, HOUR_MS - 10000);
    let_it_tidy(world);
    assert_true(is_remembered(world, "one"));
    world_pass(world, 10000);
    let_it_tidy(world);
    assert_false(is_remembered(world, "one"));
}

static void a_clock_that_is_ahead_for_three_seconds_forgets_nothing(void **state)
{
    struct world *world = *state;

    put_with_id(world, "one");
    jump(world, DAY_MS);
    let_it_tidy(world);
    jump(world, -DAY_MS);
    assert_true(is_remembered(world, "one"));
}

static void a_program_that_is_opened_while_it_is_ahead_forgets_nothing(void **state)
{
    struct world *world = *state;

    if (!world->file[0])
        return;
    put_with_id(world, "one");
    world_close(world);
    jump(world, DAY_MS);
    world_open(world, NULL);
    let_it_tidy(world);
    jump(world, -DAY_MS);
    assert_true(is_remembered(world, "one"));
}

/* The newest event bears a date of tomorrow. */
static void what_was_stored_while_it_was_ahead_makes_nothing_older(void **state)
{
    struct world *world = *state;

    if (!world->file[0])
        return;
    put_with_id(world, "one");
    jump(world, DAY_MS);
    put_with_id(world, "two");
    world_close(world);
    jump(world, -DAY_MS);
    world_open(world, NULL);
    let_it_tidy(world);
    assert_true(is_remembered(world, "one"));
    assert_true(is_remembered(world, "two"));
}

static void a_clock_that_is_behind_forgets_nothing_early(void **state)
{
    struct world *world = *state;

    put_with_id(world, "one");
    jump(world, -DAY_MS);
    world_pass(world, 2 * HOUR_MS);
    let_it_tidy(world);
    assert_true(is_remembered(world, "one"));
}

/* Nothing is known of the time before it was opened but that it has passed. */
static void a_program_that_is_opened_late_forgets_when_its_time_has_passed(void **state)
{
    struct world *world = *state;

    if (!world->file[0])
        return;
    put_with_id(world, "one");
    world_close(world);
    world_pass(world, 30 * (int64_t)DAY_MS);
    world_open(world, NULL);
    let_it_tidy(world);
    world_pass(world, HOUR_MS);
    let_it_tidy(world);
    assert_false(is_remembered(world, "one"));
}

/* ---- commands without an id ----------------------------------------------------------
 */

static const char *refuse(struct world *world, const char *purse, const char *command_id)
{
    static struct jangle_outcome outcome;
    struct jangle_envelope envelope = {.command_id = command_id};

    assert_result(jangle_send_in(world->jangle, &outcome, &envelope, put_in,
                                 .purse_id = purse, .amount = 5),
                  JANGLE_INVALID);
    return outcome.error.message;
}

/* Nothing of them is compared later, so they are only checked and not encoded. */
static void what_cannot_be_encoded_is_refused_with_an_id_or_without(void **state)
{
    enum { LONG = 2000000 };
    static const struct {
        const char *purse, *says;
    } bad[] = {
        {NULL, "put_in.purse_id: is NULL"},
        {"a\xff", "put_in.purse_id: is not UTF-8 at byte 1"},
        {"long", "put_in: is longer than 1048576 bytes of JSON (message_bytes)"},
    };
    static char text[LONG + 1];

    memset(text, 'a', LONG);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *purse = i == 2 ? text : bad[i].purse;

        assert_string_equal(refuse(*state, purse, "an id"), bad[i].says);
        assert_string_equal(refuse(*state, purse, NULL), bad[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_id_is_kept_for_its_time_and_then_forgotten),
        WORLD_TEST(a_clock_that_is_ahead_for_three_seconds_forgets_nothing),
        WORLD_TEST(a_program_that_is_opened_while_it_is_ahead_forgets_nothing),
        WORLD_TEST(what_was_stored_while_it_was_ahead_makes_nothing_older),
        WORLD_TEST(a_clock_that_is_behind_forgets_nothing_early),
        WORLD_TEST(a_program_that_is_opened_late_forgets_when_its_time_has_passed),
        WORLD_TEST(what_cannot_be_encoded_is_refused_with_an_id_or_without),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
