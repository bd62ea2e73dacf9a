/* cached_memory.c - memory runs out somewhere in a command that finds a state in memory:
 * the answer is true, and the next reply is what the events say. */
#include "support/domains/jars.h"
#include "support/failing_allocator.h"
#include "support/test.h"

#include <jangle/testing.h>

#include <stdio.h>
#include <string.h>

static struct failing_allocator memory;
static struct jangle *jangle;

static int set_up(void **state)
{
    struct jangle_config config = {
        .aggregates = jar_aggregates, .storage = jangle_memory(), .conflict_retries = 1};

    (void)state;
    failing_allocator_init(&memory, 0);
    config.host.logger = jangle_logger_none();
    config.host.allocator = memory.allocator;
    jangle = jangle_open(&config, NULL);
    return jangle ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
    assert_int_equal(memory.pieces, 0);
    return 0;
}

/* A long note, so that the state grows and is compacted now and then. */
static const char note[] =
    "a note that is long enough to make the arena of the state "
    "grow, and to be copied when most of it is garbage: what is "
    "cut off or doubled is seen in the total";

static int64_t total(void)
{
    int64_t count = -1;

    sscanf(jars_count(jangle, "a"), "%ld", &count);
    return count;
}

/* So many allocations are in a command; each fails once, in a command of its own. Some
 * commands store two events and look at nothing, others look at a second jar. */
static void every_allocation_of_a_command_may_fail(void **state)
{
    int64_t expected = 10, failures = 0, stored_all_the_same = 0;

    (void)state;
    assert_result(jars_add(jangle, "a", 10, note), JANGLE_OK);
    assert_result(jars_add(jangle, "b", 1, note), JANGLE_OK);
    for (int64_t at = 1; at <= 60; at++)
        for (int kind = 0; kind < 3; kind++) {
            int64_t gained = kind == 0 ? 2 : kind == 1 ? 1 : -1;
            enum jangle_result result;

            failing_allocator_arm(&memory, at);
            if (kind == 0)
                result = jangle_send(jangle, NULL, add_pebbles, .jar_id = "a",
                                     .amount = 1, .times = 2, .note = note);
            else if (kind == 1)
                result =
                    jangle_send(jangle, NULL, match_pebbles, .jar_id = "a", .other = "b");
            else
                result =
                    jangle_send(jangle, NULL, take_pebbles, .jar_id = "a", .amount = 1);
            failures += memory.failed;
            stored_all_the_same += memory.failed && result == JANGLE_OK;
            failing_allocator_arm(&memory, 0);
            assert_true(result == JANGLE_OK || result == JANGLE_NO_MEMORY);
            expected += result ? 0 : gained;
            assert_int_equal(total(), expected);
        }
    assert_true(failures > 10);
    assert_true(stored_all_the_same > 0); /* memory ran out after the commit */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        every_allocation_of_a_command_may_fail, set_up, tear_down)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
