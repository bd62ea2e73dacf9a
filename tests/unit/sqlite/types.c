/* types.c - threads that read name the types of events without a lock, while others
 * find new ones, and while the cache is emptied by a fence. */
#include "sqlite/file/types.h"

#include "contract/world.h"
#include "sqlite/file/transaction.h"
#include "sqlite/store/sqlite_store.h"

#include <jangle/config.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

static struct jangle_storage plain(const char *path)
{
    return jangle_sqlite(path);
}

static const struct backend sqlite = {
    .name = "sqlite", .storage = plain, .durable = true};

enum { TYPES = 150, READERS = 3, NAME_SIZE = 24, FENCE_EVERY = 40 };

/* Each event has a type of its own, which says its position; the version of the type is
 * the position, too. */
static const char *type_of(int64_t position, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "type_%lld", (long long)position);
    return name;
}

static void store_next(struct world *world, int64_t position)
{
    char name[NAME_SIZE];
    struct jangle_record record = typed_record("account", "a", type_of(position, name));

    record.type_version = (int)position;
    assert_result(commit_record(world, record), JANGLE_OK);
}

static enum jangle_result check_type(void *context, const struct jangle_record *record)
{
    int64_t *count = context;
    char name[NAME_SIZE];

    if (record->type_version != record->position ||
        strcmp(record->type, type_of(record->position, name)) != 0)
        return JANGLE_INVALID;
    ++*count;
    return JANGLE_OK;
}

struct reading {
    struct world *world;
    atomic_bool over;
    atomic_int wrong, passes;
};

static enum jangle_result read_both_ways(struct jangle_store *store, int64_t *count)
{
    struct jangle_error error = {0};
    enum jangle_result result =
        store->ops->read_all(store, 0, SIZE_MAX, check_type, count, &error);

    return result ? result
                  : store->ops->read_stream(store, "account", "a", 0, check_type, count,
                                            &error);
}

/* While a fence is passed a reader is told to try again. */
static void *read_on(void *context)
{
    struct reading *reading = context;

    while (!atomic_load(&reading->over)) {
        int64_t count = 0;
        enum jangle_result result = read_both_ways(reading->world->store, &count);

        if (result && result != JANGLE_BUSY)
            atomic_fetch_add(&reading->wrong, 1);
        if (!result && count)
            atomic_fetch_add(&reading->passes, 1);
    }
    return NULL;
}

static void types_are_named_while_others_are_found(void **state)
{
    struct world *world = *state;
    struct reading reading = {.world = world};
    pthread_t threads[READERS];

    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &reading), 0);
    for (int64_t position = 1; position <= TYPES; position++) {
        if (position % FENCE_EVERY == 0)
            atomic_store(&jn_file_of(world->store)->fenced, true);
        store_next(world, position);
    }
    while (atomic_load(&reading.passes) < READERS)
        sched_yield();
    atomic_store(&reading.over, true);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&reading.wrong), 0);
}

/* The number goes to another type if the transaction is rolled back. */
static void what_is_not_committed_is_not_cached(void **state)
{
    struct world *world = *state;
    struct jn_file *file = jn_file_of(world->store);
    struct jangle_error error;
    int64_t number;

    for (int i = 0; i < 2; i++) {
        bool made = false;

        assert_result(jn_file_begin(file, JN_MODE_FULL, &error), JANGLE_OK);
        for (int twice = 0; twice < 2; twice++)
            assert_result(
                jn_types_number(file, i ? "second" : "first", 1, &made, &number, &error),
                JANGLE_OK);
        assert_int_equal(number, 1);
        jn_file_roll_back(file);
    }
    store_next(world, 1);
    assert_result(
        world->store->ops->read_all(world->store, 0, 9, check_type, &number, &error),
        JANGLE_OK);
}

/* More types than are cached are named all the same; what is cached is given back. */
static void there_is_a_bound(void **state)
{
    enum { CACHED = 4096 };
    struct world *world = *state;
    struct jn_file *file = jn_file_of(world->store);
    struct jn_database *writer = &file->writer;
    int64_t pieces = world->host.memory.pieces, number;
    struct jangle_error error;
    char name[NAME_SIZE];

    assert_result(jn_file_begin(file, JN_MODE_FULL, &error), JANGLE_OK);
    for (int64_t i = 1; i <= CACHED + 10; i++) {
        bool made = false;

        assert_result(
            jn_types_number(file, type_of(i, name), (int)i, &made, &number, &error),
            JANGLE_OK);
        assert_true(made);
        assert_int_equal(number, i);
    }
    assert_int_equal(world->host.memory.pieces, pieces);
    assert_result(jn_file_commit(file, &error), JANGLE_OK);
    for (int64_t i = CACHED + 10; i >= 1; i--) {
        struct jn_rows rows;
        const char *found;
        int version;

        jn_rows_init(&rows, &world->host.host.allocator);
        assert_result(jn_types_name(file, writer, i, &rows, &found, &version, &error),
                      JANGLE_OK);
        assert_string_equal(found, type_of(i, name));
        assert_int_equal(version, i);
        jn_rows_finish(&rows);
    }
    assert_int_equal(world->host.memory.pieces - pieces, CACHED + CACHED / 64);
    jn_types_clear(file);
    assert_int_equal(world->host.memory.pieces, pieces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(types_are_named_while_others_are_found),
        WORLD_TEST(what_is_not_committed_is_not_cached),
        WORLD_TEST(there_is_a_bound),
    };

    return world_run("the names of types", tests, sizeof tests / sizeof *tests, &sqlite);
}
