/* flaky_store.c - a storage that passes all calls to another storage, and fails one of
 * them: a store, and a store of snapshots, that count their calls. And it asserts that
 * the visits of the log do what ST-6 allows, and no more. */
#include "engine/stores.h"
#include "subscription/record.h"

#include <jangle/plugin/view_store.h>
#include <jangle/testing.h>

#include <assert.h>
#include <pthread.h>

/* ---- how many calls there were, and which one fails ---------------------------- */

/* Shared by the stores of one opening. The last one to be closed frees it. */
struct flaky {
    struct jangle_flaky *settings; /* of the test */
    struct jangle_allocator allocator;
    struct jn_mutex mutex;      /* guards the count of calls, and all members below */
    struct flaky_visit *visits; /* of events of the log, which run just now */
    int users;                  /* stores that are open, and the opening itself */
    bool reopening;             /* a commit was UNKNOWN: the next call is BUSY */
};

/* The decision about a call. */
struct flaky_call {
    bool made;                 /* the inner store is called */
    enum jangle_result result; /* returned afterwards; OK: what the inner store returns */
    const char *why;
};

/* Under the mutex: decide about call `number`. UNKNOWN is returned after the call was
 * made. */
static struct flaky_call decide_call(struct flaky *flaky, int64_t number, bool commits)
{
    const struct jangle_flaky *settings = flaky->settings;

    if (flaky->reopening) {
        flaky->reopening = false;
        return (struct flaky_call){.result = JANGLE_BUSY, .why = "finds it reopening"};
    }
    if (number != settings->fail_at)
        return (struct flaky_call){.made = true};
    flaky->reopening = commits && settings->result == JANGLE_UNKNOWN;
    return (struct flaky_call){settings->result == JANGLE_UNKNOWN, settings->result,
                               "fails as asked"};
}

/* A visit of an event of the log, on the stack of its thread. */
struct flaky_visit {
    struct flaky *flaky;
    jangle_record_fn *visit;
    void *context;
    pthread_t thread;
    struct flaky_visit *next;
};

/* Under the mutex: is this thread in a visit of an event of the log? */
static bool is_in_visit(const struct flaky *flaky)
{
    pthread_t self = pthread_self();

    for (const struct flaky_visit *visit = flaky->visits; visit; visit = visit->next)
        if (pthread_equal(visit->thread, self))
            return true;
    return false;
}

/* Count a call and decide about it; fill in the error if it fails. */
static struct flaky_call count_call(struct flaky *flaky,
                                    const char *name,
                                    bool commits,
                                    struct jangle_error *error)
{
    struct flaky_call call;
    int64_t number;

    jn_mutex_lock(&flaky->mutex);
    assert(!is_in_visit(flaky) && "a visit of read_all calls no store (ST-6)");
    number = ++flaky->settings->calls;
    call = decide_call(flaky, number, commits);
    jn_mutex_unlock(&flaky->mutex);
    if (call.result)
        jangle_error_set(error, call.result, "flaky: call %lld (%s) %s",
                         (long long)number, name, call.why);
    return call;
}

/* Remove a user; the last one frees it. The mutex is unlocked before it is freed; nobody
 * else can have it, as this was the last. */
static void leave_flaky(struct flaky *flaky)
{
    struct jangle_allocator allocator = flaky->allocator;
    bool last;

    jn_mutex_lock(&flaky->mutex);
    last = --flaky->users == 0;
    jn_mutex_unlock(&flaky->mutex);
    if (!last)
        return;
    jn_mutex_finish(&flaky->mutex);
    jn_free(&allocator, flaky);
}

/* ---- operations that pass their calls on --------------------------------------- */

#define UNPACKED(...) __VA_ARGS__

/* An operation that counts its call, passes it to the inner store, or fails. `object` is
 * "store" or "snapshot_store"; the parameters are those between the store and
 * the error. */
#define PASS_ON(object, name, commits, parameters, arguments)                            \
    static enum jangle_result pass_##name(                                               \
        struct jangle_##object *base, UNPACKED parameters, struct jangle_error *error)   \
    {                                                                                    \
        struct flaky_##object *self = (struct flaky_##object *)base;                     \
        struct flaky_call call = count_call(self->flaky, #name, commits, error);         \
        enum jangle_result result = call.result;                                         \
                                                                                         \
        if (call.made)                                                                   \
            result = self->inner->ops->name(self->inner, UNPACKED arguments, error);     \
        return call.result ? call.result : result;                                       \
    }

/* The two ends of a store, which are not counted. */
#define PASS_THE_END_ON(object)                                                          \
    static void close_##object(struct jangle_##object *base)                             \
    {                                                                                    \
        struct flaky_##object *self = (struct flaky_##object *)base;                     \
        struct flaky *flaky = self->flaky;                                               \
                                                                                         \
        self->inner->ops->close(self->inner);                                            \
        jn_free(&flaky->allocator, self);                                                \
        leave_flaky(flaky);                                                              \
    }                                                                                    \
                                                                                         \
    static void abandon_##object(struct jangle_##object *base)                           \
    {                                                                                    \
        struct jangle_##object *inner = ((struct flaky_##object *)base)->inner;          \
                                                                                         \
        if (inner->ops->abandon)                                                         \
            inner->ops->abandon(inner);                                                  \
    }

/* The entry of that operation in the table of operations. */
#define ENTRY(object, name, commits, parameters, arguments) .name = pass_##name,

/* ---- the store --------------------------------------------------------------- */

struct flaky_store {
    struct jangle_store base;
    struct jangle_store_ops ops; /* NULL where the inner store's are */
    struct jangle_store *inner;
    struct flaky *flaky;
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
    X(store, set_pause, false, (const struct jangle_pause *pause), (pause))              \
    X(store, read_pauses, false, (jangle_pause_fn * visit, void *context),               \
      (visit, context))                                                                  \
    X(store, read_command, false,                                                        \
      (const char *command_id, jangle_stored_command_fn *visit, void *context),          \
      (command_id, visit, context))                                                      \
    X(store, read_sessions, false, (jangle_store_session_fn * visit, void *context),     \
      (visit, context))                                                                  \
    X(store, read_owners, false, (jangle_store_owner_fn * visit, void *context),         \
      (visit, context))                                                                  \
    X(store, set_catalogue, false,                                                       \
      (const char *program, const struct jangle_catalogue_entry *entries, size_t count,  \
       jangle_time at),                                                                  \
      (program, entries, count, at))                                                     \
    X(store, read_catalogue, false, (jangle_catalogue_fn * visit, void *context),        \
      (visit, context))                                                                  \
    X(store, backup, false,                                                              \
      (const char *path, jangle_backup_fn *progress, void *context),                     \
      (path, progress, context))
/* clang-format on */

STORE_OPERATIONS(PASS_ON)
PASS_THE_END_ON(store)

static void enter_visit(struct flaky_visit *visit)
{
    struct flaky *flaky = visit->flaky;

    visit->thread = pthread_self();
    jn_mutex_lock(&flaky->mutex);
    visit->next = flaky->visits;
    flaky->visits = visit;
    jn_mutex_unlock(&flaky->mutex);
}

static void leave_visit(struct flaky_visit *visit)
{
    struct flaky *flaky = visit->flaky;
    struct flaky_visit **link = &flaky->visits;

    jn_mutex_lock(&flaky->mutex);
    while (*link != visit)
        link = &(*link)->next;
    *link = visit->next;
    jn_mutex_unlock(&flaky->mutex);
}

/* The visit gets a copy, which is gone when it has returned, so that a sanitizer sees who
 * goes on to use it. Without memory it gets the record itself. */
static enum jangle_result visit_copy(void *context, const struct jangle_record *record)
{
    struct flaky_visit visit = *(struct flaky_visit *)context;
    const struct jangle_allocator *allocator = &visit.flaky->allocator;
    char *room = jn_resize(allocator, NULL, jn_record_size(record) + 1);
    struct jangle_record copy = *record;
    enum jangle_result result;

    if (room)
        jn_record_copy(&copy, record, room);
    enter_visit(&visit);
    result = visit.visit(visit.context, &copy);
    leave_visit(&visit);
    jn_free(allocator, room);
    return result;
}

static enum jangle_result watch_read_all(struct jangle_store *base,
                                         int64_t position,
                                         size_t limit,
                                         jangle_record_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    struct flaky_visit watched = {
        .flaky = ((struct flaky_store *)base)->flaky, .visit = visit, .context = context};

    return pass_read_all(base, position, limit, visit_copy, &watched, error);
}

static void disown(struct jangle_store *base, const char *subscriber, bool unclean)
{
    struct jangle_store *inner = ((struct flaky_store *)base)->inner;

    inner->ops->disown(inner, subscriber, unclean);
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

static enum jangle_result wrap_store(struct flaky *flaky, struct jangle_store **slot)
{
    struct flaky_store *store;

    if (!*slot)
        return JANGLE_OK;
    store = jn_new(&flaky->allocator, sizeof *store);
    if (!store)
        return JANGLE_NO_MEMORY;
    store->ops = store_ops;
    store->ops.read_all = watch_read_all;
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
    struct flaky *flaky;
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
PASS_THE_END_ON(snapshot_store)

/* clang-format off */
static const struct jangle_snapshot_store_ops snapshot_ops = {
    .abi = 1,
    .name = "flaky",
    SNAPSHOT_OPERATIONS(ENTRY)
    .abandon = abandon_snapshot_store,
    .close = close_snapshot_store,
};
/* clang-format on */

static enum jangle_result wrap_snapshots(struct flaky *flaky,
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

/* ---- opening ------------------------------------------------------------------- */

/* Open the inner stores, and wrap the event store and the snapshots. The caller is a user
 * of `flaky` until this has returned. */
static enum jangle_result open_real(struct flaky *flaky,
                                    const struct jangle_storage *storage,
                                    const struct jangle_host *host,
                                    struct jangle_stores *stores,
                                    struct jangle_error *error)
{
    struct jangle_storage inner = flaky->settings->storage;
    struct flaky_call call = count_call(flaky, "open", false, error);
    struct jangle_stores opened = {0};
    enum jangle_result result = call.result;

    inner.follower = storage->follower;
    inner.program = storage->program;
    if (!result)
        result = inner.open(&inner, host, &opened, error);
    if (result)
        return result;
    if (wrap_store(flaky, &opened.store) || wrap_snapshots(flaky, &opened.snapshots)) {
        jn_stores_finish(&opened);
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
    /* `options` is const, but what it points to belongs to the test that owns
     * the flaky. */
    struct jangle_flaky *const *owner = storage->options;
    struct flaky *flaky = jn_new(&host->allocator, sizeof *flaky);
    enum jangle_result result;

    if (!flaky || jn_mutex_init(&flaky->mutex)) {
        jn_free(&host->allocator, flaky);
        return jangle_error_set(error, JANGLE_NO_MEMORY, "flaky: no room to open");
    }
    flaky->settings = *owner;
    flaky->allocator = host->allocator;
    flaky->users = 1;
    result = open_real(flaky, storage, host, stores, error);
    leave_flaky(flaky);
    return result;
}

struct jangle_storage jangle_storage_flaky(struct jangle_flaky *flaky)
{
    flaky->self = flaky;
    return (struct jangle_storage){
        .location = flaky->storage.location, .options = &flaky->self, .open = open_flaky};
}
