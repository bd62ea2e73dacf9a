/* flaky_store.c - a store, and a store of snapshots, that count their calls, pass them to
 * others, and fail one. */
#include "testing/flaky_store.h"

#include "testing/flaky_call.h"

/* The whole body of an operation: decide, call the inner store, return. */
#define PASS_CALL(object, name, commits, ...)                                            \
    do {                                                                                 \
        struct jn_flaky_call call =                                                      \
            jn_flaky_begin((object)->flaky, #name, commits, error);                      \
        enum jangle_result result =                                                      \
            call.made ? (object)->inner->ops->name((object)->inner, __VA_ARGS__)         \
                      : call.result;                                                     \
                                                                                         \
        return call.result ? call.result : result;                                       \
    } while (0)
#define PASS(object, name, ...) PASS_CALL(object, name, false, __VA_ARGS__)

struct flaky_store {
    struct jangle_store base;
    struct jangle_store_ops ops; /* NULL where the inner store's are */
    struct jangle_store *inner;
    struct jn_flaky *flaky;
};

static struct flaky_store *store_of(struct jangle_store *base)
{
    return (struct flaky_store *)base;
}

static enum jangle_result
commit(struct jangle_store *base, struct jangle_group *group, struct jangle_error *error)
{
    PASS_CALL(store_of(base), commit, true, group, error);
}

static enum jangle_result read_stream(struct jangle_store *base,
                                      const char *kind,
                                      const char *id,
                                      int64_t version,
                                      jangle_record_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    PASS(store_of(base), read_stream, kind, id, version, visit, context, error);
}

static enum jangle_result read_all(struct jangle_store *base,
                                   int64_t position,
                                   size_t limit,
                                   jangle_record_fn *visit,
                                   void *context,
                                   struct jangle_error *error)
{
    PASS(store_of(base), read_all, position, limit, visit, context, error);
}

static enum jangle_result
head(struct jangle_store *base, int64_t *position, struct jangle_error *error)
{
    PASS(store_of(base), head, position, error);
}

static enum jangle_result stream_head(struct jangle_store *base,
                                      const char *kind,
                                      const char *id,
                                      int64_t *version,
                                      struct jangle_error *error)
{
    PASS(store_of(base), stream_head, kind, id, version, error);
}

static enum jangle_result find_command(struct jangle_store *base,
                                       const char *command_id,
                                       struct jangle_receipt *receipt,
                                       struct jangle_error *error)
{
    PASS(store_of(base), find_command, command_id, receipt, error);
}

static enum jangle_result find_checkpoint(struct jangle_store *base,
                                          const char *subscriber,
                                          struct jangle_checkpoint *checkpoint,
                                          struct jangle_error *error)
{
    PASS(store_of(base), find_checkpoint, subscriber, checkpoint, error);
}

static enum jangle_result read_parked(struct jangle_store *base,
                                      const char *subscriber,
                                      jangle_time now,
                                      size_t limit,
                                      jangle_parked_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    PASS(store_of(base), read_parked, subscriber, now, limit, visit, context, error);
}

static enum jangle_result read_saga(struct jangle_store *base,
                                    const char *saga,
                                    const char *id,
                                    jangle_saga_fn *visit,
                                    void *context,
                                    struct jangle_error *error)
{
    PASS(store_of(base), read_saga, saga, id, visit, context, error);
}

static enum jangle_result read_due_sagas(struct jangle_store *base,
                                         jangle_time now,
                                         size_t limit,
                                         jangle_saga_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    PASS(store_of(base), read_due_sagas, now, limit, visit, context, error);
}

static enum jangle_result own(struct jangle_store *base,
                              const char *subscriber,
                              bool *unclean,
                              struct jangle_error *error)
{
    PASS(store_of(base), own, subscriber, unclean, error);
}

static void disown(struct jangle_store *base, const char *subscriber, bool unclean)
{
    struct jangle_store *inner = store_of(base)->inner;

    inner->ops->disown(inner, subscriber, unclean);
}

static enum jangle_result tidy(struct jangle_store *base,
                               jangle_time forget,
                               bool *more,
                               struct jangle_error *error)
{
    PASS(store_of(base), tidy, forget, more, error);
}

static enum jangle_result identify(struct jangle_store *base,
                                   unsigned char store_id[JANGLE_ID_SIZE],
                                   int64_t *epoch,
                                   struct jangle_error *error)
{
    PASS(store_of(base), identify, store_id, epoch, error);
}

static enum jangle_result read_delivery(struct jangle_store *base,
                                        const char *subscriber,
                                        int64_t position,
                                        jangle_delivery_step_fn *visit,
                                        void *context,
                                        struct jangle_error *error)
{
    PASS(store_of(base), read_delivery, subscriber, position, visit, context, error);
}

static enum jangle_result read_checkpoints(struct jangle_store *base,
                                           jangle_checkpoint_fn *visit,
                                           void *context,
                                           struct jangle_error *error)
{
    PASS(store_of(base), read_checkpoints, visit, context, error);
}

static enum jangle_result rename_subscriber(struct jangle_store *base,
                                            const char *subscriber,
                                            const char *name,
                                            struct jangle_error *error)
{
    PASS(store_of(base), rename, subscriber, name, error);
}

static enum jangle_result read_sagas(struct jangle_store *base,
                                     const char *saga,
                                     enum jangle_saga_status status,
                                     const char *id,
                                     size_t limit,
                                     jangle_saga_fn *visit,
                                     void *context,
                                     struct jangle_error *error)
{
    PASS(store_of(base), read_sagas, saga, status, id, limit, visit, context, error);
}

static enum jangle_result backup(struct jangle_store *base,
                                 const char *path,
                                 jangle_backup_fn *progress,
                                 void *context,
                                 struct jangle_error *error)
{
    PASS(store_of(base), backup, path, progress, context, error);
}

static void close_store(struct jangle_store *base)
{
    struct flaky_store *store = store_of(base);
    struct jn_flaky *flaky = store->flaky;

    store->inner->ops->close(store->inner);
    jn_free(&flaky->allocator, store);
    jn_flaky_leave(flaky);
}

static void abandon_store(struct jangle_store *base)
{
    struct jangle_store *inner = store_of(base)->inner;

    if (inner->ops->abandon)
        inner->ops->abandon(inner);
}

static const struct jangle_store_ops store_ops = {
    .abi = 1,
    .name = "flaky",
    .commit = commit,
    .read_stream = read_stream,
    .read_all = read_all,
    .head = head,
    .stream_head = stream_head,
    .find_command = find_command,
    .find_checkpoint = find_checkpoint,
    .read_parked = read_parked,
    .read_saga = read_saga,
    .read_due_sagas = read_due_sagas,
    .own = own,
    .disown = disown,
    .tidy = tidy,
    .identify = identify,
    .read_delivery = read_delivery,
    .read_checkpoints = read_checkpoints,
    .rename = rename_subscriber,
    .read_sagas = read_sagas,
    .backup = backup,
    .abandon = abandon_store,
    .close = close_store,
};

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

struct flaky_snapshots {
    struct jangle_snapshot_store base;
    struct jangle_snapshot_store *inner;
    struct jn_flaky *flaky;
};

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
    PASS(snapshots_of(base), load, stream, visit, context, error);
}

static enum jangle_result save(struct jangle_snapshot_store *base,
                               const struct jangle_snapshot *snapshot,
                               struct jangle_error *error)
{
    PASS(snapshots_of(base), save, snapshot, error);
}

static enum jangle_result
forget(struct jangle_snapshot_store *base, const char *stream, struct jangle_error *error)
{
    PASS(snapshots_of(base), forget, stream, error);
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

enum jangle_result jn_flaky_wrap(struct jn_flaky *flaky, struct jangle_stores *stores)
{
    enum jangle_result result = wrap_store(flaky, &stores->store);

    return result ? result : wrap_snapshots(flaky, &stores->snapshots);
}
