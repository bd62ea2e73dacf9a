/* folder.c - the files of a group are found lost by a look at their folder just as by a
 * look at each of them. */
#define _GNU_SOURCE /* statx */
#include "sqlite/file/group.h"
#include "support/temp_directory.h"
#include "support/test.h"
#include "support/test_host.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* ---- statx, in the place of the system's ------------------------------------- */

static struct {
    int calls;
    bool is_forbidden;
    bool is_frozen;       /* all folders were changed at the same moment... */
    uint32_t nanoseconds; /* ...of that second */
} looks;

int statx(int at, const char *path, int flags, unsigned mask, struct statx *status)
{
    int failed;

    looks.calls++;
    if (looks.is_forbidden) {
        errno = EPERM;
        return -1;
    }
    failed = (int)syscall(SYS_statx, at, path, flags, mask, status);
    if (!failed && looks.is_frozen) {
        status->stx_ctime.tv_sec = 1;
        status->stx_ctime.tv_nsec = looks.nanoseconds;
    }
    return failed;
}

/* ---- a group in a folder of its own ------------------------------------------ */

static char directory[TEMP_PATH_SIZE], folder[TEMP_PATH_SIZE], away[TEMP_PATH_SIZE];
static struct test_host host;
static struct jn_group group;

static void make_file(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);

    assert_true(file >= 0);
    close(file);
}

static int set_up(void **state)
{
    char path[TEMP_PATH_SIZE];

    (void)state;
    looks.is_forbidden = looks.is_frozen = false;
    test_host_init(&host);
    if (!temp_directory_make(directory))
        return 1;
    temp_directory_path(folder, directory, "a");
    temp_directory_path(away, directory, "b");
    temp_directory_path(path, folder, "a.db");
    if (mkdir(folder, 0700) || jn_group_init(&group, path, &host.host.allocator))
        return 1;
    for (int at = 0; at < JN_MEMBER_COUNT; at++)
        make_file(group.paths[at]);
    return jn_group_note(&group, JN_MEMBER_COUNT) != NULL;
}

static int tear_down(void **state)
{
    (void)state;
    jn_group_finish(&group, &host.host.allocator);
    temp_directory_remove(directory);
    return 0;
}

/* As if the folder had been seen as it is long ago, and its names looked at since. */
static void make_trusted(void)
{
    (void)jn_group_find_lost_again(&group);
    group.folder.seen_us -= 1000000;
    assert_null(jn_group_find_lost_again(&group));
}

static int looks_of_a_check(void)
{
    looks.calls = 0;
    assert_null(jn_group_find_lost_again(&group));
    return looks.calls;
}

/* ---- what changes ------------------------------------------------------------ */

/* Until a change has another time than the last one had. */
static void pass_tick(void)
{
    struct timespec begun, now;

    assert_int_equal(clock_gettime(CLOCK_REALTIME_COARSE, &begun), 0);
    do {
        sched_yield();
        assert_int_equal(clock_gettime(CLOCK_REALTIME_COARSE, &now), 0);
    } while (now.tv_sec == begun.tv_sec && now.tv_nsec == begun.tv_nsec);
}

static void rename_all(const char *from, const char *to)
{
    assert_int_equal(rename(from, to), 0);
}

static char kept[TEMP_PATH_SIZE];

static void move_file(int at)
{
    temp_directory_path(kept, directory, "kept");
    rename_all(group.paths[at], kept);
}

static void put_back(int at)
{
    rename_all(kept, group.paths[at]);
}

static void replace_file(int at)
{
    move_file(at);
    make_file(group.paths[at]);
}

static void overwrite_by_rename(int at)
{
    char fresh[TEMP_PATH_SIZE];

    temp_directory_path(fresh, directory, "fresh");
    temp_directory_path(kept, directory, "kept");
    assert_int_equal(link(group.paths[at], kept), 0);
    make_file(fresh);
    rename_all(fresh, group.paths[at]);
}

static void move_folder(int at)
{
    (void)at;
    rename_all(folder, away);
}

static void put_folder_back(int at)
{
    (void)at;
    rename_all(away, folder);
}

/* The files are where they were, but for one that stays in the folder of before. */
static void leave_one_behind(int at)
{
    char from[TEMP_PATH_SIZE];

    rename_all(folder, away);
    assert_int_equal(mkdir(folder, 0700), 0);
    for (int other = 0; other < JN_MEMBER_COUNT; other++) {
        temp_directory_path(from, away, strrchr(group.paths[other], '/') + 1);
        if (other != at)
            rename_all(from, group.paths[other]);
    }
}

static void bring_the_last(int at)
{
    char from[TEMP_PATH_SIZE];

    temp_directory_path(from, away, strrchr(group.paths[at], '/') + 1);
    rename_all(from, group.paths[at]);
    assert_int_equal(rmdir(away), 0);
}

static const struct change {
    void (*make)(int at);
    void (*undo)(int at);
} changes[] = {
    {move_file, put_back},
    {replace_file, put_back},
    {overwrite_by_rename, put_back},
    {move_folder, put_folder_back},
    {leave_one_behind, bring_the_last},
};

enum { CHANGES = sizeof changes / sizeof *changes };

/* ---- tests ------------------------------------------------------------------- */

static void assert_as_plain(bool lost)
{
    const char *plain = jn_group_find_lost(&group, JN_MEMBER_COUNT);

    assert_int_equal(plain != NULL, lost);
    assert_ptr_equal(jn_group_find_lost_again(&group), plain);
    assert_ptr_equal(jn_group_find_lost_again(&group), plain);
}

static void what_is_lost_is_found_as_by_a_look_at_each(void **state)
{
    (void)state;
    for (int change = 0; change < CHANGES; change++)
        for (int at = 0; at < JN_MEMBER_COUNT; at++) {
            pass_tick();
            make_trusted();
            pass_tick();
            changes[change].make(at);
            assert_as_plain(true);
            pass_tick();
            changes[change].undo(at);
            assert_as_plain(false);
        }
}

static void a_folder_that_is_as_before_is_all_that_is_looked_at(void **state)
{
    (void)state;
    make_trusted();
    assert_int_equal(looks_of_a_check(), 1);
    assert_int_equal(looks_of_a_check(), 1);
}

/* Such as the files of a view. */
static void after_another_file_was_made_all_are_looked_at(void **state)
{
    char other[TEMP_PATH_SIZE];

    (void)state;
    make_trusted();
    pass_tick();
    temp_directory_path(other, folder, "other");
    make_file(other);
    assert_int_equal(looks_of_a_check(), 1 + JN_MEMBER_COUNT);
    make_trusted();
    assert_int_equal(looks_of_a_check(), 1);
}

/* The clock has not moved on, so the folder looks as it did. */
static void two_changes_within_a_tick_are_noticed(void **state)
{
    (void)state;
    looks.is_frozen = true;
    looks.nanoseconds = 1;
    assert_null(jn_group_find_lost_again(&group));
    group.folder.seen_us = INT64_MAX; /* so that it is never long ago */
    assert_null(jn_group_find_lost_again(&group));
    move_file(1);
    assert_string_equal(jn_group_find_lost_again(&group), group.paths[1]);
}

static void another_folder_with_the_same_times_is_noticed(void **state)
{
    (void)state;
    looks.is_frozen = true;
    looks.nanoseconds = 1;
    make_trusted();
    leave_one_behind(1);
    assert_string_equal(jn_group_find_lost_again(&group), group.paths[1]);
}

static void a_clock_of_whole_seconds_is_never_trusted(void **state)
{
    (void)state;
    looks.is_frozen = true;
    looks.nanoseconds = 0;
    make_trusted();
    move_file(1);
    assert_string_equal(jn_group_find_lost_again(&group), group.paths[1]);
}

static void what_is_lost_is_looked_for_again(void **state)
{
    (void)state;
    move_file(1);
    (void)jn_group_find_lost_again(&group);
    group.folder.seen_us -= 1000000;
    assert_string_equal(jn_group_find_lost_again(&group), group.paths[1]);
    assert_string_equal(jn_group_find_lost_again(&group), group.paths[1]);
}

static void where_the_folder_cannot_be_looked_at_its_names_are(void **state)
{
    (void)state;
    looks.is_forbidden = true;
    make_trusted();
    assert_int_equal(looks_of_a_check(), 1 + JN_MEMBER_COUNT);
    move_file(1);
    assert_string_equal(jn_group_find_lost_again(&group), group.paths[1]);
}

static void a_path_names_its_folder(void **state)
{
    static const char *const paths[][2] = {
        {"a.db", "."}, {"/a.db", "/"}, {"a/b.db", "a/"}, {"/a/b/c.db", "/a/b/"}};
    struct jn_group named;

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_result(jn_group_init(&named, paths[i][0], &host.host.allocator),
                      JANGLE_OK);
        assert_string_equal(named.folder_path, paths[i][1]);
        jn_group_finish(&named, &host.host.allocator);
    }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_lost_is_found_as_by_a_look_at_each),
        TEST(a_folder_that_is_as_before_is_all_that_is_looked_at),
        TEST(after_another_file_was_made_all_are_looked_at),
        TEST(two_changes_within_a_tick_are_noticed),
        TEST(another_folder_with_the_same_times_is_noticed),
        TEST(a_clock_of_whole_seconds_is_never_trusted),
        TEST(what_is_lost_is_looked_for_again),
        TEST(where_the_folder_cannot_be_looked_at_its_names_are),
        TEST(a_path_names_its_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
