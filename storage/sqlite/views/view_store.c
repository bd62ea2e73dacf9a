/* view_store.c - the view store: its table of operations, and which file a view has. */
#include "sqlite/views/view_store.h"

#include "sqlite/views/upsert.h"
#include "sqlite/views/view_ask.h"
#include "sqlite/views/view_batch.h"
#include "sqlite/views/view_checkpoint.h"
#include "sqlite/views/view_compare.h"
#include "sqlite/views/view_rebuild.h"

#include <limits.h>
#include <unistd.h>

static const struct jangle_view_store_ops ops;

/* ---- which file -------------------------------------------------------------- */

/* A relative path is relative to the working directory at the opening of the store,
 * because a follower opens some views much later. Free it with sqlite3_free. */
static char *absolute(const struct jn_view_store *store, const char *path)
{
    bool is_relative = *path != '/' && store->directory;

    return is_relative ? sqlite3_mprintf("%s/%s", store->directory, path)
                       : sqlite3_mprintf("%s", path);
}

/* The path of a view: its own, or beside the store by its name, or in memory. */
static char *path_of(const struct jn_view_store *store,
                     const struct jangle_view_spec *spec)
{
    if (spec->file)
        return absolute(store, spec->file);
    return store->path ? sqlite3_mprintf("%s.%s", store->path, spec->name)
                       : sqlite3_mprintf(":memory:");
}

/* Choose the path of a view's file. If the result is OK, free it with sqlite3_free. */
static enum jangle_result choose_path(const struct jn_view_store *store,
                                      const struct jangle_view_spec *spec,
                                      char **path,
                                      struct jangle_error *error)
{
    enum jangle_result result;

    *path = NULL;
    if (!spec->file && store->path && strchr(spec->name, '/'))
        return jn_fail(error, JANGLE_INVALID,
                       "%s: a view whose name has a '/' needs a file of its own",
                       spec->name);
    *path = path_of(store, spec);
    if (!*path)
        return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", spec->name);
    result = jn_group_check_name(*path, error);
    if (result)
        sqlite3_free(*path);
    return result;
}

static enum jangle_result open_file(struct jangle_view_store *base,
                                    const struct jangle_view_spec *spec,
                                    struct jangle_view_file **opened,
                                    struct jangle_error *error)
{
    struct jn_view_store *store = (struct jn_view_store *)base;
    char *path;
    enum jangle_result result = choose_path(store, spec, &path, error);

    *opened = NULL;
    if (result)
        return result;
    result = jn_view_file_open(store, spec, path, opened, error);
    sqlite3_free(path);
    return result;
}

/* A temporary database, which SQLite deletes by itself, also after a crash. */
static enum jangle_result open_scratch(struct jangle_view_store *base,
                                       const struct jangle_view_spec *spec,
                                       struct jangle_view_file **opened,
                                       struct jangle_error *error)
{
    struct jn_view_store *store = (struct jn_view_store *)base;

    return jn_view_file_open(store, spec, store->path ? "" : ":memory:", opened, error);
}

/* ---- the store --------------------------------------------------------------- */

static void close_views(struct jangle_view_store *base)
{
    struct jn_view_store *store = (struct jn_view_store *)base;
    const struct jangle_allocator *allocator = &store->host->allocator;

    jn_mutex_finish(&store->mutex);
    jn_free(allocator, store->path);
    jn_free(allocator, store->directory);
    jn_free(allocator, store->vfs);
    jn_free(allocator, store);
}

/* The working directory is noted now, because the program may change it later. */
static enum jangle_result
copy_paths(struct jn_view_store *store, const char *path, const char *vfs)
{
    const struct jangle_allocator *allocator = &store->host->allocator;
    char directory[PATH_MAX];
    bool is_known = getcwd(directory, sizeof directory) != NULL;
    char *whole;

    store->vfs = jn_copy_text(allocator, vfs);
    if (is_known)
        store->directory = jn_copy_text(allocator, directory);
    if ((vfs && !store->vfs) || (is_known && !store->directory))
        return JANGLE_NO_MEMORY;
    if (!path)
        return JANGLE_OK;
    whole = absolute(store, path);
    store->path = jn_copy_text(allocator, whole);
    sqlite3_free(whole);
    return store->path ? JANGLE_OK : JANGLE_NO_MEMORY;
}

enum jangle_result jn_sqlite_views_open(const char *path,
                                        const char *vfs,
                                        enum jn_file_use use,
                                        const struct jangle_host *host,
                                        struct jangle_view_store **views,
                                        struct jangle_error *error)
{
    const struct jangle_allocator *allocator = &host->allocator;
    struct jn_view_store *store = jn_new(allocator, sizeof *store);

    *views = NULL;
    if (!store || jn_mutex_init(&store->mutex)) {
        jn_free(allocator, store);
        return jn_fail(error, JANGLE_NO_MEMORY, "views: out of memory");
    }
    store->base.ops = &ops;
    store->host = host;
    store->use = use;
    store->follower = use != JN_FILE_WRITES;
    if (copy_paths(store, path, vfs)) {
        close_views(&store->base);
        return jn_fail(error, JANGLE_NO_MEMORY, "views: out of memory");
    }
    *views = &store->base;
    return JANGLE_OK;
}

/* ---- the constructor ----------------------------------------------------------- */

static enum jangle_result open_views(const struct jangle_storage *storage,
                                     const struct jangle_host *host,
                                     struct jangle_stores *stores,
                                     struct jangle_error *error)
{
    return jn_sqlite_views_open(storage->location, NULL,
                                storage->follower ? JN_FILE_FOLLOWS : JN_FILE_WRITES,
                                host, &stores->views, error);
}

struct jangle_storage jangle_sqlite_views(const char *path)
{
    struct jangle_storage storage = {.location = path, .open = open_views};

    return storage;
}

static const struct jangle_view_store_ops ops = {
    .abi = 1,
    .name = "sqlite",
    .open = open_file,
    .checkpoint = jn_view_checkpoint,
    .begin = jn_view_begin,
    .enter = jn_view_enter,
    .leave = jn_view_leave,
    .commit = jn_view_commit,
    .roll_back = jn_view_roll_back,
    .read_parked = jn_view_read_parked,
    .ask = jn_view_ask,
    .answered = jn_view_answered,
    .rebuild = jn_view_rebuild,
    .scratch = open_scratch,
    .swap = jn_view_swap,
    .compare = jn_view_compare,
    .check = jn_view_check,
    .close_file = jn_view_close,
    .close = close_views,
};
