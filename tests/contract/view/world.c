/* world.c - what the tests of views stand on. */
#include "contract/view/world.h"
#include "support/shard.h"

#include <stdlib.h>
#include <string.h>

static const char schema[] =
    "CREATE TABLE accounts (account_id TEXT PRIMARY KEY, name TEXT, balance INTEGER,"
    "  balance_version INTEGER, state INTEGER) STRICT;"
    "CREATE TABLE notes (text TEXT NOT NULL) STRICT;";

/* ---- backends ---------------------------------------------------------------- */

static struct jangle_storage in_memory(const char *path)
{
    (void)path;
    return jangle_sqlite_views(NULL);
}

const struct backend views_in_files = {
    .name = "views in files",
    .storage = jangle_sqlite_views,
    .durable = true,
};

const struct backend views_in_memory = {
    .name = "views in memory",
    .storage = in_memory,
};

/* ---- setting up -------------------------------------------------------------- */

struct jangle_view_store *open_views(struct view_world *world)
{
    struct jangle_storage storage = world->backend->storage(world->path);
    struct jangle_stores stores = {0};

    assert_result(storage.open(&storage, &world->host.host, &stores, &world->error),
                  JANGLE_OK);
    /* A backend may give more than views: that is tried elsewhere. */
    if (stores.snapshots)
        stores.snapshots->ops->close(stores.snapshots);
    if (stores.store)
        stores.store->ops->close(stores.store);
    assert_non_null(stores.views);
    return stores.views;
}

struct jangle_view_file *open_view(struct view_world *world,
                                   struct jangle_view_store *views)
{
    struct jangle_view_file *file = NULL;
    enum jangle_result result =
        views->ops->open(views, &world->spec, &file, &world->error);

    if (result)
        print_error("%s\n", world->error.message);
    assert_result(result, JANGLE_OK);
    return file;
}

int view_world_setup(void **state)
{
    struct view_world *world = calloc(1, sizeof *world);

    if (!world || !temp_directory_make(world->directory))
        return 1;
    world->backend = *state;
    temp_directory_path(world->path, world->directory, "bank.db");
    test_host_init(&world->host);
    jn_arena_init(&world->arena, &world->host.host.allocator);
    world->spec = (struct jangle_view_spec){
        .name = "ledger",
        .schema = schema,
        .schema_version = 3,
        .types_hash = "types of events",
        .store_id = "id of the store",
    };
    world->views = open_views(world);
    world->file = open_view(world, world->views);
    *state = world;
    return 0;
}

int view_world_teardown(void **state)
{
    struct view_world *world = *state;
    int64_t pieces;

    if (world->file)
        world->file->ops->close_file(world->file);
    if (world->views)
        world->views->ops->close(world->views);
    jn_arena_finish(&world->arena);
    temp_directory_remove(world->directory);
    pieces = world->host.memory.pieces;
    if (pieces)
        print_error("%lld pieces of memory were left\n", (long long)pieces);
    free(world);
    return pieces ? 1 : 0;
}

int view_world_run(const char *title,
                   const struct CMUnitTest *tests,
                   size_t count,
                   const struct backend *backend)
{
    struct backend tried = *backend;
    struct CMUnitTest *here = calloc(count, sizeof *here);
    char name[100];
    int failed;

    if (!here)
        return 1;
    memcpy(here, tests, count * sizeof *here);
    for (size_t i = 0; i < count; i++)
        here[i].initial_state = &tried;
    snprintf(name, sizeof name, "%s: %s", title, backend->name);
    failed = shard_run(name, here, count);
    free(here);
    return failed;
}

void view_world_reopen(struct view_world *world)
{
    if (!world->backend->durable)
        return;
    world->file->ops->close_file(world->file);
    world->views->ops->close(world->views);
    world->views = open_views(world);
    world->file = open_view(world, world->views);
}

/* ---- in a batch -------------------------------------------------------------- */

void begin(struct view_world *world)
{
    world->error = (struct jangle_error){0};
    assert_result(world->file->ops->begin(world->file, &world->view, &world->error),
                  JANGLE_OK);
}

void enter(struct view_world *world, bool alone)
{
    world->error = (struct jangle_error){0};
    assert_result(
        world->file->ops->enter(world->file, &world->arena, alone, &world->error),
        JANGLE_OK);
}

enum jangle_result leave(struct view_world *world, enum jangle_result result)
{
    bool cannot;

    world->error = (struct jangle_error){0};
    return world->file->ops->leave(world->file, result, &cannot, &world->error);
}

static struct jangle_checkpoint checkpoint_of(int64_t from, int64_t to)
{
    struct jangle_checkpoint checkpoint = {
        .subscriber = "ledger", .from = from, .position = to};

    memset(checkpoint.event_id, (int)to, sizeof checkpoint.event_id);
    return checkpoint;
}

enum jangle_result commit(struct view_world *world, int64_t from, int64_t to)
{
    struct jangle_checkpoint checkpoint = checkpoint_of(from, to);

    world->error = (struct jangle_error){0};
    return world->file->ops->commit(world->file, &checkpoint, false, &world->error);
}

enum jangle_result run(struct view_world *world, const char *sql)
{
    return jangle_view_run(world->view, sql);
}

void handled_in(struct view_world *world,
                struct jangle_view_file *file,
                int64_t from,
                int64_t to,
                const char *sql)
{
    struct jangle_view_file *own = world->file;

    world->file = file;
    begin(world);
    enter(world, false);
    run(world, sql);
    if (leave(world, JANGLE_OK))
        fail_msg("%s", world->error.message);
    if (commit(world, from, to))
        fail_msg("%s", world->error.message);
    world->file = own;
}

void handled(struct view_world *world, int64_t from, int64_t to, const char *sql)
{
    handled_in(world, world->file, from, to, sql);
}

/* ---- what is there ----------------------------------------------------------- */

struct found {
    int64_t number;
};

static JANGLE_STRUCT(found, number);

int64_t
number_in(struct view_world *world, struct jangle_view_file *file, const char *sql)
{
    struct found row = {0};
    struct jangle_view *view;
    int64_t seen;
    char text[400];
    enum jangle_result result;

    world->error = (struct jangle_error){0};
    snprintf(text, sizeof text, "SELECT (%s) AS number", sql);
    assert_result(
        file->ops->ask(file, NULL, &world->arena, 60000, &view, &seen, &world->error),
        JANGLE_OK);
    result = jangle_view_row(view, &row, found, (const char *)text);
    if (file->ops->answered(file, view, result, &world->error))
        fail_msg("%s", world->error.message);
    return row.number;
}

int64_t number(struct view_world *world, const char *sql)
{
    return number_in(world, world->file, sql);
}

struct jangle_view_checkpoint checkpoint_in(struct view_world *world,
                                            struct jangle_view_file *file)
{
    struct jangle_view_checkpoint checkpoint;

    world->error = (struct jangle_error){0};
    assert_result(file->ops->checkpoint(file, &checkpoint, &world->error), JANGLE_OK);
    return checkpoint;
}

int64_t position(struct view_world *world)
{
    return checkpoint_in(world, world->file).position;
}

void assert_said(const struct view_world *world, const char *words)
{
    if (!strstr(world->error.message, words))
        fail_msg("\"%s\" does not say \"%s\"", world->error.message, words);
}
