/* stores.c - the stores of an instance: opened from what the configuration
 * names, closed. */
#include "engine/stores.h"

#include "base/error.h"
#include "base/ids.h"
#include "engine/tidy.h"

void jn_stores_finish(struct jangle_stores *stores)
{
    if (stores->views)
        stores->views->ops->close(stores->views);
    if (stores->snapshots)
        stores->snapshots->ops->close(stores->snapshots);
    if (stores->store)
        stores->store->ops->close(stores->store);
    *stores = (struct jangle_stores){0};
}

/* A store of another version is not closed, because the place of `close` in its table of
 * operations is not known. */
enum jangle_result jn_stores_check(const struct jangle_storage *storage,
                                   struct jangle_stores *stores,
                                   struct jangle_error *error)
{
    const char *what = NULL;
    int abi = 1;

    if (stores->store && (abi = stores->store->ops->abi) != 1)
        what = "store";
    else if (stores->snapshots && (abi = stores->snapshots->ops->abi) != 1)
        what = "snapshot store";
    else if (stores->views && (abi = stores->views->ops->abi) != 1)
        what = "view store";
    if (!what)
        return JANGLE_OK;
    *stores = (struct jangle_stores){0};
    return jn_fail(error, JANGLE_INVALID,
                   "%s: its %s was made for version %d of the contract, and this jangle "
                   "knows version 1",
                   storage->location ? storage->location : "the storage", what, abi);
}

static enum jangle_result open_storage(struct jangle *jangle,
                                       const struct jangle_storage *storage,
                                       struct jangle_stores *stores,
                                       struct jangle_error *error)
{
    struct jangle_storage descriptor = *storage;
    enum jangle_result result;

    descriptor.follower = jangle->config.follower;
    descriptor.program = jangle->config.program;
    *stores = (struct jangle_stores){0};
    result = storage->open(&descriptor, &jangle->backend_host, stores, error);
    return result ? result : jn_stores_check(storage, stores, error);
}

/* The second storage is opened for its snapshots: the other stores that it brings are
 * closed again. */
static enum jangle_result open_snapshot_store(struct jangle *jangle,
                                              struct jangle_error *error)
{
    struct jangle_stores stores;
    enum jangle_result result;

    if (!jangle->config.snapshot_storage.open || jangle->config.follower)
        return JANGLE_OK; /* a follower decides nothing, so it needs none */
    result = open_storage(jangle, &jangle->config.snapshot_storage, &stores, error);
    if (result)
        return result;
    if (!stores.snapshots) {
        jn_stores_finish(&stores);
        return jn_fail(error, JANGLE_INVALID,
                       "config.snapshot_storage keeps no snapshots: leave it out, or "
                       "name one that does");
    }
    if (jangle->snapshots)
        jangle->snapshots->ops->close(jangle->snapshots);
    jangle->snapshots = stores.snapshots;
    stores.snapshots = NULL;
    jn_stores_finish(&stores);
    return JANGLE_OK;
}

/* Views live in files of their own. A storage that brings no view store gets SQLite's. */
static enum jangle_result open_view_store(struct jangle *jangle,
                                          struct jangle_error *error)
{
    struct jangle_storage storage = jangle_sqlite_views(NULL);
    struct jangle_stores stores;
    enum jangle_result result;

    if (jangle->views)
        return JANGLE_OK;
    result = open_storage(jangle, &storage, &stores, error);
    jangle->views = stores.views;
    return result;
}

/* The name under which others know this program, if it gives none: that of its store. */
static enum jangle_result name_source(struct jangle *jangle, struct jangle_error *error)
{
    char id[JN_ID_TEXT_SIZE];

    if (jangle->config.source)
        return JANGLE_OK;
    jn_id_to_text(jangle->store_id, id);
    jangle->config.source = jangle_text(&jangle->arena, "jangle:%s", id);
    return jn_arena_check(&jangle->arena, error);
}

enum jangle_result jn_stores_open(struct jangle *jangle, struct jangle_error *error)
{
    struct jangle_stores stores;
    int64_t head;
    enum jangle_result result =
        open_storage(jangle, &jangle->config.storage, &stores, error);

    if (result)
        return result;
    jangle->store = stores.store;
    jangle->snapshots = stores.snapshots;
    jangle->views = stores.views;
    if (!stores.store)
        return jn_fail(error, JANGLE_INVALID,
                       "config.storage keeps no events: name one that does");
    result = open_snapshot_store(jangle, error);
    if (!result)
        result = open_view_store(jangle, error);
    if (!result)
        result = stores.store->ops->identify(stores.store, jangle->store_id,
                                             &jangle->epoch, error);
    if (!result)
        result = stores.store->ops->head(stores.store, &head, error);
    if (!result)
        result = name_source(jangle, error);
    if (result)
        return result;
    atomic_init(&jangle->head, head);
    atomic_init(&jangle->maybe_unknown_after, -1);
    jn_tidy_open(jangle);
    return JANGLE_OK;
}

void jn_stores_close(struct jangle *jangle)
{
    jn_stores_finish(&(struct jangle_stores){
        .store = jangle->store, .snapshots = jangle->snapshots, .views = jangle->views});
}
