/* backup_stopped.c - a copy that is stopped, or refused, says why and leaves no file. */
#include "support/stores/copies.h"

#include "core/engine.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOBODY = 65534, BALLAST = 1000000 };

static struct world world;
static char copy[TEMP_PATH_SIZE];

static int set_up(void **state)
{
    world_init(&world, true);
    temp_directory_path(copy, world.directory, "copy.db");
    world_open(&world, NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

/* One large event, so that a copy is made in many parts. */
static void load_ballast(void)
{
    static char payload[BALLAST];
    struct jangle_record record = {.kind = "ship",
                                   .id = "0",
                                   .type = "ballast_loaded",
                                   .payload = payload,
                                   .payload_size = sizeof payload};
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};
    struct jangle_store *store = world.jangle->store;

    assert_result(store->ops->commit(store, &group, &world.error), JANGLE_OK);
    assert_result(append.error.result, JANGLE_OK);
}

static enum jangle_result back_up(const char *path)
{
    world.error = (struct jangle_error){0};
    return jangle_backup(world.jangle, path, NULL, NULL, &world.error);
}

/* With a sentence that says so, and names the file. */
static void
refused(const char *path, enum jangle_result expected, const char *name, const char *why)
{
    char before[1000], after[1000];

    copies_list(world.directory, before, sizeof before);
    assert_result(back_up(path), expected);
    assert_result(world.error.result, expected);
    if (!strstr(world.error.message, why) || !strstr(world.error.message, name))
        fail_msg("\"%s\"", world.error.message);
    copies_list(world.directory, after, sizeof after);
    assert_string_equal(after, before);
}

/* ---- watched and stopped ----------------------------------------------------- */

struct watch {
    int calls, stop_after; /* 0: never */
    int64_t done, total;
    bool stops_jangle;
};

static bool watch_it(void *context, int64_t done, int64_t total)
{
    struct watch *watch = context;

    assert_true(done > watch->done && done <= total);
    assert_true(!watch->total || watch->total == total);
    watch->done = done;
    watch->total = total;
    watch->calls++;
    if (watch->stops_jangle)
        jangle_stop(world.jangle);
    return watch->calls != watch->stop_after;
}

static void progress_tells_how_far_it_is(void **state)
{
    struct watch watch = {0};

    (void)state;
    load_ballast();
    assert_result(jangle_backup(world.jangle, copy, watch_it, &watch, &world.error),
                  JANGLE_OK);
    assert_true(watch.calls > 2);
    assert_true(watch.done > watch.total / 2);
}

static void a_copy_that_is_stopped_leaves_nothing(void **state)
{
    char before[1000], after[1000];

    (void)state;
    load_ballast();
    copies_list(world.directory, before, sizeof before);
    for (int at = 1; at <= 3; at++) {
        struct watch watch = {.stop_after = at};

        world.error = (struct jangle_error){0};
        assert_result(jangle_backup(world.jangle, copy, watch_it, &watch, &world.error),
                      JANGLE_CANCELLED);
        assert_int_equal(watch.calls, at);
        assert_non_null(strstr(world.error.message, "copy.db"));
        copies_list(world.directory, after, sizeof after);
        assert_string_equal(after, before);
    }
    assert_result(back_up(copy), JANGLE_OK);
}

static void closing_stops_a_copy(void **state)
{
    struct watch watch = {.stops_jangle = true};
    char before[1000], after[1000];

    (void)state;
    load_ballast();
    copies_list(world.directory, before, sizeof before);
    assert_result(jangle_backup(world.jangle, copy, watch_it, &watch, &world.error),
                  JANGLE_CLOSED);
    assert_result(world.error.result, JANGLE_CLOSED);
    assert_int_equal(watch.calls, 1);
    copies_list(world.directory, after, sizeof after);
    assert_string_equal(after, before);
    refused(copy, JANGLE_CLOSED, "jangle", "is closing");
}

/* ---- refused ----------------------------------------------------------------- */

static void what_is_there_is_never_replaced(void **state)
{
    char bytes[16] = "", folder[TEMP_PATH_SIZE];
    int file = open(copy, O_WRONLY | O_CREAT, 0600);

    (void)state;
    assert_int_equal(write(file, "a diary", 7), 7);
    close(file);
    refused(copy, JANGLE_INVALID, "copy.db", "is there already");
    refused(world.file, JANGLE_INVALID, "purses.db", "is there already");
    temp_directory_path(folder, world.directory, "folder");
    assert_int_equal(mkdir(folder, 0700), 0);
    refused(folder, JANGLE_INVALID, "folder", "is a directory");
    assert_int_equal(unlink(copy), 0);
    assert_int_equal(symlink("nowhere.db", copy), 0);
    refused(copy, JANGLE_INVALID, "copy.db", "symbolic link");
    assert_int_equal(unlink(copy), 0);
    file = open(copy, O_RDWR | O_CREAT, 0600);
    assert_int_equal(write(file, "a diary", 7), 7);
    refused(copy, JANGLE_INVALID, "copy.db", "is there already");
    assert_int_equal(pread(file, bytes, sizeof bytes, 0), 7);
    assert_string_equal(bytes, "a diary");
    close(file);
}

static void a_path_that_cannot_be_is_refused(void **state)
{
    char path[TEMP_PATH_SIZE];

    (void)state;
    refused(NULL, JANGLE_INVALID, "NULL", "is no path of a file");
    refused("", JANGLE_INVALID, "", "names no file");
    refused(":memory:", JANGLE_INVALID, ":memory:", "is no path of a file");
    temp_directory_path(path, world.directory, "missing/copy.db");
    refused(path, JANGLE_STORAGE, "copy.db", "there is no directory");
    refused("/proc/copy.db", JANGLE_STORAGE, "/proc/copy.db", "");
}

/* Who may do everything finds no directory that cannot be written: then be nobody, who
 * owns the store, but not the directory. */
static void a_directory_that_cannot_be_written_is_refused(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char folder[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE], name[TEMP_PATH_SIZE];
    bool is_root = geteuid() == 0;

    (void)state;
    temp_directory_path(folder, world.directory, "folder");
    temp_directory_path(path, world.directory, "folder/copy.db");
    assert_int_equal(mkdir(folder, is_root ? 0755 : 0500), 0);
    for (int i = 0; is_root && i < 3; i++) {
        snprintf(name, sizeof name, "%.200s%s", world.file, ends[i]);
        assert_int_equal(chown(name, NOBODY, NOBODY), 0);
    }
    if (is_root)
        assert_int_equal(chmod(world.directory, 0755) + seteuid(NOBODY), 0);
    assert_result(back_up(path), JANGLE_STORAGE);
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    if (!strstr(world.error.message, "copy.db: Permission denied"))
        fail_msg("\"%s\"", world.error.message);
    assert_int_equal(rmdir(folder), 0); /* so it is empty */
}

static void a_store_in_memory_cannot_be_copied(void **state)
{
    (void)state;
    world_close(&world);
    world.config.storage = jangle_memory();
    world_open(&world, NULL);
    world_put(&world, "1");
    refused(copy, JANGLE_INVALID, "memory", "cannot be copied");
    assert_result(jangle_backup(world.jangle, copy, NULL, NULL, NULL), JANGLE_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(progress_tells_how_far_it_is),
        TEST(a_copy_that_is_stopped_leaves_nothing),
        TEST(closing_stops_a_copy),
        TEST(what_is_there_is_never_replaced),
        TEST(a_path_that_cannot_be_is_refused),
        TEST(a_directory_that_cannot_be_written_is_refused),
        TEST(a_store_in_memory_cannot_be_copied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
