/* crowd.c - threads of the benchmark do what they are told to, and an answer that has not
 * waited for the disk is noticed. */
#include "support/test.h"

#include "crowd.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static atomic_int deaths;

/* In place of those of bench/sample.c, which this program does not have. The thread that
 * would end the program ends itself. */
void bench_die(const char *what, const char *why)
{
    assert_non_null(strstr(why, "before a sync"));
    assert_string_equal(what, "an answer");
    deaths++;
    pthread_exit(NULL);
}

void *bench_new(size_t bytes)
{
    void *memory = calloc(1, bytes);

    assert_non_null(memory);
    return memory;
}

double bench_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void do_nothing(void *context, struct crowd_member *member)
{
    (void)context;
    (void)member;
}

static void sync_file(void *context, struct crowd_member *member)
{
    (void)member;
    fdatasync(fileno(context));
}

/* It fails, because there is no such file. */
static void sync_nothing(void *context, struct crowd_member *member)
{
    (void)context;
    (void)member;
    fsync(-1);
}

static int deaths_of(void (*act)(void *context, struct crowd_member *member))
{
    FILE *file = tmpfile();
    struct crowd crowd = {.threads = 2, .seconds = 0.001, .act = act, .context = file};
    struct bench_sample sample = {0};

    assert_non_null(file);
    deaths = 0;
    crowd_run(&crowd, &sample);
    fclose(file);
    return deaths;
}

static void an_answer_without_a_sync_is_noticed(void **state)
{
    (void)state;
    assert_int_equal(deaths_of(do_nothing), 2);
    assert_int_equal(deaths_of(sync_nothing), 2);
    assert_int_equal(deaths_of(sync_file), 0);
}

static void a_sync_from_before_the_question_is_not_enough(void **state)
{
    FILE *file = tmpfile();
    int64_t mark;

    (void)state;
    assert_non_null(file);
    assert_int_equal(fsync(fileno(file)), 0);
    mark = bench_syncs_begun();
    assert_false(bench_synced_since(mark));
    assert_int_equal(fsync(fileno(file)), 0);
    assert_true(bench_synced_since(mark));
    fclose(file);
}

static void a_sync_that_is_replaced_counts_and_touches_no_file(void **state)
{
    int64_t before = bench_syncs(), mark = bench_syncs_begun();

    (void)state;
    bench_sync_as(SYNC_NONE);
    assert_int_equal(fsync(-1), 0);
    bench_sync_choose(1);
    bench_sync_for_run();
    assert_int_equal(fdatasync(-1), 0);
    bench_sync_choose(SYNC_REAL);
    bench_sync_for_run();
    assert_int_equal(fdatasync(-1), -1);
    assert_int_equal(bench_syncs() - before, 3);
    assert_true(bench_synced_since(mark));
}

/* 5 threads, 1000 a second, for a tenth of a second: 100 of them are due. */
static void what_is_due_is_done(void **state)
{
    const struct crowd crowd = {
        .threads = 5, .seconds = 0.1, .rate = 1000, .unsynced = true, .act = do_nothing};
    struct bench_sample sample = {0};

    (void)state;
    crowd_run(&crowd, &sample);
    assert_true(sample.count >= 99 && sample.count <= 101);
    assert_true(sample.fairness > 0.9);
    assert_true(sample.typical <= sample.rare && sample.rare <= sample.rarest &&
                sample.rarest <= sample.longest);
}

static void begin_slowly(void *context, struct crowd_member *member)
{
    (void)context;
    if (member->count > 0)
        return;
    bench_sync_as(20000);
    fsync(-1);
    bench_sync_as(SYNC_REAL);
}

/* One thread, one operation a millisecond: the first one takes 20 ms, and those that were
 * due meanwhile have waited, too. */
static void who_waits_behind_a_slow_one_is_counted(void **state)
{
    const struct crowd crowd = {.threads = 1,
                                .seconds = 0.02,
                                .rate = 1000,
                                .unsynced = true,
                                .act = begin_slowly};
    struct bench_sample sample = {0};

    (void)state;
    crowd_run(&crowd, &sample);
    assert_true(sample.longest >= 0.02);
    assert_true(sample.typical >= 0.005);
}

static void draws_are_below_their_limit(void **state)
{
    struct crowd_member member = {.random = 7};
    bool seen[10] = {false};

    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t drawn = crowd_draw(&member, 10);

        assert_true(drawn >= 0 && drawn < 10);
        seen[drawn] = true;
    }
    for (int i = 0; i < 10; i++)
        assert_true(seen[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_without_a_sync_is_noticed),
        cmocka_unit_test(a_sync_from_before_the_question_is_not_enough),
        cmocka_unit_test(a_sync_that_is_replaced_counts_and_touches_no_file),
        cmocka_unit_test(what_is_due_is_done),
        cmocka_unit_test(who_waits_behind_a_slow_one_is_counted),
        cmocka_unit_test(draws_are_below_their_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
