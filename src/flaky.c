/* flaky.c - a storage that passes everything on to another, and fails one call. */
#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/support.h>
#include <jangle/plugin/view_store.h>
#include <jangle/testing.h>

/* What the stores of one opening have in common. */
struct shared {
    struct jangle_flaky *flaky;
    struct jangle_allocator allocator;
    struct jn_mutex mutex; /* guards the count, and all below */
    int users;             /* stores that are not closed yet */
    bool reopening;        /* a commit ended UNKNOWN: the next call is BUSY */
};

struct flaky_store {
    struct jangle_store base;
    struct jangle_store_ops ops; /* as the real one's, where that has none */
    struct jangle_store *real;
    struct shared *shared;
};

struct flaky_snapshots {
    struct jangle_snapshot_store base;
    struct jangle_snapshot_store *real;
    struct shared *shared;
};

/* ---- one call ------------------------------------------------------------------------
 */

/* What is to become of it. */
struct call {
    bool made;                 /* it is passed on */
    enum jangle_result result; /* then, this is said; OK: what the real one says */
    const char *why;
};

static struct call judge(struct shared *shared, int64_t number, bool commits)
{
    const struct jangle_flaky *flaky = shared->flaky;

    if (shared->reopening) {
        shared->reopening = false;
        return (struct call){.result = JANGLE_BUSY, .why = "finds it reopening"};
    }
    if (number != flaky->fail_at)
        return (struct call){.made = true};
    shared->reopening = commits && flaky->result == JANGLE_UNKNOWN;
    return (struct call){flaky->result == JANGLE_UNKNOWN, flaky->result,
                         "fails as asked"};
}

static struct call
begin(struct shared *shared, const char *name, bool commits, struct jangle_error *error)
{
    struct call call;
    int64_t number;

    jn_mutex_lock(&shared->mutex);
    number = ++shared->flaky->calls;
    call = judge(shared, number, commits);
    jn_mutex_unlock(&shared->mutex);
    if (call.result)
        jangle_error_set(error, call.result, "flaky: call %lld (%s) %s",
                         (long long)number, name, call.why);
    return call;
}

/* The call is begun, made if it is to be, and answered. */
#define PASS_ON(object, name, commits, ...)                                              \
    do {                                                                                 \
        struct call call = begin((object)->shared, #name, commits, error);               \
        enum jangle_result result =                                                      \
            call.made ? (object)->real->ops->name((object)->real, __VA_ARGS__)           \
                      : call.result;                                                     \
                                                                                         \
        return call.result ? call.result : result;                                       \
    } while (0)

static void leave(struct shared *shared)
{
    struct jangle_allocator allocator = shared->allocator;
    bool last;

    jn_mutex_lock(&shared->mutex);
    last = --shared->users == 0;
    jn_mutex_unlock(&shared->mutex);
    if (!last)
        return;
    jn_mutex_finish(&shared->mutex);
    jn_free(&allocator, shared);
}

/* ---- the store -----------------------------------------------------------------------
 */

static struct flaky_store *store_of(struct jangle_store *base)
{
    return (struct flaky_store *)base;
}

static enum jangle_result
commit(struct jangle_store *base, struct jangle_group *group, struct jangle_error *error)
{
    PASS_ON(store_of(base), commit, true, group, error);
}

static enum jangle_result read_stream(struct jangle_store *base,
                                      const char *kind,
                                      const char *id,
                                      int64_t version,
                                      jangle_record_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    PASS_ON(store_of(base), read_stream, false, kind, id, version, visit, context, error);
}

static enum jangle_result read_all(struct jangle_store *base,
                                   int64_t position,
                                   size_t limit,
                                   jangle_record_fn *visit,
                                   void *context,
                                   struct jangle_error *error)
{
    PASS_ON(store_of(base), read_all, false, position, limit, visit, context, error);
}

static enum jangle_result
head(struct jangle_store *base, int64_t *position, struct jangle_error *error)
{
    PASS_ON(store_of(base), head, false, position, error);
}

static enum jangle_result stream_head(struct jangle_store *base,
                                      const char *kind,
                                      const char *id,
                                      int64_t *version,
                                      struct jangle_error *error)
{
    PASS_ON(store_of(base), stream_head, false, kind, id, version, error);
}

static enum jangle_result find_command(struct jangle_store *base,
                                       const char *command_id,
                                       struct jangle_receipt *receipt,
                                       struct jangle_error *error)
{
    PASS_ON(store_of(base), find_command, false, command_id, receipt, error);
}

static enum jangle_result find_mark(struct jangle_store *base,
                                    const char *subscriber,
                                    struct jangle_mark *mark,
                                    struct jangle_error *error)
{
    PASS_ON(store_of(base), find_mark, false, subscriber, mark, error);
}

static enum jangle_result read_parked(struct jangle_store *base,
                                      const char *subscriber,
                                      jangle_time now,
                                      size_t limit,
                                      jangle_parked_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    PASS_ON(store_of(base), read_parked, false, subscriber, now, limit, visit, context,
            error);
}

static enum jangle_result read_saga(struct jangle_store *base,
                                    const char *saga,
                                    const char *id,
                                    jangle_saga_fn *visit,
                                    void *context,
                                    struct jangle_error *error)
{
    PASS_ON(store_of(base), read_saga, false, saga, id, visit, context, error);
}

static enum jangle_result read_due_sagas(struct jangle_store *base,
                                         jangle_time now,
                                         size_t limit,
                                         jangle_saga_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    PASS_ON(store_of(base), read_due_sagas, false, now, limit, visit, context, error);
}

static enum jangle_result own(struct jangle_store *base,
                              const char *subscriber,
                              bool *unclean,
                              struct jangle_error *error)
{
    PASS_ON(store_of(base), own, false, subscriber, unclean, error);
}

static void disown(struct jangle_store *base, const char *subscriber)
{
    struct jangle_store *real = store_of(base)->real;

    real->ops->disown(real, subscriber);
}

static enum jangle_result tidy(struct jangle_store *base,
                               jangle_time forget,
                               bool *more,
                               struct jangle_error *error)
{
    PASS_ON(store_of(base), tidy, false, forget, more, error);
}

static enum jangle_result identify(struct jangle_store *base,
                                   unsigned char store_id[JANGLE_ID_SIZE],
                                   int64_t *epoch,
                                   struct jangle_error *error)
{
    PASS_ON(store_of(base), identify, false, store_id, epoch, error);
}

static enum jangle_result read_delivery(struct jangle_store *base,
                                        const char *subscriber,
                                        int64_t position,
                                        jangle_delivery_step_fn *visit,
                                        void *context,
                                        struct jangle_error *error)
{
    PASS_ON(store_of(base), read_delivery, false, subscriber, position, visit, context,
            error);
}

static enum jangle_result read_marks(struct jangle_store *base,
                                     jangle_mark_fn *visit,
                                     void *context,
                                     struct jangle_error *error)
{
    PASS_ON(store_of(base), read_marks, false, visit, context, error);
}

static enum jangle_result rename_subscriber(struct jangle_store *base,
                                            const char *subscriber,
                                            const char *name,
                                            struct jangle_error *error)
{
    PASS_ON(store_of(base), rename, false, subscriber, name, error);
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
    PASS_ON(store_of(base), read_sagas, false, saga, status, id, limit, visit, context,
            error);
}

static enum jangle_result backup(struct jangle_store *base,
                                 const char *path,
                                 bool (*step)(void *context, int64_t done, int64_t total),
                                 void *context,
                                 struct jangle_error *error)
{
    PASS_ON(store_of(base), backup, false, path, step, context, error);
}

static void close_store(struct jangle_store *base)
{
    struct flaky_store *store = store_of(base);
    struct shared *shared = store->shared;

    store->real->ops->close(store->real);
    jn_free(&shared->allocator, store);
    leave(shared);
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
    .find_mark = find_mark,
    .read_parked = read_parked,
    .read_saga = read_saga,
    .read_due_sagas = read_due_sagas,
    .own = own,
    .disown = disown,
    .tidy = tidy,
    .identify = identify,
    .read_delivery = read_delivery,
    .read_marks = read_marks,
    .rename = rename_subscriber,
    .read_sagas = read_sagas,
    .backup = backup,
    .close = close_store,
};

/* ---- the snapshots -------------------------------------------------------------------
 */

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
    PASS_ON(snapshots_of(base), load, false, stream, visit, context, error);
}

static enum jangle_result save(struct jangle_snapshot_store *base,
                               const struct jangle_snapshot *snapshot,
                               struct jangle_error *error)
{
    PASS_ON(snapshots_of(base), save, false, snapshot, error);
}

static enum jangle_result
forget(struct jangle_snapshot_store *base, const char *stream, struct jangle_error *error)
{
    PASS_ON(snapshots_of(base), forget, false, stream, error);
}

static void close_snapshots(struct jangle_snapshot_store *base)
{
    struct flaky_snapshots *snapshots = snapshots_of(base);
    struct shared *shared = snapshots->shared;

    snapshots->real->ops->close(snapshots->real);
    jn_free(&shared->allocator, snapshots);
    leave(shared);
}

static const struct jangle_snapshot_store_ops snapshot_ops = {
    .name = "flaky",
    .load = load,
    .save = save,
    .forget = forget,
    .close = close_snapshots,
};

#undef PASS_ON

/* ---- opening -------------------------------------------------------------------------
 */

/* Puts a flaky store in the place of the real one. NO_MEMORY: the real one stays. */
static enum jangle_result wrap_store(struct shared *shared, struct jangle_store **place)
{
    struct flaky_store *store;

    if (!*place)
        return JANGLE_OK;
    store = jn_new(&shared->allocator, sizeof *store);
    if (!store)
        return JANGLE_NO_MEMORY;
    store->ops = store_ops;
    if (!(*place)->ops->tidy)
        store->ops.tidy = NULL;
    if (!(*place)->ops->backup)
        store->ops.backup = NULL;
    store->base.ops = &store->ops;
    store->real = *place;
    store->shared = shared;
    shared->users++;
    *place = &store->base;
    return JANGLE_OK;
}

static enum jangle_result wrap_snapshots(struct shared *shared,
                                         struct jangle_snapshot_store **place)
{
    struct flaky_snapshots *snapshots;

    if (!*place)
        return JANGLE_OK;
    snapshots = jn_new(&shared->allocator, sizeof *snapshots);
    if (!snapshots)
        return JANGLE_NO_MEMORY;
    snapshots->base.ops = &snapshot_ops;
    snapshots->real = *place;
    snapshots->shared = shared;
    shared->users++;
    *place = &snapshots->base;
    return JANGLE_OK;
}

static void close_all(struct jangle_stores *stores)
{
    if (stores->store)
        stores->store->ops->close(stores->store);
    if (stores->snapshots)
        stores->snapshots->ops->close(stores->snapshots);
    if (stores->views)
        stores->views->ops->close(stores->views);
}

/* Opens the real ones, and wraps what it can. The opening is a user of its own until all
 * is done. */
static enum jangle_result open_real(struct shared *shared,
                                    const struct jangle_host *host,
                                    struct jangle_stores *stores,
                                    struct jangle_error *error)
{
    const struct jangle_storage *real = &shared->flaky->storage;
    struct call call = begin(shared, "open", false, error);
    struct jangle_stores opened = {0};
    enum jangle_result result =
        call.result ? call.result : real->open(real, host, &opened, error);

    if (result)
        return result;
    if (wrap_store(shared, &opened.store) || wrap_snapshots(shared, &opened.snapshots)) {
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
    /* Options are const for all but their owner, which this is. */
    struct jangle_flaky *const *owner = storage->options;
    struct shared *shared = jn_new(&host->allocator, sizeof *shared);
    enum jangle_result result;

    if (!shared || jn_mutex_init(&shared->mutex)) {
        jn_free(&host->allocator, shared);
        return jangle_error_set(error, JANGLE_NO_MEMORY, "flaky: no room to open");
    }
    shared->flaky = *owner;
    shared->allocator = host->allocator;
    shared->users = 1;
    result = open_real(shared, host, stores, error);
    leave(shared);
    return result;
}

struct jangle_storage jangle_storage_flaky(struct jangle_flaky *flaky)
{
    flaky->self = flaky;
    return (struct jangle_storage){
        .location = flaky->storage.location, .options = &flaky->self, .open = open_flaky};
}
