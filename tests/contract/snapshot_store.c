/* snapshot_store.c - the whole contract of include/jangle/plugin/snapshot_store.h. */
#include "contract/world.h"

#include <unistd.h>

static struct jangle_snapshot snapshot_of(const char *stream, int64_t version)
{
    return (struct jangle_snapshot){.stream = stream,
                                    .version = version,
                                    .state_version = 1,
                                    .payload = "{}",
                                    .payload_size = 2};
}

static void save(struct world *world, struct jangle_snapshot snapshot)
{
    assert_result(world->snapshots->ops->save(world->snapshots, &snapshot, &world->error),
                  JANGLE_OK);
}

static enum jangle_result keep_version(void *context,
                                       const struct jangle_snapshot *snapshot)
{
    *(int64_t *)context = snapshot->version;
    return JANGLE_OK;
}

/* Of the stream's snapshot; -1: it has none. */
static int64_t version_kept(struct world *world, const char *stream)
{
    int64_t version = -1;
    enum jangle_result result = world->snapshots->ops->load(
        world->snapshots, stream, keep_version, &version, &world->error);

    assert_result(result, version < 0 ? JANGLE_NOT_FOUND : JANGLE_OK);
    return version;
}

static void forget(struct world *world, const char *stream)
{
    assert_result(world->snapshots->ops->forget(world->snapshots, stream, &world->error),
                  JANGLE_OK);
}

/* ---- SS-1: loading ----------------------------------------------------------- */

static enum jangle_result check_snapshot(void *context,
                                         const struct jangle_snapshot *snapshot)
{
    const struct jangle_snapshot *expected = context;

    assert_string_equal(snapshot->stream, expected->stream);
    assert_int_equal(snapshot->version, expected->version);
    assert_int_equal(snapshot->state_version, expected->state_version);
    assert_memory_equal(snapshot->state_hash, expected->state_hash, 16);
    assert_memory_equal(snapshot->store_id, expected->store_id, 16);
    assert_memory_equal(snapshot->event_id, expected->event_id, 16);
    assert_memory_equal(snapshot->hash, expected->hash, 16);
    assert_int_equal(snapshot->payload_size, expected->payload_size);
    assert_memory_equal(snapshot->payload, expected->payload, expected->payload_size);
    return JANGLE_CANCELLED;
}

static void ss_01_a_snapshot_comes_back_as_it_was_saved(void **state)
{
    struct world *world = *state;
    struct jangle_snapshot snapshot = {.stream = "account/\xc3\xa9",
                                       .version = INT64_MAX,
                                       .state_version = 12,
                                       .state_hash = "of the state....",
                                       .store_id = "of the store....",
                                       .event_id = "of the event....",
                                       .payload = "{\0\xff}",
                                       .payload_size = 4,
                                       .hash = "of all of this.."};

    save(world, snapshot);
    assert_result(world->snapshots->ops->load(world->snapshots, snapshot.stream,
                                              check_snapshot, &snapshot, &world->error),
                  JANGLE_CANCELLED);
}

static void ss_01_a_large_snapshot_comes_back_whole(void **state)
{
    static char payload[300000];
    struct world *world = *state;
    struct jangle_snapshot snapshot = snapshot_of("account/a", 5);

    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (char)('a' + i % 23);
    snapshot.payload = payload;
    snapshot.payload_size = sizeof payload;
    save(world, snapshot);
    assert_result(world->snapshots->ops->load(world->snapshots, snapshot.stream,
                                              check_snapshot, &snapshot, &world->error),
                  JANGLE_CANCELLED);
}

static void ss_01_a_stream_without_a_snapshot_is_not_found(void **state)
{
    struct world *world = *state;

    assert_int_equal(version_kept(world, "account/a"), -1);
    save(world, snapshot_of("account/a", 5));
    assert_int_equal(version_kept(world, "account/a"), 5);
    assert_int_equal(version_kept(world, "account/b"), -1);
    assert_int_equal(version_kept(world, "account"), -1);
}

static void ss_01_what_was_passed_in_may_be_changed_afterwards(void **state)
{
    struct world *world = *state;
    char stream[] = "account/a", payload[] = "{}";
    struct jangle_snapshot snapshot = snapshot_of(stream, 5);
    struct jangle_snapshot expected = snapshot_of("account/a", 5);

    snapshot.payload = payload;
    save(world, snapshot);
    stream[0] = payload[0] = '!';
    assert_result(world->snapshots->ops->load(world->snapshots, "account/a",
                                              check_snapshot, &expected, &world->error),
                  JANGLE_CANCELLED);
}

/* ---- SS-2: saving ------------------------------------------------------------ */

static void ss_02_a_newer_snapshot_replaces_an_older(void **state)
{
    struct world *world = *state;

    save(world, snapshot_of("account/a", 5));
    save(world, snapshot_of("account/b", 6));
    save(world, snapshot_of("account/a", 9));
    assert_int_equal(version_kept(world, "account/a"), 9);
    assert_int_equal(version_kept(world, "account/b"), 6);
}

static void ss_02_an_older_snapshot_never_replaces_a_newer(void **state)
{
    struct world *world = *state;

    save(world, snapshot_of("account/a", 5));
    save(world, snapshot_of("account/a", 4));
    assert_int_equal(version_kept(world, "account/a"), 5);
    save(world, snapshot_of("account/a", 1));
    assert_int_equal(version_kept(world, "account/a"), 5);
}

static void ss_02_an_older_snapshot_of_another_state_replaces_a_newer(void **state)
{
    struct world *world = *state;
    struct jangle_snapshot other = snapshot_of("account/a", 4);

    save(world, snapshot_of("account/a", 5));
    other.state_version = 2;
    save(world, other);
    assert_int_equal(version_kept(world, "account/a"), 4);
    other.state_version = 1;
    other.version = 3;
    save(world, other);
    assert_int_equal(version_kept(world, "account/a"), 3);
}

static void ss_02_without_memory_the_old_snapshot_stays(void **state)
{
    struct world *world = *state;
    struct jangle_snapshot newer = snapshot_of("account/a", 9);
    enum jangle_result result = JANGLE_NO_MEMORY;

    save(world, snapshot_of("account/a", 5));
    for (int64_t at = 1; result; at++) {
        failing_allocator_arm(&world->host.memory, at);
        result = world->snapshots->ops->save(world->snapshots, &newer, &world->error);
        failing_allocator_arm(&world->host.memory, 0);
        if (!result)
            break;
        assert_result(result, JANGLE_NO_MEMORY);
        assert_int_equal(version_kept(world, "account/a"), 5);
    }
    assert_int_equal(version_kept(world, "account/a"), 9);
}

/* ---- SS-3: forgetting -------------------------------------------------------- */

static void ss_03_a_forgotten_snapshot_is_gone(void **state)
{
    struct world *world = *state;

    save(world, snapshot_of("account/a", 5));
    save(world, snapshot_of("account/b", 6));
    forget(world, "account/a");
    assert_int_equal(version_kept(world, "account/a"), -1);
    assert_int_equal(version_kept(world, "account/b"), 6);
    save(world, snapshot_of("account/a", 2));
    assert_int_equal(version_kept(world, "account/a"), 2);
}

static void ss_03_what_is_not_there_may_be_forgotten_again_and_again(void **state)
{
    struct world *world = *state;

    forget(world, "account/a");
    save(world, snapshot_of("account/a", 5));
    forget(world, "account/a");
    forget(world, "account/a");
    assert_int_equal(version_kept(world, "account/a"), -1);
}

/* ---- SS-4: closing, and many at once ----------------------------------------- */

static void ss_04_closing_gives_all_memory_back(void **state)
{
    struct world *world = *state;
    struct jangle_snapshot_store *mine = world->snapshots;
    int64_t pieces = world->host.memory.pieces;
    char path[TEMP_PATH_SIZE], stream[24];
    struct jangle_stores other;

    temp_directory_path(path, world->directory, "other.db");
    other = world_open_another(world, path);
    world->snapshots = other.snapshots;
    for (int i = 0; i < 200; i++) {
        snprintf(stream, sizeof stream, "account/%d", i);
        save(world, snapshot_of(stream, i + 1));
    }
    assert_int_equal(version_kept(world, "account/7"), 8);
    world->snapshots = mine;
    world_close_another(&other);
    assert_int_equal(world->host.memory.pieces, pieces);
}

/* ---- SS-5: a child ----------------------------------------------------------- */

static void save_one(struct world *world)
{
    save(world, snapshot_of("account/a", 1));
}

static void abandon(struct world *world)
{
    if (world->snapshots->ops->abandon)
        world->snapshots->ops->abandon(world->snapshots);
}

/* The store's locks are those of the snapshots: who died is found out. */
static void ss_05_a_child_that_lives_on_keeps_nothing_of_its_dead_parent(void **state)
{
    struct world *world = *state;
    unsigned char id[JANGLE_ID_SIZE];
    int64_t before, after;
    int child;

    if (!world->backend->durable)
        skip();
    assert_result(world->store->ops->identify(world->store, id, &before, NULL),
                  JANGLE_OK);
    child = world_outlive(world, save_one, abandon);
    assert_result(world->store->ops->identify(world->store, id, &after, NULL), JANGLE_OK);
    assert_true(after > before);
    save(world, snapshot_of("account/a", 2));
    assert_int_equal(version_kept(world, "account/a"), 2);
    close(child);
}

struct saver {
    struct jangle_snapshot_store *snapshots;
    pthread_t thread;
    int number;
    int wrong;
};

static enum jangle_result check_payload(void *context,
                                        const struct jangle_snapshot *snapshot)
{
    struct saver *saver = context;
    const char *payload = snapshot->payload;

    for (size_t i = 0; i < snapshot->payload_size; i++)
        saver->wrong += payload[i] != (char)('a' + snapshot->version % 26);
    return JANGLE_OK;
}

static void *save_and_load(void *context)
{
    struct saver *saver = context;
    char payload[64];

    for (int i = 0; i < 200; i++) {
        struct jangle_snapshot snapshot = snapshot_of("account/a", i + saver->number);
        enum jangle_result result;

        memset(payload, 'a' + (i + saver->number) % 26, sizeof payload);
        snapshot.payload = payload;
        snapshot.payload_size = sizeof payload;
        result = saver->snapshots->ops->save(saver->snapshots, &snapshot, NULL);
        saver->wrong += result != JANGLE_OK && result != JANGLE_BUSY;
        result = saver->snapshots->ops->load(saver->snapshots, "account/a", check_payload,
                                             saver, NULL);
        saver->wrong += result != JANGLE_OK;
    }
    return NULL;
}

static void ss_02_threads_that_save_one_stream_leave_the_newest(void **state)
{
    struct world *world = *state;
    struct saver savers[4];

    save(world, snapshot_of("account/a", 0));
    for (int i = 0; i < 4; i++) {
        savers[i] = (struct saver){.snapshots = world->snapshots, .number = i};
        assert_int_equal(
            pthread_create(&savers[i].thread, NULL, save_and_load, &savers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(savers[i].thread, NULL), 0);
        assert_int_equal(savers[i].wrong, 0);
    }
    assert_int_equal(version_kept(world, "account/a"), 202);
}

int snapshot_store_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(ss_01_a_snapshot_comes_back_as_it_was_saved),
        WORLD_TEST(ss_01_a_large_snapshot_comes_back_whole),
        WORLD_TEST(ss_01_a_stream_without_a_snapshot_is_not_found),
        WORLD_TEST(ss_01_what_was_passed_in_may_be_changed_afterwards),
        WORLD_TEST(ss_02_a_newer_snapshot_replaces_an_older),
        WORLD_TEST(ss_02_an_older_snapshot_never_replaces_a_newer),
        WORLD_TEST(ss_02_an_older_snapshot_of_another_state_replaces_a_newer),
        WORLD_TEST(ss_02_without_memory_the_old_snapshot_stays),
        WORLD_TEST(ss_02_threads_that_save_one_stream_leave_the_newest),
        WORLD_TEST(ss_03_a_forgotten_snapshot_is_gone),
        WORLD_TEST(ss_03_what_is_not_there_may_be_forgotten_again_and_again),
        WORLD_TEST(ss_04_closing_gives_all_memory_back),
        WORLD_TEST(ss_05_a_child_that_lives_on_keeps_nothing_of_its_dead_parent),
    };

    return world_run("snapshots", tests, sizeof tests / sizeof *tests, backend);
}
