/* sqlite_group.c - the files that one database is: what another database left of them is
 * refused by name, and stays; names that end like one of them are refused. */
#include "contract/world.h"

#include <jangle/config.h>

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct jangle_storage plain(const char *path)
{
    return jangle_sqlite(path);
}

static const struct backend sqlite = {
    .name = "sqlite", .storage = plain, .durable = true};

/* ---- files ------------------------------------------------------------------- */

static const char *beside(struct world *world, const char *name)
{
    static char path[TEMP_PATH_SIZE];

    temp_directory_path(path, world->directory, name);
    return path;
}

static int64_t size_of(struct world *world, const char *name)
{
    struct stat status;

    return lstat(beside(world, name), &status) == 0 ? (int64_t)status.st_size : -1;
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void copy_file(const char *from, const char *to)
{
    static unsigned char bytes[1 << 22];
    FILE *file = fopen(from, "rb");
    size_t size;

    assert_non_null(file);
    size = fread(bytes, 1, sizeof bytes, file);
    assert_true(size < sizeof bytes);
    fclose(file);
    write_file(to, bytes, size);
}

static void close_world(struct world *world)
{
    world_close_another(&world->stores);
}

/* ---- refusals ---------------------------------------------------------------- */

static void assert_said(const struct jangle_error *error, const char *words)
{
    if (!strstr(error->message, words))
        fail_msg("\"%s\" does not say \"%s\"", error->message, words);
}

static void
refuse(struct world *world, const char *path, bool follower, const char *words)
{
    struct jangle_storage storage = jangle_sqlite(path);
    struct jangle_stores stores = {0};
    struct jangle_error error = {0};

    storage.follower = follower;
    assert_result(storage.open(&storage, &world->host.host, &stores, &error),
                  JANGLE_INVALID);
    assert_said(&error, words);
    assert_null(stores.store);
}

static void refuse_backup(struct world *world, const char *name, const char *words)
{
    struct jangle_error error = {0};
    char copy[TEMP_PATH_SIZE];

    temp_directory_path(copy, world->directory, name);
    assert_result(world->store->ops->backup(world->store, copy, NULL, NULL, &error),
                  JANGLE_INVALID);
    assert_said(&error, words);
}

/* ---- what another database left ---------------------------------------------- */

static const char *const left_over[] = {"other.db-wal", "other.db-shm",
                                        "other.db-journal"};

static void what_is_left_beside_no_file_is_refused_and_stays(void **state)
{
    struct world *world = *state;
    char path[TEMP_PATH_SIZE];

    temp_directory_path(path, world->directory, "other.db");
    for (size_t at = 0; at < sizeof left_over / sizeof *left_over; at++) {
        write_file(beside(world, left_over[at]), "of another file, surely", 23);
        refuse(world, path, false, left_over[at]);
        refuse(world, path, false, "a file that is gone now");
        refuse(world, path, true, left_over[at]);
        assert_int_equal(size_of(world, left_over[at]), 23);
        assert_int_equal(size_of(world, "other.db"), -1);
        assert_int_equal(size_of(world, "other.db-lock"), -1);
        assert_int_equal(unlink(beside(world, left_over[at])), 0);
    }
}

static void what_is_left_beside_an_empty_file_is_refused_and_stays(void **state)
{
    struct world *world = *state;
    char path[TEMP_PATH_SIZE];

    temp_directory_path(path, world->directory, "other.db");
    write_file(path, "", 0);
    for (size_t at = 0; at < sizeof left_over / sizeof *left_over; at++) {
        write_file(beside(world, left_over[at]), "of another file, surely", 23);
        refuse(world, path, false, left_over[at]);
        refuse(world, path, false, "a file that is empty now");
        refuse(world, path, true, left_over[at]);
        assert_int_equal(size_of(world, left_over[at]), 23);
        assert_int_equal(size_of(world, "other.db-lock"), -1);
        assert_int_equal(unlink(beside(world, left_over[at])), 0);
    }
}

/* Its log, as it is now, is there again after a clean stop. */
static void close_and_put_the_log_back(struct world *world)
{
    char log[TEMP_PATH_SIZE], kept[TEMP_PATH_SIZE];

    temp_directory_path(log, world->directory, "store.db-wal");
    temp_directory_path(kept, world->directory, "kept.log");
    copy_file(log, kept);
    close_world(world);
    copy_file(kept, log);
}

static void an_emptied_store_gives_its_log_back(void **state)
{
    struct world *world = *state;
    int64_t size;

    store_events(world, "a", 3);
    copy_file(world->path, beside(world, "kept.db"));
    close_and_put_the_log_back(world);
    write_file(world->path, "", 0);
    size = size_of(world, "store.db-wal");
    assert_true(size > 0);
    refuse(world, world->path, false, "store.db-wal");
    assert_int_equal(size_of(world, "store.db-wal"), size);

    /* The sentence says what to do: it is done. */
    copy_file(beside(world, "kept.db"), world->path);
    world_reopen(world);
    assert_int_equal(head_of(world), 3);
}

/* A journal that holds no page: as a program leaves it that is killed while it makes the
 * file. It is nobody's, and goes by itself. */
static void a_journal_of_an_empty_file_is_not_in_the_way(void **state)
{
    static const unsigned char header[512] = {0xd9, 0xd5, 0x05, 0xf9,
                                              0x20, 0xa1, 0x63, 0xd7};
    static const unsigned char unsynced[512] = {0};
    struct world *world = *state;
    char path[TEMP_PATH_SIZE];

    temp_directory_path(path, world->directory, "other.db");
    for (int at = 0; at < 2; at++) {
        struct jangle_stores stores;

        write_file(path, "", 0);
        write_file(beside(world, "other.db-journal"), at ? unsynced : header, 512);
        stores = world_open_another(world, path);
        assert_int_equal(size_of(world, "other.db-journal"), -1);
        world_close_another(&stores);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(unlink(beside(world, "other.db-shm")), 0);
        unlink(beside(world, "other.db-wal"));
    }
}

static void an_empty_log_is_nobodys(void **state)
{
    struct world *world = *state;
    struct jangle_stores stores;
    char path[TEMP_PATH_SIZE];

    temp_directory_path(path, world->directory, "other.db");
    write_file(beside(world, "other.db-wal"), "", 0);
    stores = world_open_another(world, path);
    world_close_another(&stores);
}

/* A copy says that nothing is written ahead of it. */
static void a_copy_beside_an_old_log_is_refused(void **state)
{
    struct world *world = *state;
    char copy[TEMP_PATH_SIZE];

    temp_directory_path(copy, world->directory, "copy.db");
    store_events(world, "a", 2);
    assert_result(world->store->ops->backup(world->store, copy, NULL, NULL, NULL),
                  JANGLE_OK);
    store_events(world, "b", 3);
    close_and_put_the_log_back(world);
    assert_int_equal(rename(copy, world->path), 0);
    refuse(world, world->path, false, "store.db-wal");
    refuse(world, world->path, false, "is the WAL of another file");
    refuse(world, world->path, true, "is the WAL of another file");
    assert_true(size_of(world, "store.db-wal") > 0);

    assert_int_equal(unlink(beside(world, "store.db-wal")), 0);
    world_reopen(world);
    assert_int_equal(head_of(world), 2);
}

static void what_lies_beside_must_be_an_ordinary_file(void **state)
{
    static const char *const names[] = {"store.db-wal", "store.db-shm",
                                        "store.db-journal"};
    struct world *world = *state;
    char path[TEMP_PATH_SIZE], target[TEMP_PATH_SIZE];

    store_events(world, "a", 1);
    close_world(world);
    temp_directory_path(target, world->directory, "target");
    for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
        temp_directory_path(path, world->directory, names[at]);
        unlink(path);
        write_file(target, "", 0);
        assert_int_equal(symlink(target, path), 0);
        refuse(world, world->path, false, "is a symbolic link");
        refuse(world, world->path, false, names[at]);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(link(target, path), 0);
        refuse(world, world->path, false, "has a second name");
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkdir(path, 0700), 0);
        refuse(world, world->path, false, "is a directory");
        assert_int_equal(rmdir(path), 0);
    }
    world_reopen(world);
    assert_int_equal(head_of(world), 1);
}

/* ---- backups ----------------------------------------------------------------- */

static void a_backup_beside_what_an_old_copy_left_is_refused(void **state)
{
    static const char *const names[] = {"copy.db-wal", "copy.db-shm", "copy.db-journal"};
    struct world *world = *state;

    store_events(world, "a", 2);
    for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
        write_file(beside(world, names[at]), "of another file, surely", 23);
        refuse_backup(world, "copy.db", names[at]);
        assert_int_equal(size_of(world, names[at]), 23);
        assert_int_equal(size_of(world, "copy.db"), -1);
        assert_int_equal(unlink(beside(world, names[at])), 0);
    }
}

static bool leave_a_log_meanwhile(void *context, int64_t done, int64_t total)
{
    (void)done, (void)total;
    write_file(beside(context, "copy.db-wal"), "of another file, surely", 23);
    return true;
}

static void what_appears_while_a_backup_is_made_is_refused_too(void **state)
{
    struct world *world = *state;
    struct jangle_error error = {0};
    char copy[TEMP_PATH_SIZE];

    temp_directory_path(copy, world->directory, "copy.db");
    store_events(world, "a", 3000);
    assert_result(world->store->ops->backup(world->store, copy, leave_a_log_meanwhile,
                                            world, &error),
                  JANGLE_INVALID);
    assert_said(&error, "copy.db-wal");
    assert_int_equal(size_of(world, "copy.db"), -1);
}

/* It holds nothing that anybody could take for the copy's. */
static void a_lock_file_of_an_old_copy_may_stay(void **state)
{
    struct world *world = *state;
    struct jangle_stores stores;
    char copy[TEMP_PATH_SIZE];

    temp_directory_path(copy, world->directory, "copy.db");
    store_events(world, "a", 2);
    assert_result(world->store->ops->backup(world->store, copy, NULL, NULL, NULL),
                  JANGLE_OK);
    stores = world_open_another(world, copy);
    world_close_another(&stores);
    assert_true(size_of(world, "copy.db-lock") >= 0);
    unlink(beside(world, "copy.db-wal"));
    unlink(beside(world, "copy.db-shm"));
    assert_int_equal(unlink(copy), 0);
    store_events(world, "a", 2);
    assert_result(world->store->ops->backup(world->store, copy, NULL, NULL, NULL),
                  JANGLE_OK);
    stores = world_open_another(world, copy);
    world->store = stores.store;
    assert_int_equal(head_of(world), 4);
    world->store = world->stores.store;
    world_close_another(&stores);
}

/* ---- names ------------------------------------------------------------------- */

static const char *const endings[] = {"-wal",  "-shm",     "-journal",
                                      "-lock", ".rebuild", ".new-0123456789abcdef"};

static void a_store_is_not_called_like_a_file_beside_another(void **state)
{
    struct world *world = *state;

    for (size_t at = 0; at < sizeof endings / sizeof *endings; at++) {
        char name[64], path[TEMP_PATH_SIZE];

        snprintf(name, sizeof name, "trade%s", endings[at]);
        temp_directory_path(path, world->directory, name);
        refuse(world, path, false, "choose another name");
        refuse(world, path, true, "choose another name");
        refuse_backup(world, name, endings[at]);
        assert_int_equal(size_of(world, name), -1);
    }
}

static void a_name_that_only_looks_like_one_is_fine(void **state)
{
    static const char *const names[] = {"wal",        "a-walk",  "new-york",
                                        "x.new-0123", "lock.db", "rebuild.db"};
    struct world *world = *state;

    for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
        char path[TEMP_PATH_SIZE];
        struct jangle_stores stores;

        temp_directory_path(path, world->directory, names[at]);
        stores = world_open_another(world, path);
        world_close_another(&stores);
    }
}

/* ---- where paths lead -------------------------------------------------------- */

static void a_relative_path_leads_to_where_it_led_when_it_was_opened(void **state)
{
    struct world *world = *state;
    char before[TEMP_PATH_SIZE], elsewhere[TEMP_PATH_SIZE];
    struct jangle_stores stores;

    assert_non_null(getcwd(before, sizeof before));
    temp_directory_path(elsewhere, world->directory, "elsewhere");
    assert_int_equal(mkdir(elsewhere, 0700), 0);
    assert_int_equal(chdir(world->directory), 0);
    stores = world_open_another(world, "relative.db");
    assert_int_equal(chdir(elsewhere), 0);
    world->store = stores.store;
    store_events(world, "a", 2);
    assert_int_equal(head_of(world), 2);
    assert_result(world->store->ops->backup(world->store, "copy.db", NULL, NULL, NULL),
                  JANGLE_OK);
    world->store = world->stores.store;
    world_close_another(&stores);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(size_of(world, "elsewhere/relative.db"), -1);
    assert_true(size_of(world, "elsewhere/copy.db") > 0);
}

/* ---- the lock file ----------------------------------------------------------- */

static void a_lock_file_that_others_may_lock_is_refused(void **state)
{
    static const mode_t modes[] = {0666, 0660, 0640, 0604};
    struct world *world = *state;

    store_events(world, "a", 1);
    close_world(world);
    for (size_t at = 0; at < sizeof modes / sizeof *modes; at++) {
        assert_int_equal(chmod(beside(world, "store.db-lock"), modes[at]), 0);
        refuse(world, world->path, false, "store.db-lock");
        refuse(world, world->path, true, "who may not read the store");
        refuse(world, world->path, true, "give it the mode 600");
    }
    assert_int_equal(chmod(beside(world, "store.db-lock"), 0600), 0);
    world_reopen(world);
    assert_int_equal(head_of(world), 1);
}

/* Nobody but the owner may lock it, and the members of the group may read the store. */
static void a_lock_file_is_judged_by_who_else_may_lock_it(void **state)
{
    static const struct {
        mode_t store, lock;
    } sound[] = {{0400, 0600}, {0440, 0600}, {0440, 0640}, {0640, 0660}, {0444, 0644}};
    struct world *world = *state;

    store_events(world, "a", 1);
    for (size_t at = 0; at < sizeof sound / sizeof *sound; at++) {
        struct jangle_storage storage = jangle_sqlite(world->path);
        struct jangle_stores stores = {0};
        struct jangle_error error = {0};

        storage.follower = true;
        assert_int_equal(chmod(world->path, sound[at].store), 0);
        assert_int_equal(chmod(beside(world, "store.db-lock"), sound[at].lock), 0);
        if (storage.open(&storage, &world->host.host, &stores, &error))
            fail_msg("%03o beside %03o: %s", (unsigned)sound[at].lock,
                     (unsigned)sound[at].store, error.message);
        world_close_another(&stores);
    }
    assert_int_equal(chmod(world->path, 0600), 0);
    assert_int_equal(chmod(beside(world, "store.db-lock"), 0600), 0);
}

/* Who owns the store, and is not root. */
static void be_its_owner(struct world *world)
{
    unlink(beside(world, "store.db-wal"));
    unlink(beside(world, "store.db-shm"));
    if (geteuid() != 0)
        return;
    assert_int_equal(chown(world->path, 12345, (gid_t)-1), 0);
    assert_int_equal(chown(world->directory, 12345, (gid_t)-1), 0);
    assert_int_equal(seteuid(12345), 0);
}

static enum jangle_result try_as_owner(struct world *world, struct jangle_error *error)
{
    struct jangle_storage storage = jangle_sqlite(world->path);
    struct jangle_stores stores = {0};
    enum jangle_result result = storage.open(&storage, &world->host.host, &stores, error);

    if (!result)
        world_close_another(&stores);
    return result;
}

/* The lock file that the refused program had left could not be opened by anybody. */
static void a_store_that_was_write_protected_for_a_while_can_be_opened(void **state)
{
    static const mode_t modes[] = {0400, 0440, 0000};
    struct world *world = *state;

    store_events(world, "a", 1);
    close_world(world);
    be_its_owner(world);
    for (size_t at = 0; at < sizeof modes / sizeof *modes; at++) {
        struct jangle_error error = {0}, none = {0};

        unlink(beside(world, "store.db-lock"));
        assert_int_equal(chmod(world->path, modes[at]), 0);
        assert_result(try_as_owner(world, &error), JANGLE_STORAGE);
        assert_said(
            &error,
            "store.db: it cannot be written: Permission denied: look at its owner "
            "and mode");
        assert_int_equal(size_of(world, "store.db-shm"), -1);
        assert_int_equal(chmod(world->path, 0600), 0);
        if (try_as_owner(world, &none))
            fail_msg("after %03o: %s", (unsigned)modes[at], none.message);
        unlink(beside(world, "store.db-wal"));
        unlink(beside(world, "store.db-shm"));
    }
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

static void a_lock_file_that_nobody_can_open_says_what_to_do(void **state)
{
    struct world *world = *state;
    struct jangle_error error = {0};

    close_world(world);
    if (geteuid() == 0)
        assert_int_equal(chown(beside(world, "store.db-lock"), 12345, (gid_t)-1), 0);
    be_its_owner(world);
    assert_int_equal(chmod(beside(world, "store.db-lock"), 0400), 0);
    assert_result(try_as_owner(world, &error), JANGLE_STORAGE);
    assert_said(&error,
                "store.db-lock: cannot be opened: Permission denied: look at its "
                "owner and mode");
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

static void a_lock_file_beside_no_store_must_be_ours_alone(void **state)
{
    struct world *world = *state;
    char path[TEMP_PATH_SIZE];
    struct jangle_stores stores;

    temp_directory_path(path, world->directory, "other.db");
    write_file(beside(world, "other.db-lock"), "", 0);
    assert_int_equal(chmod(beside(world, "other.db-lock"), 0622), 0);
    refuse(world, path, false, "other.db-lock");
    assert_int_equal(size_of(world, "other.db"), -1);
    assert_int_equal(chmod(beside(world, "other.db-lock"), 0600), 0);
    stores = world_open_another(world, path);
    world_close_another(&stores);
}

static void a_lock_file_of_another_owner_is_refused(void **state)
{
    struct world *world = *state;

    if (geteuid() != 0)
        skip();
    store_events(world, "a", 1);
    close_world(world);
    assert_int_equal(chown(beside(world, "store.db-lock"), 12345, (gid_t)-1), 0);
    refuse(world, world->path, false, "store.db-lock");
    refuse(world, world->path, true, "belongs to another user");
    assert_int_equal(chown(beside(world, "store.db-lock"), 0, (gid_t)-1), 0);
    world_reopen(world);
    assert_int_equal(head_of(world), 1);
}

static void a_lock_file_is_not_made_for_another_owner(void **state)
{
    struct world *world = *state;
    struct jangle_storage storage = jangle_sqlite(world->path);
    struct jangle_stores stores = {0};
    struct jangle_error error = {0};

    if (geteuid() != 0)
        skip();
    close_world(world);
    assert_int_equal(unlink(beside(world, "store.db-lock")), 0);
    assert_int_equal(chmod(world->directory, 0777), 0);
    assert_int_equal(chmod(world->path, 0666), 0);
    unlink(beside(world, "store.db-wal"));
    unlink(beside(world, "store.db-shm"));
    assert_int_equal(seteuid(12345), 0);
    assert_result(storage.open(&storage, &world->host.host, &stores, &error),
                  JANGLE_STORAGE);
    assert_int_equal(seteuid(0), 0);
    assert_said(&error, "store.db-lock: is not there, and must belong to the user");
    assert_int_equal(size_of(world, "store.db-lock"), -1);
}

/* Whoever opens it first: the file decides who else may. */
static void a_lock_file_is_made_as_its_store_is(void **state)
{
    struct world *world = *state;
    struct stat status;

    close_world(world);
    assert_int_equal(unlink(beside(world, "store.db-lock")), 0);
    assert_int_equal(chmod(world->path, 0640), 0);
    if (geteuid() == 0)
        assert_int_equal(chown(world->path, 12345, 23456), 0);
    world_reopen(world);
    assert_int_equal(stat(beside(world, "store.db-lock"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    if (geteuid() == 0) {
        assert_int_equal(status.st_uid, 12345);
        assert_int_equal(status.st_gid, 23456);
    }
    store_events(world, "a", 1);
}

/* root may write a store that its owner may only read just now. */
static void a_lock_file_is_made_for_its_owner_in_any_case(void **state)
{
    struct world *world = *state;
    struct stat status;

    if (geteuid() != 0)
        skip();
    close_world(world);
    assert_int_equal(unlink(beside(world, "store.db-lock")), 0);
    assert_int_equal(chmod(world->path, 0440), 0);
    world_reopen(world);
    assert_int_equal(stat(beside(world, "store.db-lock"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
}

static void a_lock_file_must_be_an_ordinary_file(void **state)
{
    struct world *world = *state;
    char path[TEMP_PATH_SIZE], target[TEMP_PATH_SIZE];

    close_world(world);
    temp_directory_path(path, world->directory, "store.db-lock");
    temp_directory_path(target, world->directory, "target");
    write_file(target, "", 0);
    assert_int_equal(chmod(target, 0600), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(target, path), 0);
    refuse(world, world->path, false, "is a symbolic link");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(link(target, path), 0);
    refuse(world, world->path, false, "has a second name");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    refuse(world, world->path, false, "is a directory");
    assert_int_equal(rmdir(path), 0);
    world_reopen(world);
}

int main(void)
{
    struct backend backend = sqlite;
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_prestate_setup_teardown(name, world_setup, world_teardown, &backend)
        TEST(what_is_left_beside_no_file_is_refused_and_stays),
        TEST(what_is_left_beside_an_empty_file_is_refused_and_stays),
        TEST(an_emptied_store_gives_its_log_back),
        TEST(a_journal_of_an_empty_file_is_not_in_the_way),
        TEST(an_empty_log_is_nobodys),
        TEST(a_copy_beside_an_old_log_is_refused),
        TEST(what_lies_beside_must_be_an_ordinary_file),
        TEST(a_backup_beside_what_an_old_copy_left_is_refused),
        TEST(what_appears_while_a_backup_is_made_is_refused_too),
        TEST(a_lock_file_of_an_old_copy_may_stay),
        TEST(a_store_is_not_called_like_a_file_beside_another),
        TEST(a_name_that_only_looks_like_one_is_fine),
        TEST(a_relative_path_leads_to_where_it_led_when_it_was_opened),
        TEST(a_lock_file_that_others_may_lock_is_refused),
        TEST(a_lock_file_is_judged_by_who_else_may_lock_it),
        TEST(a_store_that_was_write_protected_for_a_while_can_be_opened),
        TEST(a_lock_file_that_nobody_can_open_says_what_to_do),
        TEST(a_lock_file_beside_no_store_must_be_ours_alone),
        TEST(a_lock_file_of_another_owner_is_refused),
        TEST(a_lock_file_is_not_made_for_another_owner),
        TEST(a_lock_file_is_made_as_its_store_is),
        TEST(a_lock_file_is_made_for_its_owner_in_any_case),
        TEST(a_lock_file_must_be_an_ordinary_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
