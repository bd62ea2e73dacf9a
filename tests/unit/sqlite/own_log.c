/* own_log.c - a WAL that cannot be looked at is not taken for one that is gone. */
#include "sqlite/file/own_log.h"
#include "support/temp_directory.h"
#include "support/test.h"
#include "support/test_host.h"

#include <jangle/config.h>
#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/store.h>
#include <jangle/plugin/view_store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONG = 300 }; /* no file system has names of this length */

static char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE], copy[TEMP_PATH_SIZE];
static struct test_host host;

/* A copy of a store's file, made while the store was open: a session is listed in it, so
 * it had a WAL. */
static int set_up(void **state)
{
    struct jangle_stores stores = {0};
    struct jangle_storage storage;
    char line[3 * TEMP_PATH_SIZE];

    (void)state;
    test_host_init(&host);
    assert_true(temp_directory_make(directory));
    temp_directory_path(path, directory, "store.db");
    temp_directory_path(copy, directory, "copy.db");
    storage = jangle_sqlite(path);
    assert_int_equal(storage.open(&storage, &host.host, &stores, NULL), JANGLE_OK);
    snprintf(line, sizeof line, "cp '%s' '%s'", path, copy);
    assert_int_equal(system(line), 0);
    stores.views->ops->close(stores.views);
    stores.snapshots->ops->close(stores.snapshots);
    stores.store->ops->close(stores.store);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_directory_remove(directory);
    return 0;
}

/* Look for a WAL at `wal`. */
static enum jangle_result look_for(char *wal, struct jangle_error *error)
{
    struct jn_lock lock = {.file = JN_LOCK_NONE};
    struct jn_file file = {.host = &host.host,
                           .path = copy,
                           .full_path = copy,
                           .group.paths[JN_MEMBER_LOG] = wal};

    return jn_file_check_log(&file, &lock, error);
}

static void a_wal_that_is_gone_is_refused(void **state)
{
    struct jangle_error error = {0};
    char wal[TEMP_PATH_SIZE];

    (void)state;
    temp_directory_path(wal, directory, "copy.db-wal");
    assert_int_equal(look_for(wal, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "copy.db-wal: is gone"));
}

static void a_wal_that_cannot_be_looked_at_is_an_error_of_the_disk(void **state)
{
    struct jangle_error error = {0};
    char wal[TEMP_PATH_SIZE + LONG + 2];

    (void)state;
    snprintf(wal, sizeof wal, "%s/%0*d", directory, LONG, 0);
    assert_int_equal(look_for(wal, &error), JANGLE_STORAGE);
    assert_non_null(strstr(error.message, "File name too long"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wal_that_is_gone_is_refused),
        cmocka_unit_test(a_wal_that_cannot_be_looked_at_is_an_error_of_the_disk),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
