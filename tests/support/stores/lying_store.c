/* lying_store.c - the honest part of a lying store: passing everything on. */
#include "support/stores/lying_store.h"

struct lying_store *lying_store_of(struct jangle_store *store)
{
    return (struct lying_store *)store;
}

struct jangle_store *honest_store(struct jangle_store *store)
{
    return lying_store_of(store)->real;
}

struct jangle_snapshot_store *honest_snapshots(struct jangle_snapshot_store *snapshots)
{
    return ((struct lying_snapshots *)snapshots)->real;
}

/* ---- operations of a store --------------------------------------------------- */

static enum jangle_result
commit(struct jangle_store *store, struct jangle_group *group, struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->commit(store, group, error);
}

static enum jangle_result read_stream(struct jangle_store *store,
                                      const char *kind,
                                      const char *id,
                                      int64_t version,
                                      jangle_record_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->read_stream(store, kind, id, version, visit, context, error);
}

static enum jangle_result read_all(struct jangle_store *store,
                                   int64_t position,
                                   size_t limit,
                                   jangle_record_fn *visit,
                                   void *context,
                                   struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->read_all(store, position, limit, visit, context, error);
}

static enum jangle_result
head(struct jangle_store *store, int64_t *position, struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->head(store, position, error);
}

static enum jangle_result stream_head(struct jangle_store *store,
                                      const char *kind,
                                      const char *id,
                                      int64_t *version,
                                      struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->stream_head(store, kind, id, version, error);
}

static enum jangle_result find_command(struct jangle_store *store,
                                       const char *command_id,
                                       struct jangle_receipt *receipt,
                                       struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->find_command(store, command_id, receipt, error);
}

static enum jangle_result find_checkpoint(struct jangle_store *store,
                                          const char *subscriber,
                                          struct jangle_checkpoint *checkpoint,
                                          struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->find_checkpoint(store, subscriber, checkpoint, error);
}

static enum jangle_result read_parked(struct jangle_store *store,
                                      const char *subscriber,
                                      jangle_time now,
                                      size_t limit,
                                      jangle_parked_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->read_parked(store, subscriber, now, limit, visit, context, error);
}

static enum jangle_result read_saga(struct jangle_store *store,
                                    const char *saga,
                                    const char *id,
                                    jangle_saga_fn *visit,
                                    void *context,
                                    struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->read_saga(store, saga, id, visit, context, error);
}

static enum jangle_result read_due_sagas(struct jangle_store *store,
                                         jangle_time now,
                                         size_t limit,
                                         jangle_saga_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->read_due_sagas(store, now, limit, visit, context, error);
}

static enum jangle_result own(struct jangle_store *store,
                              const char *subscriber,
                              bool *unclean,
                              struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->own(store, subscriber, unclean, error);
}

static void disown(struct jangle_store *store, const char *subscriber, bool unclean)
{
    store = honest_store(store);
    store->ops->disown(store, subscriber, unclean);
}

static enum jangle_result tidy(struct jangle_store *store,
                               jangle_time forget,
                               bool *more,
                               struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->tidy(store, forget, more, error);
}

static enum jangle_result identify(struct jangle_store *store,
                                   unsigned char store_id[JANGLE_ID_SIZE],
                                   int64_t *epoch,
                                   struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->identify(store, store_id, epoch, error);
}

static enum jangle_result read_delivery(struct jangle_store *store,
                                        const char *subscriber,
                                        int64_t position,
                                        jangle_delivery_step_fn *visit,
                                        void *context,
                                        struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->read_delivery(store, subscriber, position, visit, context, error);
}

static enum jangle_result read_checkpoints(struct jangle_store *store,
                                           jangle_checkpoint_fn *visit,
                                           void *context,
                                           struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->read_checkpoints(store, visit, context, error);
}

static enum jangle_result rename_subscriber(struct jangle_store *store,
                                            const char *subscriber,
                                            const char *name,
                                            struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->rename(store, subscriber, name, error);
}

static enum jangle_result read_sagas(struct jangle_store *store,
                                     const char *saga,
                                     enum jangle_saga_status status,
                                     const char *id,
                                     size_t limit,
                                     jangle_saga_fn *visit,
                                     void *context,
                                     struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->read_sagas(store, saga, status, id, limit, visit, context, error);
}

static enum jangle_result set_pause(struct jangle_store *store,
                                    const struct jangle_pause *pause,
                                    struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->set_pause(store, pause, error);
}

static enum jangle_result read_pauses(struct jangle_store *store,
                                      jangle_pause_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->read_pauses(store, visit, context, error);
}

static enum jangle_result read_command(struct jangle_store *store,
                                       const char *command_id,
                                       jangle_stored_command_fn *visit,
                                       void *context,
                                       struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->read_command(store, command_id, visit, context, error);
}

static enum jangle_result read_sessions(struct jangle_store *store,
                                        jangle_store_session_fn *visit,
                                        void *context,
                                        struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->read_sessions(store, visit, context, error);
}

static enum jangle_result read_owners(struct jangle_store *store,
                                      jangle_store_owner_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->read_owners(store, visit, context, error);
}

static enum jangle_result set_catalogue(struct jangle_store *store,
                                        const char *program,
                                        const struct jangle_catalogue_entry *entries,
                                        size_t count,
                                        jangle_time at,
                                        struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->set_catalogue(store, program, entries, count, at, error);
}

static enum jangle_result read_catalogue(struct jangle_store *store,
                                         jangle_catalogue_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->read_catalogue(store, visit, context, error);
}

static enum jangle_result backup(struct jangle_store *store,
                                 const char *path,
                                 jangle_backup_fn *progress,
                                 void *context,
                                 struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->backup(store, path, progress, context, error);
}

static void close_store(struct jangle_store *store)
{
    struct lying_store *lying = lying_store_of(store);
    struct jangle_allocator allocator = lying->allocator;

    lying->real->ops->close(lying->real);
    jn_free(&allocator, lying);
}

static void abandon(struct jangle_store *store)
{
    store = honest_store(store);
    if (store->ops->abandon)
        store->ops->abandon(store);
}

static const struct jangle_store_ops honest_ops = {
    .abi = 1,
    .name = "lying",
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
    .set_pause = set_pause,
    .read_pauses = read_pauses,
    .read_command = read_command,
    .read_sessions = read_sessions,
    .read_owners = read_owners,
    .set_catalogue = set_catalogue,
    .read_catalogue = read_catalogue,
    .backup = backup,
    .abandon = abandon,
    .close = close_store,
};

/* ---- operations of a snapshot store ------------------------------------------ */

static enum jangle_result load(struct jangle_snapshot_store *snapshots,
                               const char *stream,
                               jangle_snapshot_fn *visit,
                               void *context,
                               struct jangle_error *error)
{
    snapshots = honest_snapshots(snapshots);
    return snapshots->ops->load(snapshots, stream, visit, context, error);
}

static enum jangle_result save(struct jangle_snapshot_store *snapshots,
                               const struct jangle_snapshot *snapshot,
                               struct jangle_error *error)
{
    snapshots = honest_snapshots(snapshots);
    return snapshots->ops->save(snapshots, snapshot, error);
}

static enum jangle_result forget(struct jangle_snapshot_store *snapshots,
                                 const char *stream,
                                 struct jangle_error *error)
{
    snapshots = honest_snapshots(snapshots);
    return snapshots->ops->forget(snapshots, stream, error);
}

static void close_snapshots(struct jangle_snapshot_store *snapshots)
{
    struct lying_snapshots *lying = (struct lying_snapshots *)snapshots;
    struct jangle_allocator allocator = lying->allocator;

    lying->real->ops->close(lying->real);
    jn_free(&allocator, lying);
}

static void abandon_snapshots(struct jangle_snapshot_store *snapshots)
{
    snapshots = honest_snapshots(snapshots);
    if (snapshots->ops->abandon)
        snapshots->ops->abandon(snapshots);
}

static const struct jangle_snapshot_store_ops honest_snapshot_ops = {
    .abi = 1,
    .name = "lying",
    .load = load,
    .save = save,
    .forget = forget,
    .abandon = abandon_snapshots,
    .close = close_snapshots,
};

/* ---- lying ------------------------------------------------------------------- */

#define REPLACE(op) ops->op = lie->op ? lie->op : ops->op

static void replace_ops(struct jangle_store_ops *ops, const struct jangle_store_ops *lie)
{
    REPLACE(commit);
    REPLACE(read_stream);
    REPLACE(read_all);
    REPLACE(head);
    REPLACE(stream_head);
    REPLACE(find_command);
    REPLACE(find_checkpoint);
    REPLACE(read_parked);
    REPLACE(read_saga);
    REPLACE(read_due_sagas);
    REPLACE(own);
    REPLACE(disown);
    REPLACE(tidy);
    REPLACE(identify);
    REPLACE(read_delivery);
    REPLACE(read_checkpoints);
    REPLACE(rename);
    REPLACE(read_sagas);
    REPLACE(set_pause);
    REPLACE(read_pauses);
    REPLACE(read_command);
    REPLACE(read_sessions);
    REPLACE(read_owners);
    REPLACE(set_catalogue);
    REPLACE(read_catalogue);
    REPLACE(backup);
    REPLACE(abandon);
    REPLACE(close);
    REPLACE(look);
}

static void replace_snapshot_ops(struct jangle_snapshot_store_ops *ops,
                                 const struct jangle_snapshot_store_ops *lie)
{
    REPLACE(load);
    REPLACE(save);
    REPLACE(forget);
    REPLACE(abandon);
    REPLACE(close);
}

#undef REPLACE

/* ---- opening ----------------------------------------------------------------- */

static struct lying_store *wrap_store(const struct lie *lie,
                                      const struct jangle_host *host,
                                      struct jangle_store *real)
{
    struct lying_store *store = jn_new(&host->allocator, sizeof *store);

    if (!store)
        return NULL;
    store->ops = honest_ops;
    store->real = real;
    store->allocator = host->allocator;
    if (!real->ops->tidy)
        store->ops.tidy = NULL;
    if (!real->ops->backup)
        store->ops.backup = NULL;
    if (real->ops->look)
        store->ops.look = &honest_look_ops;
    if (lie)
        replace_ops(&store->ops, &lie->store);
    store->base.ops = &store->ops;
    return store;
}

static struct lying_snapshots *wrap_snapshots(const struct lie *lie,
                                              const struct jangle_host *host,
                                              struct jangle_snapshot_store *real)
{
    struct lying_snapshots *snapshots = jn_new(&host->allocator, sizeof *snapshots);

    if (!snapshots)
        return NULL;
    snapshots->ops = honest_snapshot_ops;
    snapshots->real = real;
    snapshots->allocator = host->allocator;
    if (lie)
        replace_snapshot_ops(&snapshots->ops, &lie->snapshots);
    snapshots->base.ops = &snapshots->ops;
    return snapshots;
}

static enum jangle_result open_lying(const struct jangle_storage *storage,
                                     const struct jangle_host *host,
                                     struct jangle_stores *stores,
                                     struct jangle_error *error)
{
    const struct lying *lying = storage->options;
    struct jangle_stores real = {0};
    struct jangle_storage honest = lying->storage;
    enum jangle_result result;
    struct lying_store *store;
    struct lying_snapshots *snapshots;

    honest.program = storage->program;
    result = honest.open(&honest, host, &real, error);
    if (result)
        return result;
    store = wrap_store(lying->lie, host, real.store);
    snapshots = wrap_snapshots(lying->lie, host, real.snapshots);
    if (store && snapshots) {
        stores->store = &store->base;
        stores->snapshots = &snapshots->base;
        stores->views = real.views;
        return JANGLE_OK;
    }
    jn_free(&host->allocator, store);
    jn_free(&host->allocator, snapshots);
    real.store->ops->close(real.store);
    real.snapshots->ops->close(real.snapshots);
    if (real.views)
        real.views->ops->close(real.views);
    return jangle_error_set(error, JANGLE_NO_MEMORY, "lying store: no room to open");
}

struct jangle_storage lying_storage(struct lying *lying)
{
    return (struct jangle_storage){
        .location = lying->storage.location, .options = lying, .open = open_lying};
}
