/* sqlite_log.c - the write-ahead log: it does not grow without end, and nobody moves it
 * but who has the writer lock. */
#include "contract/world.h"
#include "sqlite/file/database.h"
#include "sqlite/file/lock.h"
#include "support/stores/fault_vfs.h"

#include <jangle/config.h>

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CHECKPOINT_FRAMES = 25,
    BOUND = 4 * CHECKPOINT_FRAMES,
    LARGEST_COMMIT = 20, /* frames */
    FRAME = 4096 + 24
};

static struct jangle_storage frequent(const char *path)
{
    static const struct jangle_sqlite_options options = {.wal_checkpoint_frames =
                                                             CHECKPOINT_FRAMES};

    return jangle_sqlite_with(path, &options);
}

static struct jangle_storage as_ever(const char *path)
{
    return jangle_sqlite(path);
}

static struct jangle_storage watched(const char *path)
{
    static const struct jangle_sqlite_options options = {
        .wal_checkpoint_frames = CHECKPOINT_FRAMES, .vfs = "fault"};

    return jangle_sqlite_with(path, &options);
}

static const struct backend sqlite = {
    .name = "sqlite", .storage = frequent, .durable = true};
static const struct backend by_default = {
    .name = "sqlite by default", .storage = as_ever, .durable = true};
static const struct backend on_a_watched_disk = {
    .name = "sqlite on a watched disk", .storage = watched, .durable = true};

/* ---- log lines ------------------------------------------------------------- */

static struct {
    int held, released;
    int64_t frames, held_ms;
    char message[200];
} told;

static void listen(void *context, const struct jangle_log_entry *entry)
{
    (void)context;
    if (strcmp(entry->topic, "WAL_HELD") != 0)
        return;
    assert_int_equal(entry->level, JANGLE_LEVEL_WARNING);
    for (size_t at = 0; at < entry->pair_count; at++) {
        const struct jangle_log_pair *pair = &entry->pairs[at];

        if (strcmp(pair->name, "frames") == 0)
            told.frames = pair->number;
        if (strcmp(pair->name, "held_ms") == 0)
            told.held_ms = pair->number;
        if (strcmp(pair->name, "location") == 0)
            assert_non_null(strstr(pair->text, "store.db"));
    }
    snprintf(told.message, sizeof told.message, "%s", entry->message);
    if (strstr(entry->message, "empty again"))
        told.released++;
    else
        told.held++;
}

/* A clock of one's own, for what is told of times. */
static _Atomic int64_t clock_us;

static int64_t monotonic_us(void *context)
{
    (void)context;
    return atomic_load(&clock_us);
}

static int setup(void **state)
{
    struct world *world;
    int failed = world_setup(state);

    if (failed)
        return failed;
    world = *state;
    memset(&told, 0, sizeof told);
    atomic_store(&clock_us, 1000000);
    world->host.host.logger = (struct jangle_logger){.write = listen};
    world->host.host.clock.monotonic_us = monotonic_us;
    return 0;
}

/* ---- how long it is ---------------------------------------------------------- */

static int64_t log_size(struct world *world)
{
    struct stat status;
    char path[TEMP_PATH_SIZE + 8];

    snprintf(path, sizeof path, "%s-wal", world->path);
    return stat(path, &status) == 0 ? (int64_t)status.st_size : 0;
}

static int64_t longest;

/* One commit each, and a look at the log after it. */
static void store_many(struct world *world, int count)
{
    for (int at = 0; at < count; at++) {
        int64_t size;

        store_events(world, "a", 1);
        size = log_size(world);
        longest = size > longest ? size : longest;
    }
}

/* ---- readers of ours --------------------------------------------------------- */

enum { READERS = 4 };

struct reading {
    struct jangle_store *store;
    atomic_bool *stop;
    pthread_t thread;
};

static void *ask_all_the_time(void *context)
{
    struct reading *reading = context;

    while (!atomic_load(reading->stop)) {
        struct jangle_receipt receipt;

        if (reading->store->ops->find_command(reading->store, "none", &receipt, NULL) !=
            JANGLE_NOT_FOUND)
            return context;
    }
    return NULL;
}

/* On a machine that is so busy that a reader of ours does not get on within the time that
 * is waited for it, the log is told of and has its length once more. */
static void check_log(int64_t frames)
{
    print_message("longest log: %lld KiB\n", (long long)longest / 1024);
    assert_true(longest <
                ((1 + told.held) * 4 * frames + LARGEST_COMMIT) * (int64_t)FRAME);
    assert_true(told.held < 10);
}

static void store_beside_readers(struct world *world, int count)
{
    struct reading readings[READERS];
    atomic_bool stop = false;

    for (int at = 0; at < READERS; at++) {
        readings[at] = (struct reading){.store = world->store, .stop = &stop};
        assert_int_equal(
            pthread_create(&readings[at].thread, NULL, ask_all_the_time, &readings[at]),
            0);
    }
    longest = 0;
    store_many(world, count);
    atomic_store(&stop, true);
    for (int at = 0; at < READERS; at++) {
        void *failed;

        assert_int_equal(pthread_join(readings[at].thread, &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(head_of(world), count);
}

static void readers_that_overlap_do_not_let_the_log_grow(void **state)
{
    store_beside_readers(*state, 1500);
    check_log(CHECKPOINT_FRAMES);
}

/* The commits have four times as many frames as the log may have. */
static void the_log_is_bounded_by_default(void **state)
{
    enum { FRAMES = 1000, COMMITS = 5000 };

    store_beside_readers(*state, COMMITS);
    assert_true(longest > FRAMES * (int64_t)FRAME);
    check_log(FRAMES);
}

/* ---- readers of others ------------------------------------------------------- */

static sqlite3 *read_as_another_program(struct world *world)
{
    sqlite3 *handle;

    assert_int_equal(sqlite3_open(world->path, &handle), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(handle, "BEGIN; SELECT count(*) FROM events", NULL, NULL, NULL),
        SQLITE_OK);
    return handle;
}

/* The frames of the largest of the commits until the log is held. */
static int64_t store_until_held(struct world *world, int size)
{
    int64_t largest = 0;

    while (!told.held) {
        int64_t before = log_size(world);

        store_events(world, "a", size);
        before = (log_size(world) - before) / FRAME;
        largest = before > largest ? before : largest;
    }
    return largest;
}

/* However large the commits are, readers wait at the length that is said, and not up to
 * a few foldings later. */
static void the_length_at_which_readers_wait_holds_for_commits_of_any_size(void **state)
{
    struct world *world = *state;

    for (int size = 1; size <= 24; size++) {
        sqlite3 *handle = read_as_another_program(world);
        int64_t largest;

        memset(&told, 0, sizeof told);
        largest = store_until_held(world, size);
        assert_true(told.frames >= BOUND && told.frames < BOUND + largest);
        sqlite3_close(handle);
        while (!told.released)
            store_events(world, "a", 1);
    }
}

static void a_reader_of_another_program_is_told_of_and_how_long(void **state)
{
    struct world *world = *state;
    sqlite3 *handle = read_as_another_program(world);

    store_many(world, 10);
    assert_int_equal(told.held, 0);
    for (int at = 0; at < BOUND && !told.held; at++)
        store_many(world, 1);
    assert_int_equal(told.held, 1);
    assert_true(told.frames >= BOUND && told.frames < BOUND + LARGEST_COMMIT);
    assert_int_equal(told.held_ms, 0);
    assert_non_null(strstr(told.message, "another program, or a backup"));

    /* It is waited for again when there is as much again to gain, not at each commit. */
    atomic_fetch_add(&clock_us, 5000000);
    for (int at = 0; at < BOUND && told.held == 1; at++)
        store_many(world, 1);
    assert_int_equal(told.held, 2);
    assert_true(told.frames >= 2 * BOUND);
    assert_int_equal(told.held_ms, 5000);
    assert_true(log_size(world) > 2 * BOUND * (int64_t)FRAME);

    sqlite3_close(handle);
    atomic_fetch_add(&clock_us, 1000000);
    store_many(world, CHECKPOINT_FRAMES);
    assert_int_equal(told.released, 1);
    assert_int_equal(told.held_ms, 6000);
    assert_true(log_size(world) < (CHECKPOINT_FRAMES + LARGEST_COMMIT) * (int64_t)FRAME);
    store_many(world, 200);
    assert_int_equal(told.held, 2);
    assert_int_equal(told.released, 1);
}

static bool store_meanwhile(void *context, int64_t done, int64_t total)
{
    (void)done, (void)total;
    store_many(context, 60);
    return true;
}

static void a_backup_of_ours_is_told_of_too(void **state)
{
    struct world *world = *state;
    char copy[TEMP_PATH_SIZE];

    temp_directory_path(copy, world->directory, "copy.db");
    store_events(world, "a", 3000);
    assert_result(
        world->store->ops->backup(world->store, copy, store_meanwhile, world, NULL),
        JANGLE_OK);
    assert_true(told.held > 0);
    store_many(world, CHECKPOINT_FRAMES);
    assert_int_equal(told.released, 1);
    assert_true(log_size(world) < (CHECKPOINT_FRAMES + LARGEST_COMMIT) * (int64_t)FRAME);
}

/* ---- who moves it ------------------------------------------------------------ */

/* Whatever is written to a store's file, or taken from its log, while nobody has the
 * writer lock. Another who can take that lock shows that nobody has it. */
static struct {
    struct jn_group group;
    struct jn_lock probe;
    char file[TEMP_PATH_SIZE], log[TEMP_PATH_SIZE];
    int64_t changes, without_a_turn;
} watching;

static void watch(void *context, enum fault_operation operation, const char *name)
{
    bool unclean;

    (void)context;
    if (operation == FAULT_READ || operation == FAULT_REFUSAL ||
        (strcmp(name, watching.file) != 0 && strcmp(name, watching.log) != 0))
        return;
    watching.changes++;
    if (jn_lock_take_writer(&watching.probe, 0, &unclean, NULL) == JANGLE_OK) {
        watching.without_a_turn++;
        jn_lock_release_writer(&watching.probe, !unclean);
    }
}

static void watch_file(struct world *world, const char *path)
{
    snprintf(watching.file, sizeof watching.file, "%s", path);
    snprintf(watching.log, sizeof watching.log, "%.*s-wal", TEMP_PATH_SIZE - 5, path);
    watching.changes = watching.without_a_turn = 0;
    assert_result(jn_group_init(&watching.group, path, &world->host.host.allocator),
                  JANGLE_OK);
    assert_result(jn_lock_open(&watching.probe, &watching.group, true, NULL), JANGLE_OK);
    fault_vfs_watch(watch, NULL);
}

static void stop_watching(struct world *world, int64_t at_least)
{
    fault_vfs_watch(NULL, NULL);
    jn_lock_close(&watching.probe);
    jn_group_finish(&watching.group, &world->host.host.allocator);
    print_message("%lld changes\n", (long long)watching.changes);
    assert_true(watching.changes > at_least);
    assert_int_equal(watching.without_a_turn, 0);
}

static int setup_watched(void **state)
{
    fault_vfs_register();
    fault_vfs_reset();
    return setup(state);
}

static struct jangle_stores follow(struct world *world)
{
    struct jangle_storage storage = watched(world->path);
    struct jangle_stores stores = {0};

    storage.follower = true;
    assert_result(storage.open(&storage, &world->host.host, &stores, NULL), JANGLE_OK);
    return stores;
}

static void only_who_has_the_turn_changes_a_store(void **state)
{
    struct world *world = *state;
    struct jangle_stores follower, other;
    int64_t position;

    watch_file(world, world->path);
    store_many(world, 100);
    assert_int_equal(head_of(world), 100); /* a reader is open, too */
    follower = follow(world);
    assert_result(follower.store->ops->head(follower.store, &position, NULL), JANGLE_OK);
    other = world_open_another(world, world->path);
    store_many(world, 100);
    world_close_another(&other);
    world_close_another(&follower);
    store_many(world, 10);

    /* Those that are left when the log was not emptied, as after a crash. */
    follower = follow(world);
    assert_result(follower.store->ops->head(follower.store, &position, NULL), JANGLE_OK);
    world_close_another(&world->stores);
    world_close_another(&follower);
    world_reopen(world);
    world_close_another(&world->stores);
    stop_watching(world, 200);
}

static void only_who_has_the_turn_changes_a_store_of_snapshots(void **state)
{
    struct world *world = *state;
    char path[TEMP_PATH_SIZE], payload[3000];
    struct jangle_snapshot snapshot = {
        .version = 1, .state_version = 1, .payload = payload};
    struct jangle_stores stores, other;

    memset(payload, 'x', sizeof payload);
    snapshot.payload_size = sizeof payload;
    temp_directory_path(path, world->directory, "snapshots.db");
    stores = world_open_another(world, path);
    watch_file(world, path);
    other = world_open_another(world, path);
    for (int at = 0; at < 200; at++) {
        char stream[20];

        snprintf(stream, sizeof stream, "account/%d", at);
        snapshot.stream = stream;
        assert_result(stores.snapshots->ops->save(stores.snapshots, &snapshot, NULL),
                      JANGLE_OK);
    }
    world_close_another(&other);
    assert_result(stores.snapshots->ops->forget(stores.snapshots, "account/1", NULL),
                  JANGLE_OK);
    world_close_another(&stores);
    stop_watching(world, 200);
}

/* ---- what else could do harm ------------------------------------------------- */

static struct {
    int count;
    char message[300], location[TEMP_PATH_SIZE];
} warned;

static void hear_warnings(void *context, const struct jangle_log_entry *entry)
{
    (void)context;
    if (strcmp(entry->topic, "STORE_AT_RISK") != 0)
        return;
    assert_int_equal(entry->level, JANGLE_LEVEL_WARNING);
    warned.count++;
    snprintf(warned.message, sizeof warned.message, "%s", entry->message);
    assert_string_equal(entry->pairs[0].name, "location");
    snprintf(warned.location, sizeof warned.location, "%s", entry->pairs[0].text);
}

static void an_old_sqlite_is_warned_of_when_a_store_is_opened(void **state)
{
    struct world *world = *state;
    bool is_old = jn_database_may_lose_commits(sqlite3_libversion_number());

    memset(&warned, 0, sizeof warned);
    world->host.host.logger = (struct jangle_logger){.write = hear_warnings};
    world_reopen(world);
    assert_int_equal(warned.count, is_old ? 1 : 0);
    if (!is_old)
        return;
    assert_non_null(strstr(warned.message, sqlite3_libversion()));
    assert_non_null(strstr(warned.message, "3.51.3"));
    assert_string_equal(warned.location, world->path);
}

static void the_version_that_mended_it_is_known(void **state)
{
    (void)state;
    assert_true(jn_database_may_lose_commits(3040001));
    assert_true(jn_database_may_lose_commits(3051002));
    assert_false(jn_database_may_lose_commits(3051003));
    assert_false(jn_database_may_lose_commits(3053000));
}

int main(void)
{
    struct backend plain = sqlite, usual = by_default, seen = on_a_watched_disk;
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_prestate_setup_teardown(name, setup, world_teardown, &plain)
#define WATCHED(name)                                                                    \
    cmocka_unit_test_prestate_setup_teardown(name, setup_watched, world_teardown, &seen)
        TEST(readers_that_overlap_do_not_let_the_log_grow),
        cmocka_unit_test_prestate_setup_teardown(the_log_is_bounded_by_default, setup,
                                                 world_teardown, &usual),
        TEST(the_length_at_which_readers_wait_holds_for_commits_of_any_size),
        TEST(a_reader_of_another_program_is_told_of_and_how_long),
        TEST(a_backup_of_ours_is_told_of_too),
        TEST(an_old_sqlite_is_warned_of_when_a_store_is_opened),
        cmocka_unit_test(the_version_that_mended_it_is_known),
        WATCHED(only_who_has_the_turn_changes_a_store),
        WATCHED(only_who_has_the_turn_changes_a_store_of_snapshots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
