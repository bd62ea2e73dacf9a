/* losses.c - a look at a store that has lost much, or in which one row is far from what
 * it was: it never looks like an empty one, and what is left is shown. */
#include "support/domains/follower.h"
#include "support/domains/seen.h"
#include "support/stores/sqlite_damage.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANY = 3000, PAGE = 4096 };

static struct world world;
static struct jangle_look *look;
static struct seen seen;

static void put(int events, int streams)
{
    world_open(&world, NULL);
    world_put_many(&world, events, streams);
    world_close(&world);
}

static int set_up(void **state)
{
    (void)state;
    world_init(&world, true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    jangle_look_close(look);
    look = NULL;
    world_finish(&world);
    return 0;
}

/* ---- damage ------------------------------------------------------------------- */

/* Pages count from 1. */
static void zero_pages(int64_t first, int64_t count)
{
    static const char zeroes[PAGE];
    int file = open(world.file, O_RDWR);

    assert_true(file >= 0);
    for (int64_t at = first - 1; at < first - 1 + count; at++)
        assert_int_equal(pwrite(file, zeroes, PAGE, (off_t)at * PAGE), PAGE);
    close(file);
}

static int64_t root_of(const char *table)
{
    sqlite3_stmt *statement;
    sqlite3 *database;
    int64_t page;

    assert_int_equal(sqlite3_open(world.file, &database), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(database, "SELECT rootpage FROM sqlite_master WHERE name = ?",
                           -1, &statement, NULL),
        SQLITE_OK);
    sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    page = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return page;
}

/* ---- what is shown ------------------------------------------------------------ */

struct tally {
    int64_t sound, last, count;
};

static enum jangle_result tally(void *context, const struct jangle_seen_event *event)
{
    struct tally *tally = context;

    tally->count++;
    if (event->position)
        tally->last = event->position;
    tally->sound += !event->fault;
    return JANGLE_OK;
}

/* ---- half of the file --------------------------------------------------------- */

static void zero_second_half(void)
{
    struct stat status;
    int64_t pages;

    assert_int_equal(stat(world.file, &status), 0);
    pages = status.st_size / PAGE;
    zero_pages(pages / 2 + 1, pages - pages / 2);
}

/* The last event and the streams cannot be read: what can be is shown before the call
 * fails, and neither the log nor a stream is taken for an empty one. */
static void a_store_whose_second_half_is_lost_is_not_an_empty_one(void **state)
{
    struct jangle_error error = {0};
    struct tally all = {0};
    int failed = 0;

    (void)state;
    put(MANY, MANY);
    zero_second_half();
    look = seen_open(world.file);
    assert_result(jangle_look_events(look, NULL, tally, &all, NULL, &error),
                  JANGLE_STORAGE);
    assert_non_null(strstr(error.message, "it is not known where the log ends"));
    assert_true(all.sound > 100);
    assert_result(
        jangle_look_events(look, SEEN(.newest_first = true), tally, &all, NULL, &error),
        JANGLE_STORAGE);
    for (int name = 0; name < MANY; name++) {
        char id[20];

        snprintf(id, sizeof id, "%d", name);
        all = (struct tally){0};
        if (jangle_look_events(look, SEEN(.kind = "purse", .id = id), tally, &all, NULL,
                               &error))
            failed++;
        else
            assert_true(all.count > 0);
    }
    assert_true(failed > 0);
}

/* ---- one position ------------------------------------------------------------- */

static void a_position_far_away_hides_nothing(void **state)
{
    (void)state;
    put(9, 3);
    assert_int_equal(sqlite_damage_by(world.file,
                                      "UPDATE events SET position = 1000000000"
                                      " WHERE position = 9"),
                     1);
    look = seen_open(world.file);
    assert_string_equal(seen_by(&seen, look, NULL),
                        "1 2 3 4 5 6 7 8 !9+999999991 !1000000000");
    assert_string_equal(seen_by(&seen, look, SEEN(.newest_first = true, .limit = 3)),
                        "!1000000000 !999999999+999999991 8");
    assert_string_equal(seen_by(&seen, look, SEEN(.kind = "purse", .id = "2")),
                        "3 6 !1000000000");
}

static void a_position_beyond_all_numbers_hides_nothing(void **state)
{
    (void)state;
    put(9, 3);
    assert_int_equal(sqlite_damage_by(world.file,
                                      "UPDATE events SET position = 4611686018427387904"
                                      " WHERE position = 9"),
                     1);
    look = seen_open(world.file);
    assert_string_equal(seen_by(&seen, look, NULL),
                        "1 2 3 4 5 6 7 8 !9+4611686018427387895 !4611686018427387904");
}

/* No event can be read with its stream, and so each number is tried; but no more of them
 * than the file may hold. */
static void not_all_numbers_before_it_are_tried(void **state)
{
    struct jangle_search search;
    struct tally all = {0};

    (void)state;
    put(9, 3);
    assert_int_equal(sqlite_damage_by(world.file,
                                      "UPDATE events SET position = 1000000000"
                                      " WHERE position = 9"),
                     1);
    zero_pages(root_of("streams"), 1);
    look = seen_open(world.file);
    assert_result(jangle_look_events(look, NULL, tally, &all, &search, NULL), JANGLE_OK);
    assert_int_equal(all.sound, 0);
    assert_int_equal(all.last, 1000000000);
    assert_true(search.read > 9 && search.read < 100000);
    assert_result(jangle_look_events(look, SEEN(.newest_first = true), seen_event, &seen,
                                     &search, NULL),
                  JANGLE_OK);
    assert_true(search.read > 9 && search.read < 100000);
}

int main(void)
{
#define IN_FILE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_FILE(a_store_whose_second_half_is_lost_is_not_an_empty_one),
        IN_FILE(a_position_far_away_hides_nothing),
        IN_FILE(a_position_beyond_all_numbers_hides_nothing),
        IN_FILE(not_all_numbers_before_it_are_tried),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
