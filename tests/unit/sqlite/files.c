/* files.c - a database's file is made with its name on the disk, or it is an error. */
#include "sqlite/file/files.h"
#include "support/temp_directory.h"
#include "support/test.h"
#include "support/test_host.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what is synced ---------------------------------------------------------- */

static struct {
    ino_t folder;   /* the last one that was synced */
    bool was_there; /* the file had its name by then */
    bool fails;
} synced;

static char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];

/* In the place of the system's. */
int fsync(int file)
{
    struct stat status;

    if (synced.fails) {
        errno = EIO;
        return -1;
    }
    if (fstat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
        synced.folder = status.st_ino;
        synced.was_there = access(path, F_OK) == 0;
    }
    return 0;
}

/* ---- a fresh directory ------------------------------------------------------- */

static struct test_host host;

static int set_up(void **state)
{
    (void)state;
    memset(&synced, 0, sizeof synced);
    test_host_init(&host);
    if (!temp_directory_make(directory))
        return 1;
    temp_directory_path(path, directory, "new.db");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(host.memory.pieces, 0);
    temp_directory_remove(directory);
    return 0;
}

/* ---- tests ------------------------------------------------------------------- */

static void assert_folder_was_synced(void)
{
    struct stat status;

    assert_int_equal(stat(directory, &status), 0);
    assert_int_equal(synced.folder, status.st_ino);
    assert_true(synced.was_there);
}

/* Or what is acknowledged in it is gone with its name after a power cut. */
static void a_new_file_has_its_name_on_the_disk(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    assert_result(jn_files_make(&host.host, path, &error), JANGLE_OK);
    assert_folder_was_synced();
}

static void so_has_one_that_was_filled_before_it_got_its_name(void **state)
{
    struct jangle_error error = {0};
    char *temporary;

    (void)state;
    assert_result(jn_files_make_temporary(&host.host, path, &temporary, &error),
                  JANGLE_OK);
    assert_int_equal(synced.folder, 0);
    assert_result(jn_files_publish(temporary, path, &error), JANGLE_OK);
    assert_folder_was_synced();
    jn_free(&host.host.allocator, temporary);
}

static void a_folder_that_cannot_be_synced_is_an_error(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    synced.fails = true;
    assert_result(jn_files_make(&host.host, path, &error), JANGLE_STORAGE);
    assert_non_null(strstr(error.message, "new.db"));
    assert_non_null(strstr(error.message, strerror(EIO)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_new_file_has_its_name_on_the_disk),
        TEST(so_has_one_that_was_filled_before_it_got_its_name),
        TEST(a_folder_that_cannot_be_synced_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
