/* flaky_store.c - a store, and a store of snapshots, that count their calls, pass them to
 * others, and fail one. */
#include "testing/flaky_store.h"

#include "testing/flaky_call.h"

/* ---- operations that pass their calls on --------------------------------------- */

#define UNPACKED(...) __VA_ARGS__

/* An operation that counts its call, passes it to the inner store, or fails. `object` is
 * "store" or "snapshot_store"; the parameters are those between the store and the error.
 */
#define PASS_ON(object, name, commits, parameters, arguments)                            \
    static enum jangle_result pass_##name(                                               \
        struct jangle_##object *base, UNPACKED parameters, struct jangle_error *error)   \
    {                                                                                    \
        struct flaky_##object *self = (struct flaky_##object *)base;                     \
        struct jn_flaky_call call = jn_flaky_begin(self->flaky, #name, commits, error);  \
        enum jangle_result result = call.result;                                         \
                                                                                         \
        if (call.made)                                                                   \
            result = self->inner->ops->name(self->inner, UNPACKED arguments, error);     \
        return call.result ? call.result : result;                                       \
    }

/* The entry of that operation in the table of operations. */
#define ENTRY(object, name, commits, parameters, arguments) .name = pass_##name,

/* ---- the store --------------------------------------------------------------- */

struct flaky_store {
    struct jangle_store base;
    struct jangle_store_ops ops; /* NULL where the inner store's are */
    struct jangle_store *inner;
    struct jn_flaky *flaky;
};

/* The parameters of each operation, and their names again. clang-format would take the
 * `*` of a pointer for a multiplication. */
/* clang-format off */
#define STORE_OPERATIONS(X)                                                              \
    X(store, commit, true, (struct jangle_group *group), (group))                        \
    X(store, read_stream, false,                                                         \
      (const char *kind, const char *id, int64_t version, jangle_record_fn *visit,       \
       void *context),                                                                   \
      (kind, id, version, visit, context))                                               \
    X(store, read_all, false,                                                            \
      (int64_t position, size_t limit, jangle_record_fn *visit, void *context),          \
      (position, limit, visit, context))                                                 \
    X(store, head, false, (int64_t *position), (position))                               \
    X(store, stream_head, false,                                                         \
      (const char *kind, const char *id, int64_t *version), (kind, id, version))         \
    X(store, find_command, false,                                                        \
      (const char *command_id, struct jangle_receipt *receipt), (command_id, receipt))   \
    X(store, find_checkpoint, false,                                                     \
      (const char *subscriber, struct jangle_checkpoint *checkpoint),                    \
      (subscriber, checkpoint))                                                          \
    X(store, read_parked, false,                                                         \
      (const char *subscriber, jangle_time now, size_t limit, jangle_parked_fn *visit,   \
       void *context),                                                                   \
      (subscriber, now, limit, visit, context))                                          \
    X(store, read_saga, false,                                                           \
      (const char *saga, const char *id, jangle_saga_fn *visit, void *context),          \
      (saga, id, visit, context))                                                        \
    X(store, read_due_sagas, false,                                                      \
      (jangle_time now, size_t limit, jangle_saga_fn *visit, void *context),             \
      (now, limit, visit, context))                                                      \
    X(store, own, false, (const char *subscriber, bool *unclean), (subscriber, unclean)) \
    X(store, tidy, false, (jangle_time forget, bool *more), (forget, more))              \
    X(store, identify, false,                                                            \
      (unsigned char store_id[JANGLE_ID_SIZE], int64_t *epoch), (store_id, epoch))       \
    X(store, read_delivery, false,                                                       \
      (const char *subscriber, int64_t position, jangle_delivery_step_fn *visit,         \
       void *context),                                                                   \
      (subscriber, position, visit, context))                                            \
    X(store, read_checkpoints, false,                                                    \
      (jangle_checkpoint_fn *visit, void *context), (visit, context))                    \
    X(store, rename, false,                                                              \
      (const char *subscriber, const char *name), (subscriber, name))                    \
    X(store, read_sagas, false,                                                          \
      (const char *saga, enum jangle_saga_status status, const char *id, size_t limit,   \
       jangle_saga_fn *visit, void *context),                                            \
      (saga, status, id, limit, visit, context))                                         \
    X(store, backup, false,                                                              \
      (const char *path, jangle_backup_fn *progress, void *context),                     \
      (path, progress, context))
/* clang-format on */

STORE_OPERATIONS(PASS_ON)

static void disown(struct jangle_store *base, const char *subscriber, bool unclean)
{
    struct jangle_store *inner = ((struct flaky_store *)base)->inner;

    inner->ops->disown(inner, subscriber, unclean);
}

static void close_store(struct jangle_store *base)
{
    struct flaky_store *store = (struct flaky_store *)base;
    struct jn_flaky *flaky = store->flaky;

    store->inner->ops->close(store->inner);
    jn_free(&flaky->allocator, store);
    jn_flaky_leave(flaky);
}

static void abandon_store(struct jangle_store *base)
{
    struct jangle_store *inner = ((struct flaky_store *)base)->inner;

    if (inner->ops->abandon)
        inner->ops->abandon(inner);
}

/* clang-format off */
static const struct jangle_store_ops store_ops = {
    .abi = 1,
    .name = "flaky",
    STORE_OPERATIONS(ENTRY)
    .disown = disown,
    .abandon = abandon_store,
    .close = close_store,
};
/* clang-format on */

static enum jangle_result wrap_store(struct jn_flaky *flaky, struct jangle_store **slot)
{
    struct flaky_store *store;

    if (!*slot)
        return JANGLE_OK;
    store = jn_new(&flaky->allocator, sizeof *store);
    if (!store)
        return JANGLE_NO_MEMORY;
    store->ops = store_ops;
    if (!(*slot)->ops->tidy)
        store->ops.tidy = NULL;
    if (!(*slot)->ops->backup)
        store->ops.backup = NULL;
    store->base.ops = &store->ops;
    store->inner = *slot;
    store->flaky = flaky;
    flaky->users++;
    *slot = &store->base;
    return JANGLE_OK;
}

/* ---- the snapshots ----------------------------------------------------------- */

struct flaky_snapshot_store {
    struct jangle_snapshot_store base;
    struct jangle_snapshot_store *inner;
    struct jn_flaky *flaky;
};

/* clang-format off */
#define SNAPSHOT_OPERATIONS(X)                                                           \
    X(snapshot_store, load, false,                                                       \
      (const char *stream, jangle_snapshot_fn *visit, void *context),                    \
      (stream, visit, context))                                                          \
    X(snapshot_store, save, false, (const struct jangle_snapshot *snapshot), (snapshot)) \
    X(snapshot_store, forget, false, (const char *stream), (stream))
/* clang-format on */

SNAPSHOT_OPERATIONS(PASS_ON)

static void close_snapshots(struct jangle_snapshot_store *base)
{
    struct flaky_snapshot_store *snapshots = (struct flaky_snapshot_store *)base;
    struct jn_flaky *flaky = snapshots->flaky;

    snapshots->inner->ops->close(snapshots->inner);
    jn_free(&flaky->allocator, snapshots);
    jn_flaky_leave(flaky);
}

static void abandon_snapshots(struct jangle_snapshot_store *base)
{
    struct jangle_snapshot_store *inner = ((struct flaky_snapshot_store *)base)->inner;

    if (inner->ops->abandon)
        inner->ops->abandon(inner);
}

/* clang-format off */
static const struct jangle_snapshot_store_ops snapshot_ops = {
    .abi = 1,
    .name = "flaky",
    SNAPSHOT_OPERATIONS(ENTRY)
    .abandon = abandon_snapshots,
    .close = close_snapshots,
};
/* clang-format on */

static enum jangle_result wrap_snapshots(struct jn_flaky *flaky,
                                         struct jangle_snapshot_store **slot)
{
    struct flaky_snapshot_store *snapshots;

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

enum jangle_result jn_flaky_wrap(struct jn_flaky *flaky, struct jangle_stores *stores)
{
    enum jangle_result result = wrap_store(flaky, &stores->store);

    return result ? result : wrap_snapshots(flaky, &stores->snapshots);
}
