/* looking.c - two processes whose commands look at what the other changes. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "support/domains/addresses_race.h"
#include "support/effort.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 2, THREADS = 4, ROUNDS = 80, LAMP_ROUNDS = 40 };

static char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];

/* What all processes see. */
static struct shared {
    struct addresses_told told;
    _Atomic int opened; /* processes that have the file open: one after the other */
} * shared;

static int set_up(void **state)
{
    (void)state;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || !temp_directory_make(directory))
        return 1;
    temp_directory_path(path, directory, "addresses.db");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_directory_remove(directory);
    return munmap(shared, sizeof *shared);
}

static struct jangle *open_jangle(void)
{
    /* Another process may win any number of times: only its own commands stand
     * in line. */
    struct jangle_config config = {.aggregates = address_aggregates,
                                   .conflict_retries = 100000,
                                   .workers = 1,
                                   .storage = jangle_sqlite(path),
                                   .host = {.logger = jangle_logger_none()}};

    struct jangle_error error = {0};
    struct jangle *jangle = jangle_open(&config, &error);

    if (!jangle)
        fprintf(stderr, "%s\n", error.message);
    return jangle;
}

/* Both files and locks are made by the processes themselves: they do not survive
 * a fork. */
static void race(void (*work)(struct jangle *jangle, int process))
{
    pid_t children[PROCESSES];
    struct jangle *jangle;

    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            while (shared->opened < i)
                sched_yield();
            jangle = open_jangle();
            shared->opened++;
            if (!jangle)
                _exit(1);
            work(jangle, i);
            _exit(jangle_close(jangle, -1) != JANGLE_OK);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    jangle = open_jangle();
    assert_non_null(jangle);
    addresses_check(jangle, &shared->told);
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
}

static void claim_and_release(struct jangle *jangle, int process)
{
    for (int left = effort_count(EFFORT_LAMPS_OF_PROCESSES); left > 0; left--)
        addresses_race(jangle, process, THREADS, ROUNDS, &shared->told);
}

static void two_processes_claim_and_release_twenty_names(void **state)
{
    (void)state;
    race(claim_and_release);
    assert_true(shared->told.claims > 0 && shared->told.refused > 0);
}

static void turn_on_and_off(struct jangle *jangle, int process)
{
    (void)process;
    for (int left = effort_count(EFFORT_LAMPS_OF_PROCESSES); left > 0; left--)
        lamps_race(jangle, THREADS, LAMP_ROUNDS, &shared->told);
}

static void two_processes_on_two_lamps_that_look_at_each_other(void **state)
{
    (void)state;
    race(turn_on_and_off);
    assert_true(shared->told.on > 0 && shared->told.off > 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(two_processes_claim_and_release_twenty_names),
        TEST(two_processes_on_two_lamps_that_look_at_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
