/* identity.c - which file a name leads to: found by statx, it is what stat says. */
#define _GNU_SOURCE /* statx */
#include "sqlite/file/group.h"
#include "support/temp_directory.h"
#include "support/test.h"
#include "support/test_host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- statx, in the place of the system's ------------------------------------- */

static struct {
    int calls;
    bool is_forbidden;
    unsigned asked; /* by the last call */
} looks;

int statx(int folder, const char *path, int flags, unsigned mask, struct statx *status)
{
    looks.calls++;
    looks.asked = mask;
    if (!looks.is_forbidden)
        return (int)syscall(SYS_statx, folder, path, flags, mask, status);
    errno = EPERM;
    return -1;
}

/* ---- a fresh group of files -------------------------------------------------- */

static char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
static struct test_host host;
static struct jn_group group;

static void make_files(void)
{
    for (int at = 0; at < JN_MEMBER_COUNT; at++) {
        int file = open(group.paths[at], O_RDWR | O_CREAT | O_EXCL, 0600);

        assert_true(file >= 0);
        close(file);
    }
}

static int set_up(void **state)
{
    (void)state;
    looks.calls = 0;
    looks.is_forbidden = false;
    test_host_init(&host);
    if (!temp_directory_make(directory))
        return 1;
    temp_directory_path(path, directory, "a.db");
    return jn_group_init(&group, path, &host.host.allocator) != JANGLE_OK;
}

static int tear_down(void **state)
{
    (void)state;
    jn_group_finish(&group, &host.host.allocator);
    temp_directory_remove(directory);
    return 0;
}

static void assert_noted(void)
{
    struct stat status;

    for (int at = 0; at < JN_MEMBER_COUNT; at++) {
        assert_int_equal(stat(group.paths[at], &status), 0);
        assert_int_equal(group.members[at].device, status.st_dev);
        assert_int_equal(group.members[at].file, status.st_ino);
    }
}

/* ---- tests ------------------------------------------------------------------- */

/* What is noted is told to other processes, which may be of an older jangle. */
static void what_is_noted_is_what_stat_says(void **state)
{
    (void)state;
    make_files();
    assert_null(jn_group_note(&group, JN_MEMBER_COUNT));
    assert_int_equal(looks.calls, JN_MEMBER_COUNT);
    assert_noted();
}

/* A look at the times would make the next write dearer. */
static void no_times_are_asked_for(void **state)
{
    (void)state;
    make_files();
    assert_null(jn_group_note(&group, JN_MEMBER_COUNT));
    assert_int_equal(looks.asked & (STATX_MTIME | STATX_CTIME | STATX_ATIME), 0);
}

static void where_statx_is_forbidden_it_is_stat(void **state)
{
    (void)state;
    make_files();
    looks.is_forbidden = true;
    assert_null(jn_group_note(&group, JN_MEMBER_COUNT));
    assert_noted();
    looks.is_forbidden = false;
    assert_null(jn_group_find_lost(&group, JN_MEMBER_COUNT));
}

static void another_file_of_the_name_is_found(void **state)
{
    (void)state;
    make_files();
    assert_null(jn_group_note(&group, JN_MEMBER_COUNT));
    for (int forbidden = 0; forbidden < 2; forbidden++) {
        looks.is_forbidden = forbidden;
        assert_int_equal(rename(group.paths[1], group.paths[2]), 0);
        assert_string_equal(jn_group_find_lost(&group, JN_MEMBER_COUNT), group.paths[1]);
        assert_int_equal(link(group.paths[0], group.paths[1]), 0);
        assert_string_equal(jn_group_find_lost(&group, JN_MEMBER_COUNT), group.paths[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_noted_is_what_stat_says, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(no_times_are_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(where_statx_is_forbidden_it_is_stat, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(another_file_of_the_name_is_found, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
