/* append.c - store the events of one command at the end of the log, or none of them. */
#include "memory/append.h"

#include "memory/row.h"

#include <assert.h>

static struct jn_memory_stream *
find_stream(const struct jn_memory_store *store, const char *kind, const char *id)
{
    return (struct jn_memory_stream *)jn_names_find(&store->streams, kind, id);
}

static int64_t
stream_version(const struct jn_memory_store *store, const char *kind, const char *id)
{
    const struct jn_memory_stream *stream = find_stream(store, kind, id);

    return stream ? (int64_t)stream->events.count : 0;
}

/* ---- may it be stored? ------------------------------------------------------- */

static bool well_formed(const struct jangle_append *append)
{
    for (size_t i = 0; i < append->count; i++) {
        const struct jangle_record *record = &append->records[i];

        if (!record->kind || !record->id || !record->type || record->version < 0 ||
            (!record->payload && record->payload_size > 0))
            return false;
    }
    return true;
}

static enum jangle_result check_epoch(struct jangle_append *append)
{
    if (!append->epoch || append->epoch == JN_MEMORY_EPOCH)
        return JANGLE_OK;
    return jangle_error_set(&append->error, JANGLE_CONFLICT,
                            "memory store: it is in epoch %d, and the append was decided "
                            "in epoch %lld",
                            (int)JN_MEMORY_EPOCH, (long long)append->epoch);
}

static enum jangle_result check_conditions(const struct jn_memory_store *store,
                                           struct jangle_append *append)
{
    for (size_t i = 0; i < append->condition_count; i++) {
        const struct jangle_condition *condition = &append->conditions[i];

        int64_t version = stream_version(store, condition->kind, condition->id);

        if (version != condition->version)
            return jangle_error_set(&append->error, JANGLE_CONFLICT,
                                    "memory store: %s/%s is at version %lld, not %lld",
                                    JN_SHOWN(60, condition->kind),
                                    JN_SHOWN(60, condition->id), (long long)version,
                                    (long long)condition->version);
    }
    return JANGLE_OK;
}

/* Does an earlier record of the same append set the version that comes before this
 * record's? */
static bool is_given(const struct jangle_append *append, size_t at)
{
    const struct jangle_record *record = &append->records[at];

    for (size_t i = 0; i < at; i++) {
        const struct jangle_record *before = &append->records[i];

        if (before->version > 0 && strcmp(before->kind, record->kind) == 0 &&
            strcmp(before->id, record->id) == 0)
            return true;
    }
    return false;
}

/* Refuse a record whose version does not follow the stream's. INVALID if the append
 * itself set the version before, because no retry can change that; else CONFLICT, because
 * another append was faster. */
static enum jangle_result
misfit(struct jangle_append *append, size_t at, int64_t stream_version)
{
    const struct jangle_record *record = &append->records[at];

    return jangle_error_set(
        &append->error, is_given(append, at) ? JANGLE_INVALID : JANGLE_CONFLICT,
        "memory store: %s/%s is at version %lld: version %lld does not follow it",
        JN_SHOWN(60, record->kind), JN_SHOWN(60, record->id), (long long)stream_version,
        (long long)record->version);
}

/* ---- storing ----------------------------------------------------------------- */

static enum jangle_result make_room(struct jn_entries *entries,
                                    const struct jangle_allocator *allocator)
{
    size_t capacity = entries->capacity ? entries->capacity * 2 : 4;
    struct jn_entry **items;

    if (entries->count < entries->capacity)
        return JANGLE_OK;
    items = jn_resize(allocator, entries->items, capacity * sizeof(struct jn_entry *));
    if (!items)
        return JANGLE_NO_MEMORY;
    entries->items = items;
    entries->capacity = capacity;
    return JANGLE_OK;
}

/* Find a stream, or make an empty one. */
static struct jn_memory_stream *
need_stream(struct jn_memory_store *store, const char *kind, const char *id)
{
    const struct jangle_allocator *allocator = &store->host.allocator;
    struct jn_memory_stream *stream = find_stream(store, kind, id);
    char *text;

    if (stream)
        return stream;
    stream = jn_new(allocator, sizeof *stream + strlen(kind) + strlen(id) + 2);
    if (!stream)
        return NULL;
    text = (char *)(stream + 1);
    stream->name.first = jn_memory_pack(&text, kind);
    stream->name.second = jn_memory_pack(&text, id);
    if (jn_names_add(&store->streams, &stream->name)) {
        jn_free(allocator, stream);
        return NULL;
    }
    return stream;
}

/* Copy an event into one allocation. It shares the texts of its stream, which outlives
 * it. */
static struct jn_entry *copy_record(const struct jangle_allocator *allocator,
                                    const struct jangle_record *record,
                                    const struct jn_memory_stream *stream)
{
    size_t meta_size = record->meta ? strlen(record->meta) + 1 : 0;
    struct jn_entry *entry = jn_resize(allocator, NULL,
                                       sizeof *entry + record->payload_size +
                                           strlen(record->type) + 1 + meta_size);
    char *bytes;

    if (!entry)
        return NULL;
    bytes = (char *)(entry + 1);
    entry->record = *record;
    entry->record.kind = stream->name.first;
    entry->record.id = stream->name.second;
    entry->record.type = jn_memory_pack(&bytes, record->type);
    entry->record.meta = jn_memory_pack(&bytes, record->meta);
    entry->record.payload = bytes;
    if (record->payload_size)
        memcpy(bytes, record->payload, record->payload_size);
    return entry;
}

/* Room in both arrays comes first, so that nothing can fail once the event is in one. */
static enum jangle_result store_record(struct jn_memory_store *store,
                                       const struct jangle_record *record)
{
    const struct jangle_allocator *allocator = &store->host.allocator;
    struct jn_memory_stream *stream = need_stream(store, record->kind, record->id);
    struct jn_entry *entry;

    if (!stream || make_room(&stream->events, allocator) ||
        make_room(&store->log, allocator))
        return JANGLE_NO_MEMORY;
    entry = copy_record(allocator, record, stream);
    if (!entry)
        return JANGLE_NO_MEMORY;
    stream->events.items[stream->events.count++] = entry;
    store->log.items[store->log.count++] = entry;
    entry->record.version = (int64_t)stream->events.count;
    entry->record.position = (int64_t)store->log.count;
    return JANGLE_OK;
}

static enum jangle_result store_records(struct jn_memory_store *store,
                                        struct jangle_append *append)
{
    for (size_t i = 0; i < append->count; i++) {
        const struct jangle_record *record = &append->records[i];
        int64_t version = stream_version(store, record->kind, record->id);

        if (record->version > 0 && record->version != version + 1)
            return misfit(append, i, version);
        if (store_record(store, record))
            return JANGLE_NO_MEMORY;
    }
    return JANGLE_OK;
}

static enum jangle_result remember_command(struct jn_memory_store *store,
                                           const struct jangle_append *append)
{
    const struct jangle_allocator *allocator = &store->host.allocator;
    const struct jangle_command_from *from = &append->from;
    struct jn_command *command =
        jn_new(allocator, sizeof *command + strlen(append->command_id) + 1 +
                              (from->type ? strlen(from->type) + 1 : 0) +
                              (from->sender ? strlen(from->sender) + 1 : 0));
    char *text;

    if (!command)
        return JANGLE_NO_MEMORY;
    text = (char *)(command + 1);
    command->name.first = jn_memory_pack(&text, append->command_id);
    command->name.second = "";
    command->from = *from;
    command->from.type = jn_memory_pack(&text, from->type);
    command->from.sender = jn_memory_pack(&text, from->sender);
    command->receipt = append->receipt;
    command->at =
        append->count ? append->records[append->count - 1].at : append->remember_at;
    if (jn_names_add(&store->commands, &command->name)) {
        jn_free(allocator, command);
        return JANGLE_NO_MEMORY;
    }
    command->older = store->newest;
    if (store->newest)
        store->newest->newer = command;
    else
        store->oldest = command;
    store->newest = command;
    return JANGLE_OK;
}

enum jangle_result jn_memory_append(struct jn_memory_store *store,
                                    struct jangle_append *append)
{
    enum jangle_result result;

    append->repeated =
        append->command_id && jn_names_find(&store->commands, append->command_id, "");
    if (append->repeated)
        return JANGLE_OK;
    if (!well_formed(append))
        return jangle_error_set(
            &append->error, JANGLE_INVALID,
            "memory store: an append cannot be stored: a record has no "
            "kind, id, type or payload, or a version below zero");
    result = check_epoch(append);
    if (!result)
        result = check_conditions(store, append);
    if (!result)
        result = store_records(store, append);
    if (result)
        return result;
    append->receipt.position = append->count ? (int64_t)store->log.count : 0;
    return append->command_id && (append->count || append->remember_at.us)
               ? remember_command(store, append)
               : JANGLE_OK;
}

void jn_memory_tell(const struct jn_memory_store *store, struct jangle_append *append)
{
    if (append->repeated) {
        append->receipt = ((const struct jn_command *)jn_names_find(
                               &store->commands, append->command_id, ""))
                              ->receipt;
        return;
    }
    for (size_t i = 0; i < append->count; i++) {
        size_t at = (size_t)append->receipt.position - append->count + i;
        const struct jangle_record *stored = &store->log.items[at]->record;

        append->records[i].position = stored->position;
        append->records[i].version = stored->version;
    }
}

/* ---- taking back ------------------------------------------------------------- */

void jn_memory_forget_command(struct jn_memory_store *store, struct jn_command *command)
{
    jn_names_remove(&store->commands, &command->name);
    if (command->older)
        command->older->newer = command->newer;
    else
        store->oldest = command->newer;
    if (command->newer)
        command->newer->older = command->older;
    else
        store->newest = command->older;
    jn_free(&store->host.allocator, command);
}

void jn_memory_take_back(struct jn_memory_store *store,
                         size_t event_count,
                         const struct jn_command *newest)
{
    while (store->newest != newest)
        jn_memory_forget_command(store, store->newest);
    while (store->log.count > event_count) {
        struct jn_entry *entry = store->log.items[--store->log.count];
        struct jn_memory_stream *stream =
            find_stream(store, entry->record.kind, entry->record.id);

        stream->events.count--;
        assert(stream->events.items[stream->events.count] == entry);
        jn_free(&store->host.allocator, entry);
    }
}
