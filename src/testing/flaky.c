/* flaky.c - a storage that passes all calls to another storage, and fails one of them. */
#include "testing/flaky.h"

#include "testing/flaky_call.h"
#include "testing/flaky_store.h"

#include <jangle/plugin/view_store.h>
#include <jangle/testing.h>

struct flaky_snapshots {
    struct jangle_snapshot_store base;
    struct jangle_snapshot_store *inner;
    struct jn_flaky *flaky;
};

/* ---- the snapshots ----------------------------------------------------------- */

static struct flaky_snapshots *snapshots_of(struct jangle_snapshot_store *base)
{
    return (struct flaky_snapshots *)base;
}

static enum jangle_result load(struct jangle_snapshot_store *base,
                               const char *stream,
                               jangle_snapshot_fn *visit,
                               void *context,
                               struct jangle_error *error)
{
    JN_FLAKY_PASS(snapshots_of(base), load, false, stream, visit, context, error);
}

static enum jangle_result save(struct jangle_snapshot_store *base,
                               const struct jangle_snapshot *snapshot,
                               struct jangle_error *error)
{
    JN_FLAKY_PASS(snapshots_of(base), save, false, snapshot, error);
}

static enum jangle_result
forget(struct jangle_snapshot_store *base, const char *stream, struct jangle_error *error)
{
    JN_FLAKY_PASS(snapshots_of(base), forget, false, stream, error);
}

static void close_snapshots(struct jangle_snapshot_store *base)
{
    struct flaky_snapshots *snapshots = snapshots_of(base);
    struct jn_flaky *flaky = snapshots->flaky;

    snapshots->inner->ops->close(snapshots->inner);
    jn_free(&flaky->allocator, snapshots);
    jn_flaky_leave(flaky);
}

static void abandon_snapshots(struct jangle_snapshot_store *base)
{
    struct jangle_snapshot_store *inner = snapshots_of(base)->inner;

    if (inner->ops->abandon)
        inner->ops->abandon(inner);
}

static const struct jangle_snapshot_store_ops snapshot_ops = {
    .abi = 1,
    .name = "flaky",
    .load = load,
    .save = save,
    .forget = forget,
    .abandon = abandon_snapshots,
    .close = close_snapshots,
};

static enum jangle_result wrap_snapshots(struct jn_flaky *flaky,
                                         struct jangle_snapshot_store **slot)
{
    struct flaky_snapshots *snapshots;

    if (!*slot)
        return JANGLE_OK;
    snapshots = jn_new(&flaky->allocator, sizeof *snapshots);
    if (!snapshots)
        return JANGLE_NO_MEMORY;
    snapshots->base.ops = &snapshot_ops;
    snapshots->inner = *slot;
    snapshots->flaky = flaky;
    flaky->users++;
    *slot = &snapshots->base;
    return JANGLE_OK;
}

/* ---- opening ----------------------------------------------------------------- */

static void close_all(struct jangle_stores *stores)
{
    if (stores->store)
        stores->store->ops->close(stores->store);
    if (stores->snapshots)
        stores->snapshots->ops->close(stores->snapshots);
    if (stores->views)
        stores->views->ops->close(stores->views);
}

/* Open the inner stores, and wrap the event store and the snapshots. The caller is a user
 * of `flaky` until this has returned. */
static enum jangle_result open_real(struct jn_flaky *flaky,
                                    bool follower,
                                    const struct jangle_host *host,
                                    struct jangle_stores *stores,
                                    struct jangle_error *error)
{
    struct jangle_storage inner = flaky->settings->storage;
    struct jn_flaky_call call = jn_flaky_begin(flaky, "open", false, error);
    struct jangle_stores opened = {0};
    enum jangle_result result = call.result;

    inner.follower = follower;
    if (!result)
        result = inner.open(&inner, host, &opened, error);
    if (result)
        return result;
    if (jn_flaky_wrap_store(flaky, &opened.store) ||
        wrap_snapshots(flaky, &opened.snapshots)) {
        close_all(&opened);
        return jangle_error_set(error, JANGLE_NO_MEMORY, "flaky: no room to open");
    }
    *stores = opened;
    return JANGLE_OK;
}

static enum jangle_result open_flaky(const struct jangle_storage *storage,
                                     const struct jangle_host *host,
                                     struct jangle_stores *stores,
                                     struct jangle_error *error)
{
    /* `options` is const, but what it points to belongs to the test that owns the flaky.
     */
    struct jangle_flaky *const *owner = storage->options;
    struct jn_flaky *flaky = jn_new(&host->allocator, sizeof *flaky);
    enum jangle_result result;

    if (!flaky || jn_mutex_init(&flaky->mutex)) {
        jn_free(&host->allocator, flaky);
        return jangle_error_set(error, JANGLE_NO_MEMORY, "flaky: no room to open");
    }
    flaky->settings = *owner;
    flaky->allocator = host->allocator;
    flaky->users = 1;
    result = open_real(flaky, storage->follower, host, stores, error);
    jn_flaky_leave(flaky);
    return result;
}

struct jangle_storage jangle_storage_flaky(struct jangle_flaky *flaky)
{
    flaky->self = flaky;
    return (struct jangle_storage){
        .location = flaky->storage.location, .options = &flaky->self, .open = open_flaky};
}
