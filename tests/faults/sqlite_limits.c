/* sqlite_limits.c - a file that may not grow, for its size or its owner's quota, is a
 * full disk: commands are refused with that sentence, and nothing is in doubt. */
#include "contract/world.h"
#include "support/stores/fault_vfs.h"

#include <jangle/config.h>

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct jangle_storage plain(const char *path)
{
    static const struct jangle_sqlite_options options = {.wal_checkpoint_frames = 1000};

    return jangle_sqlite_with(path, &options);
}

static struct jangle_storage faulty(const char *path)
{
    static const struct jangle_sqlite_options options = {
        .vfs = "fault", .fence_timeout_ms = 200, .wal_checkpoint_frames = 20};

    return jangle_sqlite_with(path, &options);
}

static const struct backend sqlite = {
    .name = "sqlite", .storage = plain, .durable = true};
static const struct backend on_a_faulty_disk = {
    .name = "sqlite on a faulty disk", .storage = faulty, .durable = true};

static int setup_faulty(void **state)
{
    fault_vfs_register();
    fault_vfs_reset();
    return world_setup(state);
}

/* ---- commands ---------------------------------------------------------------- */

static int64_t sent;

static enum jangle_result send(struct world *world)
{
    char id[24];
    struct jangle_record record = record_of("a", 0);
    struct jangle_append append = {.command_id = id, .records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};
    enum jangle_result result;

    snprintf(id, sizeof id, "c-%lld", (long long)++sent);
    memset(&world->error, 0, sizeof world->error);
    result = world->store->ops->commit(world->store, &group, &world->error);
    return result ? result : append.error.result;
}

/* What the last one came to. */
static enum jangle_result find(struct world *world)
{
    struct jangle_receipt receipt;
    char id[24];

    snprintf(id, sizeof id, "c-%lld", (long long)sent);
    return world->store->ops->find_command(world->store, id, &receipt, &world->error);
}

static int64_t epoch_of(struct world *world)
{
    unsigned char id[JANGLE_ID_SIZE];
    int64_t epoch = 0;

    assert_result(world->store->ops->identify(world->store, id, &epoch, NULL), JANGLE_OK);
    return epoch;
}

static void assert_said(const struct world *world, const char *words)
{
    if (!strstr(world->error.message, words))
        fail_msg("\"%s\" does not say \"%s\"", world->error.message, words);
}

static void assert_refused(struct world *world)
{
    assert_result(send(world), JANGLE_STORAGE);
    assert_said(world, "the disk is full");
    assert_result(find(world), JANGLE_NOT_FOUND);
}

/* ---- the size of a file ------------------------------------------------------ */

/* Files of this process may be so long; -1: as they like. */
static void limit_files(int64_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < 0 ? limit.rlim_max : (rlim_t)bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int64_t log_size(struct world *world)
{
    struct stat status;
    char path[TEMP_PATH_SIZE + 8];

    snprintf(path, sizeof path, "%s-wal", world->path);
    return stat(path, &status) == 0 ? (int64_t)status.st_size : 0;
}

static void a_log_that_may_not_grow_is_a_full_disk(void **state)
{
    struct world *world = *state;
    int64_t epoch = epoch_of(world);
    int64_t stored = 0;
    enum jangle_result result;

    limit_files(log_size(world) + 100 * 1000);
    while (!(result = send(world)))
        stored++;
    limit_files(-1);
    assert_result(result, JANGLE_STORAGE);
    assert_said(world, "the disk is full");
    assert_true(stored > 0);

    limit_files(log_size(world));
    assert_refused(world);
    assert_refused(world);
    limit_files(-1);
    assert_result(send(world), JANGLE_OK);
    assert_int_equal(head_of(world), stored + 1);
    assert_int_equal(epoch_of(world), epoch); /* nothing was ever in doubt */
}

static void a_store_that_may_not_be_made_says_why(void **state)
{
    struct world *world = *state;
    char path[TEMP_PATH_SIZE];
    struct jangle_storage storage;
    struct jangle_stores stores = {0};

    temp_directory_path(path, world->directory, "other.db");
    storage = plain(path);
    limit_files(2000);
    assert_result(storage.open(&storage, &world->host.host, &stores, &world->error),
                  JANGLE_STORAGE);
    limit_files(-1);
    assert_said(world, "the disk is full");
    assert_result(storage.open(&storage, &world->host.host, &stores, NULL), JANGLE_OK);
    world_close_another(&stores);
}

/* ---- quotas ------------------------------------------------------------------ */

static void fail_writes(const char *file, int64_t times, int number)
{
    fault_vfs_set_errno(number);
    fault_vfs_fail((struct fault){FAULT_WRITE, file, 1, times, SQLITE_IOERR_WRITE});
}

static void a_quota_that_is_used_up_is_a_full_disk(void **state)
{
    struct world *world = *state;
    int64_t epoch = epoch_of(world);

    assert_result(send(world), JANGLE_OK);
    fail_writes("-wal", 0, EDQUOT);
    assert_refused(world);
    assert_refused(world);
    fault_vfs_fail((struct fault){.operation = FAULT_NOTHING});
    assert_result(send(world), JANGLE_OK);
    assert_int_equal(head_of(world), 2);
    assert_int_equal(epoch_of(world), epoch);
}

static void a_checkpoint_beyond_the_quota_leaves_nothing_in_doubt(void **state)
{
    struct world *world = *state;
    int64_t epoch = epoch_of(world);

    fail_writes("store.db", 0, EDQUOT);
    for (int at = 0; at < 60; at++)
        assert_result(send(world), JANGLE_OK);
    fault_vfs_fail((struct fault){.operation = FAULT_NOTHING});
    assert_result(send(world), JANGLE_OK);
    assert_int_equal(head_of(world), 61);
    assert_int_equal(epoch_of(world), epoch);
}

/* What was the matter before tells nothing of the error that is there now. */
static void any_other_error_is_unknown_whatever_was_before(void **state)
{
    static const char *const files[] = {"store.db", "-wal"};
    struct world *world = *state;

    for (int at = 0; at < 2; at++) {
        fail_writes(files[at], 0, EDQUOT);
        for (int commands = 0; commands < 30; commands++)
            send(world);
        fail_writes("-wal", 1, EIO);
        assert_result(send(world), JANGLE_UNKNOWN);
        fault_vfs_fail((struct fault){.operation = FAULT_NOTHING});
        assert_result(send(world), JANGLE_OK);
    }
    fail_writes("store.db", 0, EIO);
    for (int commands = 0; commands < 30; commands++)
        send(world);
    assert_result(send(world), JANGLE_BUSY); /* a checkpoint left it in doubt */
    fault_vfs_fail((struct fault){.operation = FAULT_NOTHING});
    assert_result(send(world), JANGLE_OK);
}

int main(void)
{
    struct backend plain_one = sqlite, faulty_one = on_a_faulty_disk;
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_prestate_setup_teardown(name, world_setup, world_teardown,          \
                                             &plain_one)
#define FAULTY(name)                                                                     \
    cmocka_unit_test_prestate_setup_teardown(name, setup_faulty, world_teardown,         \
                                             &faulty_one)
        TEST(a_log_that_may_not_grow_is_a_full_disk),
        TEST(a_store_that_may_not_be_made_says_why),
        FAULTY(a_quota_that_is_used_up_is_a_full_disk),
        FAULTY(a_checkpoint_beyond_the_quota_leaves_nothing_in_doubt),
        FAULTY(any_other_error_is_unknown_whatever_was_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
