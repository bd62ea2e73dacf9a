/* readers.c - the connections that read go from hand to hand: each that is released wakes
 * one who waits for it, and the fence is told when none is in use. */
#include "sqlite/file/readers.h"

#include "support/test.h"
#include "support/test_host.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { WAITERS = 12 };

static struct jn_file file;
static struct test_host host;
static atomic_int started, served;

static int set_up(void **state)
{
    (void)state;
    test_host_init(&host);
    file = (struct jn_file){.host = &host.host, .path = "readers.db"};
    assert_int_equal(jn_mutex_init(&file.readers_mutex), JANGLE_OK);
    assert_int_equal(jn_cond_init(&file.reader_is_free), JANGLE_OK);
    assert_int_equal(jn_cond_init(&file.readers_are_idle), JANGLE_OK);
    for (size_t i = 0; i < JN_READER_COUNT; i++)
        assert_int_equal(sqlite3_open(":memory:", &file.readers[i].database.handle),
                         SQLITE_OK);
    started = served = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < JN_READER_COUNT; i++)
        jn_database_close(&file.readers[i].database);
    jn_cond_finish(&file.readers_are_idle);
    jn_cond_finish(&file.reader_is_free);
    jn_mutex_finish(&file.readers_mutex);
    return 0;
}

static struct jn_database *take(void)
{
    struct jn_database *database;

    assert_int_equal(jn_file_take_reader(&file, &database, NULL), JANGLE_OK);
    return database;
}

static void *take_and_release(void *unused)
{
    struct jn_database *database;

    (void)unused;
    started++;
    database = take();
    served++;
    jn_file_release_reader(&file, database);
    return NULL;
}

static void start(pthread_t threads[WAITERS])
{
    for (int i = 0; i < WAITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_release, NULL), 0);
    while (started < WAITERS)
        sched_yield();
}

static void join(const pthread_t threads[WAITERS])
{
    for (int i = 0; i < WAITERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(served, WAITERS);
}

/* One reader serves all, one after the other: each wakes the next. */
static void a_reader_that_is_released_goes_to_one_who_waits(void **state)
{
    struct jn_database *held[JN_READER_COUNT];
    pthread_t threads[WAITERS];

    (void)state;
    for (size_t i = 0; i < JN_READER_COUNT; i++)
        held[i] = take();
    start(threads);
    assert_int_equal(served, 0);
    jn_file_release_reader(&file, held[0]);
    join(threads);
    for (size_t i = 1; i < JN_READER_COUNT; i++)
        jn_file_release_reader(&file, held[i]);
}

static void *hold(void *unused)
{
    (void)unused;
    jn_file_hold_readers(&file, INT64_C(3600000));
    return NULL;
}

static void wait_until_stopped(void)
{
    bool stopped = false;

    while (!stopped) {
        sched_yield();
        jn_mutex_lock(&file.readers_mutex);
        stopped = file.readers_stopped;
        jn_mutex_unlock(&file.readers_mutex);
    }
}

/* Whoever waits for a reader is not told of those that are released meanwhile, and does
 * not take the word that is meant for the fence. */
static void a_fence_waits_for_those_who_read_and_lets_nobody_begin(void **state)
{
    struct jn_database *one = take(), *other = take();
    pthread_t threads[WAITERS], fence;

    (void)state;
    assert_int_equal(pthread_create(&fence, NULL, hold, NULL), 0);
    wait_until_stopped();
    start(threads);
    jn_file_release_reader(&file, one);
    assert_int_equal(served, 0);
    jn_file_release_reader(&file, other);
    pthread_join(fence, NULL);
    assert_int_equal(served, 0);
    jn_file_resume_readers(&file);
    join(threads);
}

/* Then some still read, and what they release goes to the next who reads. */
static void a_fence_whose_time_is_over_leaves_all_as_it_was(void **state)
{
    struct jn_database *held[JN_READER_COUNT];
    pthread_t threads[WAITERS];

    (void)state;
    for (size_t i = 0; i < JN_READER_COUNT; i++)
        held[i] = take();
    assert_int_equal(jn_file_stop_readers(&file, 1, NULL), JANGLE_BUSY);
    start(threads);
    for (size_t i = 0; i < JN_READER_COUNT; i++)
        jn_file_release_reader(&file, held[i]);
    join(threads);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reader_that_is_released_goes_to_one_who_waits),
        TEST(a_fence_waits_for_those_who_read_and_lets_nobody_begin),
        TEST(a_fence_whose_time_is_over_leaves_all_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
