/* flaky_store.c - a store that counts its calls, passes them to another, and fails one.
 */
#include "testing/flaky_store.h"

#include "testing/flaky_call.h"

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
    JN_FLAKY_PASS(store_of(base), commit, true, group, error);
}

static enum jangle_result read_stream(struct jangle_store *base,
                                      const char *kind,
                                      const char *id,
                                      int64_t version,
                                      jangle_record_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    JN_FLAKY_PASS(store_of(base), read_stream, false, kind, id, version, visit, context,
                  error);
}

static enum jangle_result read_all(struct jangle_store *base,
                                   int64_t position,
                                   size_t limit,
                                   jangle_record_fn *visit,
                                   void *context,
                                   struct jangle_error *error)
{
    JN_FLAKY_PASS(store_of(base), read_all, false, position, limit, visit, context,
                  error);
}

static enum jangle_result
head(struct jangle_store *base, int64_t *position, struct jangle_error *error)
{
    JN_FLAKY_PASS(store_of(base), head, false, position, error);
}

static enum jangle_result stream_head(struct jangle_store *base,
                                      const char *kind,
                                      const char *id,
                                      int64_t *version,
                                      struct jangle_error *error)
{
    JN_FLAKY_PASS(store_of(base), stream_head, false, kind, id, version, error);
}

static enum jangle_result find_command(struct jangle_store *base,
                                       const char *command_id,
                                       struct jangle_receipt *receipt,
                                       struct jangle_error *error)
{
    JN_FLAKY_PASS(store_of(base), find_command, false, command_id, receipt, error);
}

static enum jangle_result find_checkpoint(struct jangle_store *base,
                                          const char *subscriber,
                                          struct jangle_checkpoint *checkpoint,
                                          struct jangle_error *error)
{
    JN_FLAKY_PASS(store_of(base), find_checkpoint, false, subscriber, checkpoint, error);
}

static enum jangle_result read_parked(struct jangle_store *base,
                                      const char *subscriber,
                                      jangle_time now,
                                      size_t limit,
                                      jangle_parked_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    JN_FLAKY_PASS(store_of(base), read_parked, false, subscriber, now, limit, visit,
                  context, error);
}

static enum jangle_result read_saga(struct jangle_store *base,
                                    const char *saga,
                                    const char *id,
                                    jangle_saga_fn *visit,
                                    void *context,
                                    struct jangle_error *error)
{
    JN_FLAKY_PASS(store_of(base), read_saga, false, saga, id, visit, context, error);
}

static enum jangle_result read_due_sagas(struct jangle_store *base,
                                         jangle_time now,
                                         size_t limit,
                                         jangle_saga_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    JN_FLAKY_PASS(store_of(base), read_due_sagas, false, now, limit, visit, context,
                  error);
}

static enum jangle_result own(struct jangle_store *base,
                              const char *subscriber,
                              bool *unclean,
                              struct jangle_error *error)
{
    JN_FLAKY_PASS(store_of(base), own, false, subscriber, unclean, error);
}

static void disown(struct jangle_store *base, const char *subscriber)
{
    struct jangle_store *inner = store_of(base)->inner;

    inner->ops->disown(inner, subscriber);
}

static enum jangle_result tidy(struct jangle_store *base,
                               jangle_time forget,
                               bool *more,
                               struct jangle_error *error)
{
    JN_FLAKY_PASS(store_of(base), tidy, false, forget, more, error);
}

static enum jangle_result identify(struct jangle_store *base,
                                   unsigned char store_id[JANGLE_ID_SIZE],
                                   int64_t *epoch,
                                   struct jangle_error *error)
{
    JN_FLAKY_PASS(store_of(base), identify, false, store_id, epoch, error);
}

static enum jangle_result read_delivery(struct jangle_store *base,
                                        const char *subscriber,
                                        int64_t position,
                                        jangle_delivery_step_fn *visit,
                                        void *context,
                                        struct jangle_error *error)
{
    JN_FLAKY_PASS(store_of(base), read_delivery, false, subscriber, position, visit,
                  context, error);
}

static enum jangle_result read_checkpoints(struct jangle_store *base,
                                           jangle_checkpoint_fn *visit,
                                           void *context,
                                           struct jangle_error *error)
{
    JN_FLAKY_PASS(store_of(base), read_checkpoints, false, visit, context, error);
}

static enum jangle_result rename_subscriber(struct jangle_store *base,
                                            const char *subscriber,
                                            const char *name,
                                            struct jangle_error *error)
{
    JN_FLAKY_PASS(store_of(base), rename, false, subscriber, name, error);
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
    JN_FLAKY_PASS(store_of(base), read_sagas, false, saga, status, id, limit, visit,
                  context, error);
}

static enum jangle_result backup(struct jangle_store *base,
                                 const char *path,
                                 jangle_backup_fn *progress,
                                 void *context,
                                 struct jangle_error *error)
{
    JN_FLAKY_PASS(store_of(base), backup, false, path, progress, context, error);
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

enum jangle_result jn_flaky_wrap_store(struct jn_flaky *flaky, struct jangle_store **slot)
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
