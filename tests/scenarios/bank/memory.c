/* memory.c - what SQLite does with the memory of a page cache: given to the system and
 * taken back with each command that reads, unless the program says, as the bank does,
 * that a connection keeps it. */
#include "support/domains/follower.h"

#include "app/process.h"

#include <jangle/testing.h>

#include <sqlite3.h>

/* ---- SQLite's memory --------------------------------------------------------- */

enum { PAGE = 4096, A_FEW_PAGES = 20 };

static sqlite3_mem_methods real;
static int64_t pages_taken;

/* A page of a cache comes with what is known of it. */
static void *counting_malloc(int size)
{
    pages_taken += size > PAGE && size < 2 * PAGE;
    return real.xMalloc(size);
}

static void stand_behind_sqlite(void)
{
    sqlite3_mem_methods mine;

    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
    mine = real;
    mine.xMalloc = counting_malloc;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &mine), SQLITE_OK);
}

/* ---- the work ---------------------------------------------------------------- */

enum { PURSES = 3, EVENTS = 1000, COMMANDS = 10 };

static struct world world;

/* Events of a purse, among those of others: on more pages than SQLite keeps by itself. */
static int set_up(void **state)
{
    (void)state;
    world_init(&world, true);
    world.config.workers = 0;
    world_open(&world, NULL);
    world_put_many(&world, EVENTS, PURSES);
    world_close(&world);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

/* The pages that so many commands make SQLite take, each of which reads its purse from
 * the first event. The first one is not counted, because it opens what stays open. */
static int64_t pages_of_commands(void)
{
    int64_t before;

    world.config.cache_count = -1;
    world_open(&world, NULL);
    world_put(&world, "1");
    before = pages_taken;
    for (int i = 0; i < COMMANDS; i++)
        world_put(&world, "1");
    before = pages_taken - before;
    world_close(&world);
    return before;
}

static int64_t bytes_that_sqlite_counts(void)
{
    int64_t bytes;

    world_open(&world, NULL);
    bytes = sqlite3_memory_used();
    world_close(&world);
    return bytes;
}

/* ---- tests -------------------------------------------------------------------- */

/* Else the next test would show nothing. */
static void by_itself_sqlite_takes_a_reader_s_pages_again(void **state)
{
    (void)state;
    assert_true(pages_of_commands() >= COMMANDS * A_FEW_PAGES);
    assert_true(bytes_that_sqlite_counts() > 0);
}

static void in_the_bank_a_reader_keeps_its_pages(void **state)
{
    (void)state;
    assert_int_equal(sqlite3_shutdown(), SQLITE_OK);
    bank_set_up_process();
    assert_int_equal(pages_of_commands(), 0);
    assert_int_equal(bytes_that_sqlite_counts(), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(by_itself_sqlite_takes_a_reader_s_pages_again),
        TEST(in_the_bank_a_reader_keeps_its_pages),
    };

    stand_behind_sqlite();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
