/* memory.c - jangle_memory: the constructor of a storage in memory, which is gone when
 * the program ends. Its store: open it, read events, close it. */
#include "memory/memory.h"

#include "memory/append.h"
#include "memory/catalogue.h"
#include "memory/commands.h"
#include "memory/commit.h"
#include "memory/deliver.h"
#include "memory/owners.h"
#include "memory/pauses.h"
#include "memory/sagas.h"
#include "memory/snapshot_store.h"

#include <jangle/config.h>

enum { PAGE_COUNT = 64, TIDY_COUNT = 256 };

/* ---- reading events ---------------------------------------------------------- */

/* Visit the entries from index `from` to before `until`; an index is a position or
 * version less one. Events never move or change, so that an event page of pointers is
 * copied under the lock and visited without it. */
static enum jangle_result visit_events(struct jn_memory_store *store,
                                       const struct jn_entries *entries,
                                       size_t from,
                                       size_t until,
                                       jangle_record_fn *visit,
                                       void *context)
{
    const struct jn_entry *page[PAGE_COUNT];
    enum jangle_result result = JANGLE_OK;

    while (!result && from < until) {
        size_t count = until - from < PAGE_COUNT ? until - from : PAGE_COUNT;

        jn_mutex_lock(&store->mutex);
        for (size_t i = 0; i < count; i++)
            page[i] = entries->items[from + i];
        jn_mutex_unlock(&store->mutex);
        for (size_t i = 0; !result && i < count; i++)
            result = visit(context, &page[i]->record);
        from += count;
    }
    return result;
}

static size_t index_after(int64_t after)
{
    return after > 0 ? (size_t)after : 0;
}

static enum jangle_result read_stream(struct jangle_store *base,
                                      const char *kind,
                                      const char *id,
                                      int64_t version,
                                      jangle_record_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    const struct jn_memory_stream *stream;
    size_t until;

    (void)error;
    jn_mutex_lock(&store->mutex);
    stream = (const struct jn_memory_stream *)jn_names_find(&store->streams, kind, id);
    until = stream ? stream->events.count : 0;
    jn_mutex_unlock(&store->mutex);
    if (!stream)
        return JANGLE_OK;
    return visit_events(store, &stream->events, index_after(version), until, visit,
                        context);
}

/* Events that are stored during the visit are not visited: the end is fixed before it. */
static enum jangle_result read_all(struct jangle_store *base,
                                   int64_t position,
                                   size_t limit,
                                   jangle_record_fn *visit,
                                   void *context,
                                   struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    size_t from = index_after(position), until;

    (void)error;
    jn_mutex_lock(&store->mutex);
    until = store->log.count;
    jn_mutex_unlock(&store->mutex);
    if (from < until && limit < until - from)
        until = from + limit;
    return visit_events(store, &store->log, from, until, visit, context);
}

static enum jangle_result
head(struct jangle_store *base, int64_t *position, struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);

    (void)error;
    jn_mutex_lock(&store->mutex);
    *position = (int64_t)store->log.count;
    jn_mutex_unlock(&store->mutex);
    return JANGLE_OK;
}

static enum jangle_result stream_head(struct jangle_store *base,
                                      const char *kind,
                                      const char *id,
                                      int64_t *version,
                                      struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    const struct jn_memory_stream *stream;

    (void)error;
    jn_mutex_lock(&store->mutex);
    stream = (const struct jn_memory_stream *)jn_names_find(&store->streams, kind, id);
    *version = stream ? (int64_t)stream->events.count : 0;
    jn_mutex_unlock(&store->mutex);
    return JANGLE_OK;
}

/* ---- the rest ---------------------------------------------------------------- */

static bool command_is_before(const struct jn_command *command, jangle_time time)
{
    return command && jangle_time_before(command->at, time);
}

/* Commands are in a list by age, so the old ones are at its beginning. A call deletes
 * TIDY_COUNT of them at most, because all other calls wait for the lock. */
static enum jangle_result tidy(struct jangle_store *base,
                               jangle_time forget,
                               bool *more,
                               struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    int count = 0;

    (void)error;
    jn_mutex_lock(&store->mutex);
    while (command_is_before(store->oldest, forget) && count++ < TIDY_COUNT)
        jn_memory_forget_command(store, store->oldest);
    *more = command_is_before(store->oldest, forget);
    jn_mutex_unlock(&store->mutex);
    return JANGLE_OK;
}

/* There is no fence and no restore, so the epoch stays 1. */
static enum jangle_result identify(struct jangle_store *base,
                                   unsigned char store_id[JANGLE_ID_SIZE],
                                   int64_t *epoch,
                                   struct jangle_error *error)
{
    (void)error;
    memcpy(store_id, jn_memory_of(base)->id, JANGLE_ID_SIZE);
    *epoch = JN_MEMORY_EPOCH;
    return JANGLE_OK;
}

/* ---- open and close ---------------------------------------------------------- */

/* The events themselves are freed with the log. */
static void discard_stream(void *context, struct jn_name *name)
{
    const struct jangle_allocator *allocator = context;
    struct jn_memory_stream *stream = (struct jn_memory_stream *)name;

    jn_free(allocator, stream->events.items);
    jn_free(allocator, stream);
}

static void discard_command(void *context, struct jn_name *name)
{
    jn_free(context, name);
}

static void free_store(struct jn_memory_store *store)
{
    struct jangle_allocator allocator = store->host.allocator;
    struct jn_table *tables[] = {
        &store->checkpoints, &store->pauses,     &store->parked,
        &store->parked_due,  &store->deliveries, &store->sagas,
        &store->saga_steps,  &store->sagas_due,  &store->catalogue,
    };

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        jn_table_finish(tables[i], &allocator);
    for (size_t i = 0; i < store->log.count; i++)
        jn_free(&allocator, store->log.items[i]);
    jn_free(&allocator, store->log.items);
    jn_names_finish(&store->streams, discard_stream, &allocator);
    jn_names_finish(&store->commands, discard_command, &allocator);
    jn_journal_finish(&store->journal);
    jn_memory_disown_all(store);
    jn_free(&allocator, store->program);
    jn_free(&allocator, store);
}

static void close_store(struct jangle_store *base)
{
    struct jn_memory_store *store = jn_memory_of(base);

    jn_mutex_finish(&store->mutex);
    free_store(store);
}

static const struct jangle_store_ops ops = {
    .abi = 1,
    .name = "memory",
    .commit = jn_memory_commit,
    .read_stream = read_stream,
    .read_all = read_all,
    .head = head,
    .stream_head = stream_head,
    .find_command = jn_memory_find_command,
    .find_checkpoint = jn_memory_find_checkpoint,
    .read_parked = jn_memory_read_parked,
    .read_saga = jn_memory_read_saga,
    .read_due_sagas = jn_memory_read_due_sagas,
    .own = jn_memory_own,
    .disown = jn_memory_disown,
    .tidy = tidy,
    .identify = identify,
    .read_delivery = jn_memory_read_delivery,
    .read_checkpoints = jn_memory_read_checkpoints,
    .rename = jn_memory_rename,
    .read_sagas = jn_memory_read_sagas,
    .set_pause = jn_memory_set_pause,
    .read_pauses = jn_memory_read_pauses,
    .read_command = jn_memory_read_command,
    .read_sessions = jn_memory_read_sessions,
    .read_owners = jn_memory_read_owners,
    .set_catalogue = jn_memory_set_catalogue,
    .read_catalogue = jn_memory_read_catalogue,
    .close = close_store,
};

static enum jangle_result open_store(const struct jangle_storage *storage,
                                     const struct jangle_host *host,
                                     struct jangle_store **store,
                                     struct jangle_error *error)
{
    struct jn_memory_store *made = jn_new(&host->allocator, sizeof *made);

    if (!made)
        return jn_memory_full(error, "open");
    made->base.ops = &ops;
    made->host = *host;
    host->random.id(host->random.context, made->id);
    made->opened_at = host->clock.now(host->clock.context);
    made->program =
        jn_copy_text(&host->allocator, storage->program ? storage->program : "");
    jn_names_init(&made->streams, &made->host.allocator);
    jn_names_init(&made->commands, &made->host.allocator);
    jn_journal_init(&made->journal, &made->host.allocator);
    if (!made->program || jn_mutex_init(&made->mutex)) {
        free_store(made);
        return jn_memory_full(error, "open");
    }
    *store = &made->base;
    return JANGLE_OK;
}

static enum jangle_result open_memory(const struct jangle_storage *storage,
                                      const struct jangle_host *host,
                                      struct jangle_stores *stores,
                                      struct jangle_error *error)
{
    struct jangle_stores opened = {0};
    enum jangle_result result;

    if (storage->follower)
        return jangle_error_set(error, JANGLE_INVALID,
                                "jangle_memory: a follower reads what another process "
                                "stores, and this store has one process");
    result = open_store(storage, host, &opened.store, error);
    if (result)
        return result;
    result = jn_memory_snapshots_open(host, &opened.snapshots, error);
    if (result) {
        opened.store->ops->close(opened.store);
        return result;
    }
    *stores = opened;
    return JANGLE_OK;
}

struct jangle_storage jangle_memory(void)
{
    return (struct jangle_storage){.open = open_memory};
}
