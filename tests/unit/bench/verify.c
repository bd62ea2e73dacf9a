/* verify.c - what the benchmark finds in the file of a round, and when it takes the disk
 * for disturbed. */
#include "support/temp_directory.h"
#include "support/test.h"

#include "bench.h"
#include "noise.h"
#include "verify.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* In place of those of bench/sample.c, which this program does not have. */
void bench_die(const char *what, const char *why)
{
    fail_msg("%s: %s", what, why);
    abort();
}

double bench_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What is said of these events, of which three were acknowledged. */
static const char *fault_of(const char *rows)
{
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE + 16];
    sqlite3 *database;
    const char *fault;

    temp_directory_make(directory);
    snprintf(path, sizeof path, "%s/bench.db", directory);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database,
                                  "CREATE TABLE events (stream INTEGER, version INTEGER)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, rows, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
    fault = verify_events(path, 3);
    temp_directory_remove(directory);
    return fault;
}

static void events_as_acknowledged_are_no_fault(void **state)
{
    (void)state;
    assert_null(fault_of("INSERT INTO events VALUES (1, 1), (2, 1), (1, 2)"));
}

static void a_lost_event_is_noticed(void **state)
{
    (void)state;
    assert_string_equal(fault_of("INSERT INTO events VALUES (1, 1), (2, 1)"),
                        "an event is missing that was acknowledged");
}

static void an_event_too_many_is_noticed(void **state)
{
    (void)state;
    assert_string_equal(
        fault_of("INSERT INTO events VALUES (1, 1), (2, 1), (1, 2), (1, 3)"),
        "there are events that nobody was told of");
}

static void a_gap_of_versions_is_noticed(void **state)
{
    (void)state;
    assert_string_equal(fault_of("INSERT INTO events VALUES (1, 1), (2, 1), (1, 3)"),
                        "the versions of a stream have a gap");
    assert_string_equal(fault_of("INSERT INTO events VALUES (1, 1), (2, 0), (2, 2)"),
                        "the versions of a stream have a gap");
    assert_string_equal(fault_of("INSERT INTO events VALUES (1, 1), (2, 2), (1, 2)"),
                        "the versions of a stream have a gap");
}

static void a_disk_that_moves_by_a_third_is_disturbed(void **state)
{
    (void)state;
    assert_false(noise_moved(1000, 1000));
    assert_false(noise_moved(1000, 1299));
    assert_false(noise_moved(1299, 1000));
    assert_true(noise_moved(1000, 1301));
    assert_true(noise_moved(1301, 1000));
}

static void commits_far_below_the_disk_are_disturbed(void **state)
{
    (void)state;
    assert_false(noise_slowed(701, 1000, 1200));
    assert_false(noise_slowed(701, 1200, 1000));
    assert_true(noise_slowed(699, 1000, 1200));
    assert_true(noise_slowed(699, 1200, 1000));
    assert_false(noise_slowed(0, 1000, 1000));
}

static void a_probe_finds_a_rate_and_leaves_nothing(void **state)
{
    char directory[TEMP_PATH_SIZE];

    (void)state;
    temp_directory_make(directory);
    assert_true(noise_probe(directory) > 0);
    assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_as_acknowledged_are_no_fault),
        cmocka_unit_test(a_lost_event_is_noticed),
        cmocka_unit_test(an_event_too_many_is_noticed),
        cmocka_unit_test(a_gap_of_versions_is_noticed),
        cmocka_unit_test(a_disk_that_moves_by_a_third_is_disturbed),
        cmocka_unit_test(commits_far_below_the_disk_are_disturbed),
        cmocka_unit_test(a_probe_finds_a_rate_and_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
