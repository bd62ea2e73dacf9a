/* snapshot_store.c - keep the latest snapshot of each stream in memory. */
#include "memory/snapshot_store.h"

#include <assert.h>

/* A stored snapshot. It never changes, and is freed when it was replaced and no visit
 * reads it any more. */
struct kept {
    struct jn_name name; /* the stream */
    struct jangle_snapshot snapshot;
    size_t references; /* counted under the lock */
};

struct snapshots {
    struct jangle_snapshot_store base;
    struct jangle_host host;
    struct jn_mutex mutex; /* guards all below; never held while a visit runs */
    struct jn_names kept;
};

static struct snapshots *snapshots_of(struct jangle_snapshot_store *base);

/* Under the lock: drop a reference; the last one frees it. */
static void drop(struct snapshots *snapshots, struct kept *kept)
{
    if (kept && --kept->references == 0)
        jn_free(&snapshots->host.allocator, kept);
}

static struct kept *find(const struct snapshots *snapshots, const char *stream)
{
    return (struct kept *)jn_names_find(&snapshots->kept, stream, "");
}

static enum jangle_result load(struct jangle_snapshot_store *base,
                               const char *stream,
                               jangle_snapshot_fn *visit,
                               void *context,
                               struct jangle_error *error)
{
    struct snapshots *snapshots = snapshots_of(base);
    enum jangle_result result;
    struct kept *kept;

    jn_mutex_lock(&snapshots->mutex);
    kept = find(snapshots, stream);
    if (kept)
        kept->references++;
    jn_mutex_unlock(&snapshots->mutex);
    if (!kept)
        return jangle_error_set(error, JANGLE_NOT_FOUND, "stream %s: it has no snapshot",
                                stream);
    result = visit(context, &kept->snapshot);
    jn_mutex_lock(&snapshots->mutex);
    drop(snapshots, kept);
    jn_mutex_unlock(&snapshots->mutex);
    return result;
}

/* Copy a snapshot and its stream into one allocation, with one reference. */
static struct kept *copy(const struct jangle_allocator *allocator,
                         const struct jangle_snapshot *snapshot)
{
    size_t text_size = strlen(snapshot->stream) + 1;
    struct kept *kept =
        jn_new(allocator, sizeof *kept + text_size + snapshot->payload_size);
    char *bytes;

    if (!kept)
        return NULL;
    bytes = (char *)(kept + 1);
    memcpy(bytes, snapshot->stream, text_size);
    kept->references = 1;
    kept->name.first = bytes;
    kept->name.second = "";
    kept->snapshot = *snapshot;
    kept->snapshot.stream = bytes;
    bytes += text_size;
    kept->snapshot.payload = bytes;
    if (snapshot->payload_size)
        memcpy(bytes, snapshot->payload, snapshot->payload_size);
    return kept;
}

static bool is_older(const struct jangle_snapshot *snapshot, const struct kept *kept)
{
    return kept && kept->snapshot.state_version == snapshot->state_version &&
           snapshot->version < kept->snapshot.version;
}

/* Under the lock: keep `fresh`, or drop it if it is older than what is kept or there is
 * no memory. An add after a remove cannot fail, because the table has room for it. */
static enum jangle_result replace(struct snapshots *snapshots, struct kept *fresh)
{
    struct kept *old = find(snapshots, fresh->snapshot.stream);
    enum jangle_result result;

    if (is_older(&fresh->snapshot, old)) {
        drop(snapshots, fresh);
        return JANGLE_OK;
    }
    if (old)
        jn_names_remove(&snapshots->kept, &old->name);
    result = jn_names_add(&snapshots->kept, &fresh->name);
    if (result)
        drop(snapshots, fresh);
    drop(snapshots, old);
    return result;
}

static enum jangle_result save(struct jangle_snapshot_store *base,
                               const struct jangle_snapshot *snapshot,
                               struct jangle_error *error)
{
    struct snapshots *snapshots = snapshots_of(base);
    struct kept *fresh = copy(&snapshots->host.allocator, snapshot);
    enum jangle_result result = JANGLE_NO_MEMORY;

    if (fresh) {
        jn_mutex_lock(&snapshots->mutex);
        result = replace(snapshots, fresh);
        jn_mutex_unlock(&snapshots->mutex);
    }
    return result ? jn_memory_full(error, "keep a snapshot") : JANGLE_OK;
}

static enum jangle_result
forget(struct jangle_snapshot_store *base, const char *stream, struct jangle_error *error)
{
    struct snapshots *snapshots = snapshots_of(base);
    struct kept *kept;

    (void)error;
    jn_mutex_lock(&snapshots->mutex);
    kept = find(snapshots, stream);
    if (kept)
        jn_names_remove(&snapshots->kept, &kept->name);
    drop(snapshots, kept);
    jn_mutex_unlock(&snapshots->mutex);
    return JANGLE_OK;
}

static void discard(void *context, struct jn_name *name)
{
    jn_free(context, name);
}

static void close_snapshots(struct jangle_snapshot_store *base)
{
    struct snapshots *snapshots = snapshots_of(base);
    struct jangle_allocator allocator = snapshots->host.allocator;

    jn_names_finish(&snapshots->kept, discard, &allocator);
    jn_mutex_finish(&snapshots->mutex);
    jn_free(&allocator, snapshots);
}

static const struct jangle_snapshot_store_ops ops = {
    .abi = 1,
    .name = "memory",
    .load = load,
    .save = save,
    .forget = forget,
    .close = close_snapshots,
};

static struct snapshots *snapshots_of(struct jangle_snapshot_store *base)
{
    assert(base->ops == &ops);
    return (struct snapshots *)base;
}

enum jangle_result jn_memory_snapshots_open(const struct jangle_host *host,
                                            struct jangle_snapshot_store **snapshots,
                                            struct jangle_error *error)
{
    struct snapshots *made = jn_new(&host->allocator, sizeof *made);

    if (!made)
        return jn_memory_full(error, "open");
    made->base.ops = &ops;
    made->host = *host;
    jn_names_init(&made->kept, &made->host.allocator);
    if (jn_mutex_init(&made->mutex)) {
        jn_free(&host->allocator, made);
        return jn_memory_full(error, "open");
    }
    *snapshots = &made->base;
    return JANGLE_OK;
}
