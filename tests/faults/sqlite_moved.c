/* sqlite_moved.c - a store's files are moved, removed or replaced while it is open: what
 * was committed then is UNKNOWN, and nothing is stored there any more. */
#include "contract/world.h"
#include "support/stores/fault_vfs.h"

#include <jangle/config.h>

#include <dirent.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct jangle_storage plain(const char *path)
{
    return jangle_sqlite(path);
}

static struct jangle_storage faulty(const char *path)
{
    static const struct jangle_sqlite_options options = {.vfs = "fault",
                                                         .wal_checkpoint_frames = 1000};

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

static enum jangle_result send(struct world *world, const char *command_id)
{
    struct jangle_record record = record_of("a", 0);
    struct jangle_append append = {
        .command_id = command_id, .records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};
    enum jangle_result result;

    memset(&world->error, 0, sizeof world->error);
    result = world->store->ops->commit(world->store, &group, &world->error);
    return result ? result : append.error.result;
}

static enum jangle_result find(struct world *world, const char *command_id)
{
    struct jangle_receipt receipt;

    memset(&world->error, 0, sizeof world->error);
    return world->store->ops->find_command(world->store, command_id, &receipt,
                                           &world->error);
}

static enum jangle_result checkpoint(struct world *world)
{
    struct jangle_checkpoint checkpoint = {
        .subscriber = "printer", .from = -1, .position = 1};
    struct jangle_group group = {.checkpoints = &checkpoint, .checkpoint_count = 1};

    memset(&world->error, 0, sizeof world->error);
    return world->store->ops->commit(world->store, &group, &world->error);
}

static void assert_said(const struct world *world, const char *words)
{
    if (!strstr(world->error.message, words))
        fail_msg("\"%s\" does not say \"%s\"", world->error.message, words);
}

/* ---- troubles ---------------------------------------------------------------- */

static const char *path_in(const struct world *world, const char *name)
{
    static char path[TEMP_PATH_SIZE];

    temp_directory_path(path, world->directory, name);
    return path;
}

static void run(const struct world *world, const char *format, const char *name)
{
    char line[200], whole[TEMP_PATH_SIZE + 216];

    snprintf(line, sizeof line, format, name, name, name);
    snprintf(whole, sizeof whole, "cd '%s' && %s", world->directory, line);
    assert_int_equal(system(whole), 0);
}

static const char *const troubles[] = {
    "mv %s away",
    "rm %s",
    "cp %s copy && mv -f copy %s",
    "mv %s away && cp away %s",
};

static const char *const parts[] = {"store.db", "store.db-wal", "store.db-shm",
                                    "store.db-lock"};

/* The names, sizes and times of all that is there. */
static void take_picture(const struct world *world, char picture[4096])
{
    DIR *entries = opendir(world->directory);
    const struct dirent *entry;
    size_t used = 0;

    assert_non_null(entries);
    picture[0] = '\0';
    while ((entry = readdir(entries))) {
        struct stat status;

        if (entry->d_name[0] == '.')
            continue;
        assert_int_equal(stat(path_in(world, entry->d_name), &status), 0);
        used +=
            (size_t)snprintf(picture + used, 4096 - used, "%s %lld %lld.%09ld\n",
                             entry->d_name, (long long)status.st_size,
                             (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
        assert_true(used < 4096);
    }
    closedir(entries);
}

/* ---- what is answered -------------------------------------------------------- */

static void try_trouble(struct world *world, const char *trouble, const char *part)
{
    char before[4096], after[4096];
    char copy[TEMP_PATH_SIZE];

    assert_result(send(world, "c-1"), JANGLE_OK);
    run(world, trouble, part);
    assert_result(send(world, "c-2"), JANGLE_UNKNOWN);
    assert_said(world, part);
    assert_said(world, "was moved, removed or replaced while it was open");

    take_picture(world, before);
    for (int again = 0; again < 2; again++) {
        assert_result(send(world, "c-3"), JANGLE_STORAGE);
        assert_said(world, part);
        assert_said(world, "nothing more is stored");
        assert_result(checkpoint(world), JANGLE_STORAGE);
        assert_said(world, part);
        assert_result(find(world, "c-1"), JANGLE_STORAGE);
        assert_said(world, part);
    }
    temp_directory_path(copy, world->directory, "copy.db");
    assert_result(world->store->ops->backup(world->store, copy, NULL, NULL, NULL),
                  JANGLE_STORAGE);
    world_close_another(&world->stores);
    take_picture(world, after);
    assert_string_equal(before, after);
}

static void no_command_is_answered_ok_that_went_to_a_file_that_is_gone(void **state)
{
    (void)state;
    for (size_t trouble = 0; trouble < sizeof troubles / sizeof *troubles; trouble++)
        for (size_t part = 0; part < sizeof parts / sizeof *parts; part++) {
            struct backend backend = sqlite;
            void *fresh = &backend;

            assert_int_equal(world_setup(&fresh), 0);
            try_trouble(fresh, troubles[trouble], parts[part]);
            assert_int_equal(world_teardown(&fresh), 0);
        }
}

/* The sentence says what to do: it is done. */
static void what_is_put_back_has_all_that_was_answered_ok(void **state)
{
    (void)state;
    for (size_t part = 0; part < sizeof parts / sizeof *parts; part++) {
        struct backend backend = sqlite;
        void *fresh = &backend;
        struct world *world;

        assert_int_equal(world_setup(&fresh), 0);
        world = fresh;
        assert_result(send(world, "c-1"), JANGLE_OK);
        run(world, "mv %s away", parts[part]);
        assert_result(send(world, "c-2"), JANGLE_UNKNOWN);
        world_close_another(&world->stores);
        run(world, "mv away %s", parts[part]);
        world_reopen(world);
        assert_result(find(world, "c-1"), JANGLE_OK);
        assert_result(find(world, "c-2"), JANGLE_OK);
        assert_result(send(world, "c-3"), JANGLE_OK);
        assert_int_equal(head_of(world), 3);
        assert_int_equal(world_teardown(&fresh), 0);
    }
}

/* The whole directory: nothing was removed, and yet no path leads there. */
static void a_directory_that_is_moved_takes_the_store_with_it(void **state)
{
    struct world *world = *state;
    char moved[TEMP_PATH_SIZE + 8];

    assert_result(send(world, "c-1"), JANGLE_OK);
    snprintf(moved, sizeof moved, "%s-moved", world->directory);
    assert_int_equal(rename(world->directory, moved), 0);
    assert_result(send(world, "c-2"), JANGLE_UNKNOWN);
    assert_said(world, "store.db");
    assert_int_equal(rename(moved, world->directory), 0);
    assert_result(send(world, "c-3"), JANGLE_STORAGE); /* once is enough */
    world_reopen(world);
    assert_result(find(world, "c-2"), JANGLE_OK);
}

static void snapshots_are_no_exception(void **state)
{
    struct world *world = *state;
    struct jangle_snapshot snapshot = {
        .stream = "account/a", .version = 1, .state_version = 1, .payload = "{}"};

    snapshot.payload_size = 2;
    assert_result(world->snapshots->ops->save(world->snapshots, &snapshot, NULL),
                  JANGLE_OK);
    run(world, "rm %s", "store.db");
    assert_result(world->snapshots->ops->save(world->snapshots, &snapshot, &world->error),
                  JANGLE_UNKNOWN);
    assert_said(world, "store.db");
    assert_result(send(world, "c-1"), JANGLE_STORAGE);
}

/* ---- what is opened later ---------------------------------------------------- */

/* Another store in its place, which may be opened and read like the right one. */
static void put_another_in_its_place(struct world *world)
{
    struct jangle_stores stores;
    struct jangle_store *mine = world->store;
    char path[TEMP_PATH_SIZE];

    temp_directory_path(path, world->directory, "another.db");
    stores = world_open_another(world, path);
    world->store = stores.store;
    store_events(world, "b", 7);
    world->store = mine;
    world_close_another(&stores);
    run(world, "mv %s gone", "store.db");
    run(world, "mv another.db %s", "store.db");
}

static void a_reader_does_not_open_another_store(void **state)
{
    struct world *world = *state;
    int64_t position = 0;

    assert_result(send(world, "c-1"), JANGLE_OK); /* nothing was read yet */
    put_another_in_its_place(world);
    assert_result(world->store->ops->head(world->store, &position, &world->error),
                  JANGLE_STORAGE);
    assert_said(world, "store.db");
    assert_int_equal(position, 0);
}

static void the_fence_does_not_open_another_store(void **state)
{
    struct world *world = *state;

    assert_result(send(world, "c-1"), JANGLE_OK);
    fault_vfs_fail((struct fault){FAULT_SYNC, "-wal", 1, 1, SQLITE_IOERR_FSYNC});
    assert_result(send(world, "c-2"), JANGLE_UNKNOWN);
    put_another_in_its_place(world);
    for (int again = 0; again < 2; again++) {
        assert_result(send(world, "c-3"), JANGLE_STORAGE);
        assert_said(world, "store.db");
        assert_result(find(world, "c-3"), JANGLE_STORAGE);
    }
    world_close_another(&world->stores);
    run(world, "rm -f %s-wal %s-shm", "store.db");
    world_reopen(world);
    assert_int_equal(head_of(world), 7);
}

/* The log with what was acknowledged is gone: the fence must not begin a new one. */
static void the_fence_does_not_go_on_without_the_log(void **state)
{
    struct world *world = *state;

    assert_result(send(world, "c-1"), JANGLE_OK);
    fault_vfs_fail((struct fault){FAULT_SYNC, "-wal", 1, 1, SQLITE_IOERR_FSYNC});
    assert_result(send(world, "c-2"), JANGLE_UNKNOWN);
    run(world, "mv %s away", "store.db-wal");
    assert_result(send(world, "c-3"), JANGLE_STORAGE);
    assert_said(world, "store.db-wal");
    assert_int_equal(access(path_in(world, "store.db-wal"), F_OK), -1);
    world_close_another(&world->stores);
    run(world, "mv away %s", "store.db-wal");
    world_reopen(world);
    assert_result(find(world, "c-1"), JANGLE_OK);
}

static void a_follower_does_not_read_what_is_gone(void **state)
{
    struct world *world = *state;
    struct jangle_storage storage = jangle_sqlite(world->path);
    struct jangle_stores stores = {0};
    int64_t position = 0;

    assert_result(send(world, "c-1"), JANGLE_OK);
    storage.follower = true;
    assert_result(storage.open(&storage, &world->host.host, &stores, NULL), JANGLE_OK);
    assert_result(stores.store->ops->head(stores.store, &position, NULL), JANGLE_OK);
    assert_int_equal(position, 1);
    run(world, "mv %s away", "store.db");
    assert_result(stores.store->ops->head(stores.store, &position, &world->error),
                  JANGLE_STORAGE);
    assert_said(world, "store.db");
    world_close_another(&stores);
}

/* ---- another process --------------------------------------------------------- */

struct other {
    pid_t process;
    int to, from;
};

/* It is this program once more: it opens the store, stores an event, and waits to be let
 * go. */
static struct other start(const struct world *world)
{
    struct other other;
    int down[2], up[2];
    char from[16], to[16], letter;

    assert_int_equal(pipe(down), 0);
    assert_int_equal(pipe(up), 0);
    snprintf(from, sizeof from, "%d", down[0]);
    snprintf(to, sizeof to, "%d", up[1]);
    fflush(NULL);
    other.process = fork();
    assert_true(other.process >= 0);
    if (other.process == 0) {
        close(down[1]);
        close(up[0]);
        execl("/proc/self/exe", "sqlite_moved", world->path, from, to, (char *)NULL);
        _exit(1);
    }
    close(down[0]);
    close(up[1]);
    other.to = down[1];
    other.from = up[0];
    assert_int_equal(read(other.from, &letter, 1), 1);
    return other;
}

static void finish(struct other *other)
{
    int status;

    assert_int_equal(write(other->to, "x", 1), 1);
    close(other->to);
    close(other->from);
    assert_int_equal(waitpid(other->process, &status, 0), other->process);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int be_the_other(char **arguments)
{
    int from = (int)strtol(arguments[2], NULL, 10);
    int to = (int)strtol(arguments[3], NULL, 10);
    struct jangle_storage storage = jangle_sqlite(arguments[1]);
    struct world world;
    char letter;

    memset(&world, 0, sizeof world);
    test_host_init(&world.host);
    if (storage.open(&storage, &world.host.host, &world.stores, NULL))
        return 1;
    world.store = world.stores.store;
    if (send(&world, "other") || write(to, "x", 1) != 1 || read(from, &letter, 1) != 1)
        return 2;
    if (send(&world, "late") != JANGLE_UNKNOWN)
        return 3;
    world_close_another(&world.stores);
    return 0;
}

/* It would have a log of its own, or play the other's into another file. */
static void who_comes_later_is_told_that_another_has_the_old_files_open(void **state)
{
    static const char *const tries[] = {
        "mv %s away && cp away %s",
        "mv %s away && cp away %s",
        "mv %s away && cp away %s",
        "rm %s",
    };
    static const char *const tried[] = {"store.db", "store.db-wal", "store.db-shm",
                                        "store.db-shm"};

    (void)state;
    for (size_t at = 0; at < sizeof tries / sizeof *tries; at++)
        for (int follower = 0; follower < 2; follower++) {
            struct backend backend = sqlite;
            void *fresh = &backend;
            struct jangle_storage storage;
            struct jangle_stores stores = {0};
            char before[4096], after[4096];
            struct world *world;
            struct other other;

            assert_int_equal(world_setup(&fresh), 0);
            world = fresh;
            world_close_another(&world->stores);
            other = start(world);
            run(world, tries[at], tried[at]);
            take_picture(world, before);
            storage = jangle_sqlite(world->path);
            storage.follower = follower;
            assert_result(
                storage.open(&storage, &world->host.host, &stores, &world->error),
                JANGLE_STORAGE);
            assert_said(world, tried[at]);
            assert_said(world, "while another program has it open");
            take_picture(world, after);
            assert_string_equal(before, after);
            finish(&other);
            assert_int_equal(world_teardown(&fresh), 0);
        }
}

static void what_a_dead_program_had_open_is_nobodys(void **state)
{
    struct world *world = *state;
    struct other other;
    int status;

    world_close_another(&world->stores);
    other = start(world);
    kill(other.process, SIGKILL);
    assert_int_equal(waitpid(other.process, &status, 0), other.process);
    close(other.to);
    close(other.from);
    run(world, "cp %s copy && mv -f copy %s", "store.db-wal");
    run(world, "cp %s copy && mv -f copy %s", "store.db");
    world_reopen(world);
    assert_result(find(world, "other"), JANGLE_OK);
    assert_result(send(world, "c-1"), JANGLE_OK);
}

int main(int count, char **arguments)
{
    struct backend plain_one = sqlite, faulty_one = on_a_faulty_disk;
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_prestate_setup_teardown(name, world_setup, world_teardown,          \
                                             &plain_one)
#define FAULTY(name)                                                                     \
    cmocka_unit_test_prestate_setup_teardown(name, setup_faulty, world_teardown,         \
                                             &faulty_one)
        cmocka_unit_test(no_command_is_answered_ok_that_went_to_a_file_that_is_gone),
        cmocka_unit_test(what_is_put_back_has_all_that_was_answered_ok),
        TEST(a_directory_that_is_moved_takes_the_store_with_it),
        TEST(snapshots_are_no_exception),
        TEST(a_reader_does_not_open_another_store),
        FAULTY(the_fence_does_not_open_another_store),
        FAULTY(the_fence_does_not_go_on_without_the_log),
        TEST(a_follower_does_not_read_what_is_gone),
        cmocka_unit_test(who_comes_later_is_told_that_another_has_the_old_files_open),
        TEST(what_a_dead_program_had_open_is_nobodys),
    };

    if (count == 4)
        return be_the_other(arguments);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
