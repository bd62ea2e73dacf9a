/* elsewhere.c - one instance runs a subscriber, another waits for it, and takes
 * it over when it is given up. */
#include "support/domains/follower.h"

#include <string.h>

static struct follower seen_here, seen_there;

static const struct jangle_subscriber here_one = {.name = "it",
                                                  .context = &seen_here,
                                                  .handlers =
                                                      JANGLE_ARRAY(follower_handlers),
                                                  .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber there_one = {.name = "it",
                                                   .context = &seen_there,
                                                   .handlers =
                                                       JANGLE_ARRAY(follower_handlers),
                                                   .start = JANGLE_FROM_FIRST};

/* Two instances on one file. */
static struct world here, there;

static int set_up(void **state)
{
    (void)state;
    seen_here = seen_there = (struct follower){0};
    world_init(&here, true);
    there = here;
    there.directory[0] = '\0';
    there.config.host.clock.context = &there;
    there.config.storage = jangle_sqlite(here.file);
    world_open(&here, &here_one, NULL);
    world_open(&there, &there_one, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&there);
    world_finish(&here);
    follower_clear(&seen_here);
    follower_clear(&seen_there);
    return 0;
}

static void only_one_instance_runs_a_subscriber(void **state)
{
    (void)state;
    assert_true(world_measure(&here, "it").here);
    assert_false(world_measure(&there, "it").here);
    world_put_many(&there, 30, 3);
    world_poll(&there);
    assert_int_equal(seen_there.count, 0);
    world_poll(&here);
    follower_assert_all(&seen_here, 1, 30);
}

static void what_is_known_of_it_is_what_is_stored(void **state)
{
    struct jangle_subscriber_stats stats;

    (void)state;
    seen_here.fails_for = "1";
    seen_here.failures = -1;
    world_put_many(&there, 30, 3);
    world_poll(&here);
    world_rows(&here, "it");
    stats = world_measure(&there, "it");
    assert_int_equal(stats.position, 30);
    assert_int_equal(stats.parked, 1);
    assert_int_equal(stats.lag, 0);
    assert_string_equal(stats.reason, "not now, purse 1");
    assert_result(jangle_wait(there.jangle, "it", 30, -1, &there.error), JANGLE_OK);
    assert_result(jangle_wait(there.jangle, "it", 29, -1, &there.error), JANGLE_PARKED);
}

static void a_wait_for_another_instance_takes_its_time(void **state)
{
    (void)state;
    world_put(&there, "1");
    assert_result(jangle_wait(there.jangle, "it", 1, 60, &there.error), JANGLE_TIMEOUT);
    assert_result(jangle_drain(there.jangle, 60, NULL, &there.error), JANGLE_TIMEOUT);
    world_poll(&here);
    world_rows(&here, "it");
    assert_result(jangle_wait(there.jangle, "it", 1, 60000, &there.error), JANGLE_OK);
    assert_result(jangle_drain(there.jangle, 60000, NULL, &there.error), JANGLE_OK);
}

static void a_subscriber_that_was_given_up_is_taken_over(void **state)
{
    (void)state;
    seen_here.fails_for = "1";
    seen_here.failures = 2;
    world_put_many(&there, 30, 3);
    world_poll(&here);
    world_close(&here);
    assert_int_equal(seen_there.count, 0);
    world_put_many(&there, 30, 3);
    world_pass(&there, 300000);
    world_poll(&there);
    assert_true(world_measure(&there, "it").here);
    for (int64_t position = 1; position <= 60; position++)
        assert_int_equal(follower_handled(&seen_here, position) +
                             follower_handled(&seen_there, position),
                         1);
}

static void it_cannot_be_meddled_with_from_elsewhere(void **state)
{
    (void)state;
    world_put(&there, "1");
    assert_result(jangle_subscriber_reset(there.jangle, "it", 0, &there.error),
                  JANGLE_BUSY);
    assert_string_equal(there.error.message, "\"it\" is run by another process");
    assert_result(jangle_dead_letter_skip(there.jangle, "it", 1, &there.error),
                  JANGLE_BUSY);
    assert_result(jangle_dead_letter_retry(there.jangle, "it", 1, &there.error),
                  JANGLE_BUSY);
}

static enum jangle_result count_dead_letter(void *context,
                                            const struct jangle_dead_letter *letter)
{
    (void)letter;
    ++*(int *)context;
    return JANGLE_OK;
}

static void its_dead_letters_are_seen_from_everywhere(void **state)
{
    int letters = 0;

    (void)state;
    seen_here.fails_for = "1";
    seen_here.failures = -1;
    seen_here.refuses = true;
    world_put_many(&there, 30, 3);
    world_poll(&here);
    world_rows(&here, "it");
    assert_result(
        jangle_dead_letter_visit(there.jangle, "it", count_dead_letter, &letters, NULL),
        JANGLE_OK);
    assert_int_equal(letters, 1);
    assert_result(
        jangle_dead_letter_visit(there.jangle, NULL, count_dead_letter, &letters, NULL),
        JANGLE_OK);
    assert_int_equal(letters, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_one_instance_runs_a_subscriber, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_known_of_it_is_what_is_stored, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_wait_for_another_instance_takes_its_time,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_subscriber_that_was_given_up_is_taken_over,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_cannot_be_meddled_with_from_elsewhere, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(its_dead_letters_are_seen_from_everywhere, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
