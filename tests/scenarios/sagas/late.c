/* late.c - timeouts that fail are retried, given up, and released by a person; and
 * what becomes of the events that come meanwhile. */
#include "support/domains/request.h"

#include <string.h>

#define set_up    request_set_up
#define tear_down request_tear_down

/* ---- timeouts that fail ------------------------------------------------------ */

static void a_timeout_that_fails_is_tried_again(void **state)
{
    struct world *world = *state;
    jangle_time first;

    request.stuck = true;
    request.timeout_failures = 2;
    request_call(world, "take");
    request_pass(world, HOUR_MS);
    assert_int_equal(request.timeouts, 1);
    assert_int_equal(request_left(world).parked, 1);
    first = request.at;
    request_reopen(world);
    request_pass(world, 1000);
    assert_int_equal(request.timeouts, 2);
    assert_int_equal(request.attempt, 2);
    assert_int_equal(request.at.us, first.us);
    request_pass(world, 1000);
    assert_int_equal(request.attempt, 3);
    assert_int_equal(request.at.us, first.us);
    assert_string_equal(request_saga_of(world), "finished 2");
    assert_int_equal(tills_content(world, "a"), 100);
    request_pass(world, HOUR_MS);
    assert_int_equal(request.timeouts, 3);
}

static enum jangle_result read_dead_letter(void *context,
                                           const struct jangle_dead_letter *letter)
{
    *(struct jangle_dead_letter *)context = *letter;
    assert_int_equal(letter->kind, JANGLE_PARKED_TIMEOUT);
    assert_string_equal(letter->reason, "no time for timeouts");
    return JANGLE_OK;
}

static void give_up(struct world *world)
{
    request.timeout_failures = -1;
    request_pass(world, HOUR_MS);
    request_pass(world, 1000);
    request_pass(world, 1000);
    assert_int_equal(request.timeouts, 3);
    assert_int_equal(request_left(world).dead, 1);
    assert_memory_equal(request_saga_of(world), "parked", 6);
    request_pass(world, HOUR_MS);
    assert_int_equal(request.timeouts, 3);
}

static void release(struct world *world)
{
    struct jangle_dead_letter letter = {0};

    assert_result(jangle_dead_letter_visit(world->jangle, "request", read_dead_letter,
                                           &letter, NULL),
                  JANGLE_OK);
    assert_int_equal(letter.attempts, 3);
    request.timeout_failures = 0;
    assert_result(jangle_dead_letter_retry(world->jangle, "request", letter.position,
                                           &world->error),
                  JANGLE_OK);
    world_poll(world);
    request_pass(world, 1000);
}

static void a_timeout_that_is_given_up_is_a_dead_letter_and_can_be_released(void **state)
{
    struct world *world = *state;

    request.stuck = true;
    request_call(world, "take");
    give_up(world);
    request_reopen(world);
    release(world);
    assert_string_equal(request_saga_of(world), "finished 2");
    assert_int_equal(tills_content(world, "a"), 100);
    assert_int_equal(request_left(world).dead + request_left(world).parked, 0);
}

/* Nothing waited when it was given up; the row is the timeout's own. */
static void a_timeout_without_a_waiting_event_is_released_likewise(void **state)
{
    struct world *world = *state;

    request_call(world, "hello");
    give_up(world);
    request_reopen(world);
    release(world);
    assert_string_equal(request_saga_of(world), "finished 0");
    assert_int_equal(request_left(world).dead + request_left(world).parked, 0);
}

/* An event came between the attempts, and waits: the dead letter is that event's. */
static void a_timeout_is_released_also_if_a_later_event_waits_for_it(void **state)
{
    struct world *world = *state;

    request_call(world, "hello");
    request.timeout_failures = -1;
    request_pass(world, HOUR_MS);
    request_call(world, "are you there?");
    assert_int_equal(request_left(world).parked, 2); /* the timeout, and the event */
    request_pass(world, 1000);
    request_pass(world, 1000);
    assert_int_equal(request_left(world).dead, 1);
    request_reopen(world);
    request.again = 1;
    release(world);
    assert_string_equal(request_saga_of(world), "open 0");
    request_pass(world, 1000);
    assert_int_equal(request.calls, 2);
    assert_int_equal(request_left(world).dead + request_left(world).parked, 0);
}

/* It is not lost, and not handled before the timeout. */
static void an_event_that_comes_while_a_timeout_is_tried_waits_for_it(void **state)
{
    struct world *world = *state;

    request_call(world, "hello");
    request.timeout_failures = 1;
    request.again = 1;
    request_pass(world, HOUR_MS);
    request_call(world, "are you there?");
    request_call(world, "and now?");
    assert_int_equal(request.calls, 1);
    assert_int_equal(request_left(world).parked, 2); /* the timeout, and the events */
    request_reopen(world);
    request_pass(world, 1000);
    assert_int_equal(request.timeouts, 2);
    assert_int_equal(request.calls, 3);
    assert_int_equal(request_left(world).parked, 0);
}

/* ---- no saga any more -------------------------------------------------------- */

static enum jangle_result hear(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    (void)delivery, (void)event;
    return JANGLE_OK;
}

/* The program was changed: what was a saga is now a subscriber of the same name. */
static const struct jangle_subscriber no_saga = {
    .name = "request",
    .handlers = JANGLE_HANDLERS({&move_called, hear}),
    .start = JANGLE_FROM_FIRST,
};

static enum jangle_result find_position(void *context,
                                        const struct jangle_dead_letter *letter)
{
    assert_int_equal(letter->kind, JANGLE_PARKED_TIMEOUT);
    *(int64_t *)context = letter->position;
    return JANGLE_OK;
}

static void a_parked_timeout_of_what_is_no_saga_any_more_can_be_skipped(void **state)
{
    struct world *world = *state;
    int64_t done, position = 0;

    request.stuck = true;
    request.timeout_failures = -1;
    request_call(world, "take");
    request_pass(world, HOUR_MS);
    assert_int_equal(request_left(world).parked, 1);
    world_close(world);
    world->config.sagas = (struct jangle_sagas){0};
    world_open(world, &no_saga, NULL);
    world_pass(world, HOUR_MS);
    assert_result(jangle_poll(world->jangle, &done, &world->error), JANGLE_INVALID);
    assert_non_null(strstr(world->error.message, "\"request\" has a parked timeout"));
    assert_result(jangle_parked_visit(world->jangle, "request", find_position, &position,
                                      &world->error),
                  JANGLE_OK);
    assert_result(jangle_parked_skip(world->jangle, "request", position, &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_int_equal(request_left(world).parked, 0);
    assert_int_equal(request.timeouts, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_timeout_that_fails_is_tried_again),
        WORLD_TEST(a_timeout_that_is_given_up_is_a_dead_letter_and_can_be_released),
        WORLD_TEST(a_timeout_without_a_waiting_event_is_released_likewise),
        WORLD_TEST(a_timeout_is_released_also_if_a_later_event_waits_for_it),
        WORLD_TEST(an_event_that_comes_while_a_timeout_is_tried_waits_for_it),
        WORLD_TEST_IN_FILE(a_parked_timeout_of_what_is_no_saga_any_more_can_be_skipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
