/* sqlite_memory.c - memory runs out at each place in turn, ours and SQLite's: answers
 * stay true, and nothing is left behind. */
#include "contract/world.h"
#include "support/shard.h"

#include <jangle/config.h>

#include <sqlite3.h>
#include <stdlib.h>

static struct jangle_storage small(const char *path)
{
    static const struct jangle_sqlite_options options = {.wal_checkpoint_frames = 10};

    return jangle_sqlite_with(path, &options);
}

/* ---- SQLite's memory --------------------------------------------------------- */

static sqlite3_mem_methods real;
static _Thread_local int64_t fail_at; /* 0: never */
static int64_t asked;

static bool fails(void)
{
    asked++;
    return fail_at && --fail_at == 0;
}

static void *failing_malloc(int size)
{
    return fails() ? NULL : real.xMalloc(size);
}

static void *failing_realloc(void *memory, int size)
{
    return fails() ? NULL : real.xRealloc(memory, size);
}

static void stand_behind_sqlite(void)
{
    sqlite3_mem_methods mine;

    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
    mine = real;
    mine.xMalloc = failing_malloc;
    mine.xRealloc = failing_realloc;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &mine), SQLITE_OK);
}

/* ---- the work ---------------------------------------------------------------- */

enum { COMMANDS = 3 };

struct oracle {
    enum jangle_result results[COMMANDS];
};

static enum jangle_result send(struct jangle_store *store, int number)
{
    char id[20];
    struct jangle_record records[2] = {record_of("a", 0), record_of("b", 0)};
    struct jangle_append append = {.command_id = id, .records = records, .count = 2};
    const struct jangle_step step = {.type = "credit", .reply = "done"};
    struct jangle_saga_record saga = {.saga = "transfer",
                                      .id = id,
                                      .version = 1,
                                      .steps = &step,
                                      .step_count = 1,
                                      .with = &append};
    struct jangle_checkpoint checkpoint = {
        .subscriber = "printer", .from = number - 1, .position = number};
    struct jangle_group group = {.appends = &append,
                                 .append_count = 1,
                                 .checkpoints = &checkpoint,
                                 .checkpoint_count = 1,
                                 .sagas = &saga,
                                 .saga_count = 1};
    enum jangle_result result;

    snprintf(id, sizeof id, "c-%d", number);
    result = store->ops->commit(store, &group, NULL);
    return result ? result : append.error.result;
}

/* Each may fail, but must say so. */
static void look_around(struct jangle_store *store)
{
    struct counting counting = {0};
    struct jangle_checkpoint checkpoint;
    bool unclean, more;

    if (!store->ops->read_all(store, 0, 100, count_record, &counting, NULL))
        assert_int_equal(counting.count % 2, 0);
    counting.count = 0;
    store->ops->read_stream(store, "account", "a", 0, count_record, &counting, NULL);
    store->ops->read_saga(store, "transfer", "c-0", count_saga, &counting, NULL);
    store->ops->read_sagas(store, "transfer", JANGLE_SAGA_OPEN, NULL, 9, count_saga,
                           &counting, NULL);
    store->ops->read_checkpoints(store, count_checkpoint, &counting, NULL);
    store->ops->find_checkpoint(store, "printer", &checkpoint, NULL);
    store->ops->tidy(store, (jangle_time){1}, &more, NULL);
    if (!store->ops->own(store, "printer", &unclean, NULL))
        store->ops->disown(store, "printer", false);
}

static void snapshot(struct jangle_snapshot_store *snapshots)
{
    const struct jangle_snapshot taken = {
        .stream = "account/a", .version = 1, .payload = "{}", .payload_size = 2};

    snapshots->ops->save(snapshots, &taken, NULL);
    snapshots->ops->forget(snapshots, "account/b", NULL);
}

/* True if it could be opened. */
static bool work(struct world *world, struct oracle *oracle)
{
    struct jangle_storage storage = small(world->path);
    struct jangle_stores stores = {0};
    enum jangle_result result =
        storage.open(&storage, &world->host.host, &stores, &world->error);

    if (result) {
        assert_string_not_equal(world->error.message, "");
        assert_null(stores.store);
        return false;
    }
    for (int number = 0; number < COMMANDS; number++)
        oracle->results[number] = send(stores.store, number);
    snapshot(stores.snapshots);
    look_around(stores.store);
    world_close_another(&stores);
    return true;
}

static void check(struct world *world, const struct oracle *oracle)
{
    int64_t stored = 0;

    for (int number = 0; number < COMMANDS; number++) {
        char id[20];
        bool found;

        snprintf(id, sizeof id, "c-%d", number);
        found = position_of_command(world, id) > 0;
        stored += found;
        if (oracle->results[number] != JANGLE_UNKNOWN)
            assert_int_equal(found, oracle->results[number] == JANGLE_OK);
    }
    assert_int_equal(head_of(world), 2 * stored);
    assert_int_equal(version_of(world, "account", "a"), stored);
    assert_int_equal(version_of(world, "account", "b"), stored);
}

/* One run with the at-th request refused; false if there were not so many. */
static bool run_out(struct world *world, int64_t at, bool ours, bool for_good)
{
    static const char *const files[] = {"store.db", "store.db-wal", "store.db-shm"};
    struct oracle oracle = {{JANGLE_BUSY, JANGLE_BUSY, JANGLE_BUSY}};
    int64_t pieces, before = asked;
    bool opened, reached;

    world_close_another(&world->stores);
    for (size_t file = 0; file < sizeof files / sizeof *files; file++) {
        char path[TEMP_PATH_SIZE];

        temp_directory_path(path, world->directory, files[file]);
        remove(path);
    }
    memset(&world->error, 0, sizeof world->error);
    pieces = world->host.memory.pieces;
    if (ours) {
        world->host.memory.for_good = for_good;
        failing_allocator_arm(&world->host.memory, at);
    } else {
        fail_at = at;
    }
    opened = work(world, &oracle);
    reached = ours ? world->host.memory.failed > 0 : asked - before >= at;
    fail_at = 0;
    failing_allocator_arm(&world->host.memory, 0);
    assert_int_equal(world->host.memory.pieces, pieces);
    assert_true(opened || reached);
    world_reopen(world);
    check(world, &oracle);
    return reached;
}

static int setup(void **state)
{
    return world_setup(state);
}

static void our_memory_runs_out_once(void **state)
{
    int64_t at = 1 + shard_index();

    while (run_out(*state, at, true, false))
        at += shard_count();
    assert_true(at > 20);
}

static void our_memory_runs_out_for_good(void **state)
{
    int64_t at = 1 + shard_index();

    while (run_out(*state, at, true, true))
        at += shard_count();
    assert_true(at > 20);
}

static void the_memory_of_sqlite_runs_out(void **state)
{
    int64_t at = 1;
    int64_t runs = 0;

    for (bool more = true; more; at += 1 + at / 200) /* early ones all, later by sample */
        if (shard_takes(runs++))
            more = run_out(*state, at, false, false);
    print_message("%lld requests, %lld refused\n", (long long)at, (long long)runs);
    assert_true(runs > 200);
}

/* ---- events that are read ----------------------------------------------------- */

enum { BLOCK_SIZE = 32 * 1024, LAST_BYTES = 512 }; /* storage/sqlite/file/rows.c */

/* Each allocation fails in turn. Some are for what is remembered: those may fail. */
static void read_without(struct world *world, const char *id)
{
    struct jangle_store *store = world->store;

    for (int64_t at = 1;; at++) {
        struct counting counting = {0};
        struct jangle_error error = {0};
        enum jangle_result result;

        failing_allocator_arm(&world->host.memory, at);
        result = store->ops->read_stream(store, "account", id, 0, count_record, &counting,
                                         &error);
        if (result) {
            assert_result(result, JANGLE_NO_MEMORY);
            assert_result(error.result, JANGLE_NO_MEMORY);
        } else {
            assert_int_equal(counting.count, 1);
        }
        if (!world->host.memory.failed)
            break;
    }
    failing_allocator_arm(&world->host.memory, 0);
}

/* The payload fills a block of memory but for a few bytes, so that what is read after it
 * needs a block of its own: the name of the type, for some of the sizes. */
static void no_memory_for_an_event_is_not_called_damage(void **state)
{
    struct world *world = *state;
    static char payload[BLOCK_SIZE + 1];

    memset(payload, '1', BLOCK_SIZE);
    for (size_t size = BLOCK_SIZE - LAST_BYTES; size <= BLOCK_SIZE; size += 16) {
        char id[20];
        struct jangle_record record = record_of(id, 0);

        snprintf(id, sizeof id, "%zu", size);
        record.payload = payload;
        record.payload_size = size;
        assert_result(commit_record(world, record), JANGLE_OK);
        read_without(world, id);
    }
}

int main(void)
{
    static struct backend backend = {
        .name = "sqlite without memory", .storage = small, .durable = true};
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_prestate_setup_teardown(name, setup, world_teardown, &backend)
        TEST(our_memory_runs_out_once),
        TEST(our_memory_runs_out_for_good),
        TEST(the_memory_of_sqlite_runs_out),
        TEST(no_memory_for_an_event_is_not_called_damage),
    };

    stand_behind_sqlite();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
