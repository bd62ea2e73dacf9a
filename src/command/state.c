/* state.c - the state of one aggregate: loaded, brought on by events, compacted,
 * saved. */
#include "command/state.h"

#include "base/error.h"
#include "base/pair.h"
#include "command/static_data.h"
#include "core/registry_find.h"
#include "message/copy.h"
#include "message/decode.h"
#include "message/describe.h"
#include "message/encode.h"
#include "message/event.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* When is an arena worth compacting? A list that grows leaves as much behind as it holds,
 * and has room for as much again: so twice or three times the live bytes is normal. A
 * small arena never is. */
enum { COMPACT_FACTOR = 4, COMPACT_BYTES = 1024 };

enum jangle_result jn_state_init(struct jn_state *state,
                                 const struct jn_loader *loader,
                                 const struct jangle_aggregate *aggregate,
                                 const char *id,
                                 struct jangle_error *error)
{
    *state = (struct jn_state){
        .loader = loader,
        .aggregate = aggregate,
        .id = id,
        .data = jn_new(loader->allocator, aggregate->state->size),
    };
    jn_arena_init(&state->arena, loader->allocator);
    if (!state->data)
        return jn_fail(error, JANGLE_NO_MEMORY, "%s/%s: out of memory", aggregate->name,
                       id);
    jn_type_clear(aggregate->state, state->data);
    return JANGLE_OK;
}

void jn_state_finish(struct jn_state *state)
{
    jn_arena_finish(&state->arena);
    jn_free(state->arena.allocator, state->data);
    *state = (struct jn_state){0};
}

/* Back to the state before the first event, when a snapshot turned out to be of
 * no use. */
static void empty_state(struct jn_state *state)
{
    jn_arena_reset(&state->arena);
    jn_type_clear(state->aggregate->state, state->data);
    state->version = 0;
    state->snapshot_version = 0;
    state->kept = 0;
}

#ifdef JANGLE_CHECK_STATES
static bool is_lasting(const struct jangle_arena *arena, const void *memory)
{
    return jn_arena_holds(arena, memory) || jn_is_static(memory);
}

/* In tests: what an applier put into the state must live as long as the state, so its
 * pointers lead into the arena or to static data. */
static void check_pointers(const struct jn_state *state,
                           const struct jangle_message *event)
{
    char path[JN_PATH_SIZE];

    if (jn_type_points(state->aggregate->state, state->data, is_lasting, &state->arena,
                       path))
        return;
    fprintf(stderr,
            "jangle: %s: %s points neither into the state nor to static data after %s "
            "was applied\n",
            state->aggregate->name, path, event->name);
    abort();
}
#endif

/* Copy the state into a new arena, if most of the old one is garbage. The weight is
 * counted only when the arena has grown, because counting costs as much as a copy. */
static enum jangle_result compact_state(struct jn_state *state)
{
    const struct jangle_allocator *allocator = state->arena.allocator;
    const struct jangle_message *type = state->aggregate->state;
    struct jangle_arena fresh;
    void *data;

    if (state->arena.used <= COMPACT_FACTOR * state->kept + COMPACT_BYTES)
        return JANGLE_OK;
    state->kept = jn_type_weight(type, state->data);
    if (state->arena.used <= COMPACT_FACTOR * state->kept + COMPACT_BYTES)
        return JANGLE_OK;
    data = jn_new(allocator, type->size);
    if (!data)
        return JANGLE_NO_MEMORY;
    jn_arena_init(&fresh, allocator);
    if (jn_type_copy(&fresh, type, data, state->data)) {
        jn_arena_finish(&fresh);
        jn_free(allocator, data);
        return JANGLE_NO_MEMORY;
    }
    jn_arena_finish(&state->arena);
    jn_free(allocator, state->data);
    state->arena = fresh;
    state->data = data;
    return JANGLE_OK;
}

/* The applier left a list with a count and no items. It is the applier's mistake, unless
 * memory ran out while it made the list. */
static enum jangle_result refuse_list(const struct jn_state *state,
                                      const struct jangle_record *record,
                                      struct jangle_error *error)
{
    if (jn_arena_check(&state->arena, error))
        return JANGLE_NO_MEMORY;
    return jn_fail(error, JANGLE_INVALID,
                   "%s/%s: a list of its state has a count and no items after event "
                   "%" PRId64 ", %s: mend what applies it",
                   record->kind, record->id, record->version, record->type);
}

enum jangle_result jn_state_apply(struct jn_state *state,
                                  const struct jangle_record *record,
                                  struct jangle_error *error)
{
    const struct jn_loader *loader = state->loader;
    const struct jangle_applier *applier =
        loader->registry
            ? jn_registry_applier(loader->registry, state->aggregate, record->type)
            : jn_row_applier(&state->aggregate->events, record->type);
    struct jangle_event event;
    enum jangle_result result;

    assert(record->version == state->version + 1);
    if (!applier)
        return jn_fail(error, JANGLE_INVALID,
                       "%s/%s holds %s as event %" PRId64
                       ", which this program's %s does not apply",
                       record->kind, record->id, record->type, record->version,
                       state->aggregate->name);
    result = jn_event_read(&event, &state->arena, record, applier->event, loader->limits,
                           error);
    if (result)
        return result;
    if (applier->apply) {
        applier->apply(state->data, &event);
        if (!jn_type_fill_texts(state->aggregate->state, state->data))
            return refuse_list(state, record, error);
    }
    state->version = record->version;
    memcpy(state->event_id, record->event_id, sizeof state->event_id);
    if (jn_arena_check(&state->arena, error))
        return JANGLE_NO_MEMORY;
#ifdef JANGLE_CHECK_STATES
    check_pointers(state, applier->event);
#endif
    if (compact_state(state))
        return jn_fail(error, JANGLE_NO_MEMORY, "%s/%s: out of memory", record->kind,
                       record->id);
    return JANGLE_OK;
}

/* ---- loading ----------------------------------------------------------------- */

struct loading {
    struct jn_state *state;
    struct jangle_error *error;
    const char *misfit; /* why the snapshot is of no use; NULL: it can be used */
    int64_t until;      /* no event after this version is applied */
    bool confirmed;     /* the last event of the snapshot is in the stream */
};

void jn_snapshot_hash(const struct jangle_snapshot *snapshot,
                      unsigned char hash[JN_HASH_SIZE])
{
    unsigned char whole[7][JN_HASH_SIZE] = {{0}};

    jn_hash_bytes(whole[0], snapshot->stream, strlen(snapshot->stream));
    jn_hash_bytes(whole[1], snapshot->payload, snapshot->payload_size);
    for (int byte = 0; byte < 8; byte++) { /* in the same order on every machine */
        whole[2][byte] = (unsigned char)((uint64_t)snapshot->version >> (8 * byte));
        whole[3][byte] = (unsigned char)((uint64_t)snapshot->state_version >> (8 * byte));
    }
    memcpy(whole[4], snapshot->state_hash, JN_HASH_SIZE);
    memcpy(whole[5], snapshot->store_id, JN_HASH_SIZE);
    memcpy(whole[6], snapshot->event_id, JN_HASH_SIZE);
    jn_hash_bytes(hash, whole, sizeof whole);
}

/* Why the snapshot must not be used; NULL if it fits. The hash comes first, because
 * without it nothing else that the snapshot says is to be believed. */
static const char *find_misfit(const struct jn_state *state,
                               const struct jangle_snapshot *snapshot)
{
    const struct jangle_message *type = state->aggregate->state;
    unsigned char hash[JN_HASH_SIZE];

    jn_snapshot_hash(snapshot, hash);
    if (memcmp(snapshot->hash, hash, sizeof hash) != 0)
        return "it is damaged: its hash does not fit, so this is not what was saved";
    jn_type_hash(type, hash);
    if (snapshot->version < 1)
        return "it stands on no event";
    if (memcmp(snapshot->store_id, state->loader->store_id,
               sizeof state->loader->store_id) != 0)
        return "it was taken from another store";
    if (snapshot->state_version != jn_type_version(type))
        return "the state has another version";
    if (memcmp(snapshot->state_hash, hash, sizeof hash) != 0)
        return "the state is described in another way";
    return NULL;
}

/* A snapshot that cannot be read is a misfit and no failure: the events are all there. */
static enum jangle_result take_snapshot(void *context,
                                        const struct jangle_snapshot *snapshot)
{
    struct loading *loading = context;
    struct jn_state *state = loading->state;
    const struct jangle_message *type = state->aggregate->state;
    struct jangle_error error = {0};
    enum jangle_result result;

    loading->misfit = find_misfit(state, snapshot);
    if (loading->misfit || snapshot->version > loading->until)
        return JANGLE_OK;
    result =
        jn_decode(&state->arena, type, snapshot->payload, snapshot->payload_size,
                  snapshot->state_version, state->loader->limits, state->data, &error);
    if (result == JANGLE_NO_MEMORY)
        return jn_fail_as(loading->error, &error);
    if (result) {
        loading->misfit = "it cannot be read";
        return JANGLE_OK;
    }
    state->version = snapshot->version;
    state->snapshot_version = snapshot->version;
    memcpy(state->event_id, snapshot->event_id, sizeof state->event_id);
    return JANGLE_OK;
}

/* The first record is the event that the snapshot stands on. If it is another event, the
 * snapshot is of another history (a store that was restored), and the reading
 * is stopped. */
static enum jangle_result take_record(void *context, const struct jangle_record *record)
{
    struct loading *loading = context;
    struct jn_state *state = loading->state;

    if (record->version > loading->until)
        return JANGLE_CANCELLED;
    if (record->version > state->version)
        return jn_state_apply(state, record, loading->error);
    loading->confirmed =
        memcmp(record->event_id, state->event_id, sizeof state->event_id) == 0;
    return loading->confirmed ? JANGLE_OK : JANGLE_CANCELLED;
}

static void
forget_snapshot(struct loading *loading, const char *stream, const char *misfit)
{
    struct jn_state *state = loading->state;
    struct jangle_snapshot_store *snapshots = state->loader->snapshots;
    struct jangle_error error = {0};

    JN_LOG(state->loader->log, SNAPSHOT_REFUSED, JN_PAIRS(JN_TEXT("stream", stream)),
           "%s", misfit);
    if (snapshots->ops->forget(snapshots, stream, &error))
        JN_LOG_STORE(state->loader->log, error.result,
                     JN_PAIRS(JN_TEXT("stream", stream)),
                     "the snapshot could not be forgotten: %s", error.message);
    loading->misfit = NULL;
    empty_state(state);
}

/* Start from the snapshot, if there is one that fits. A store of snapshots that fails is
 * reported, and the state is loaded from its events. */
static enum jangle_result load_snapshot(struct loading *loading, const char *stream)
{
    struct jangle_snapshot_store *snapshots = loading->state->loader->snapshots;
    struct jangle_error error = {0};
    enum jangle_result result =
        snapshots->ops->load(snapshots, stream, take_snapshot, loading, &error);

    if (result == JANGLE_NO_MEMORY)
        return jn_fail_as(loading->error, &error);
    if (result && result != JANGLE_NOT_FOUND && result != JANGLE_STORAGE)
        JN_LOG_STORE(loading->state->loader->log, error.result,
                     JN_PAIRS(JN_TEXT("stream", stream)),
                     "going on without the snapshot: %s", error.message);
    if (result)
        empty_state(loading->state);
    if (result == JANGLE_STORAGE)
        forget_snapshot(loading, stream, error.message);
    else if (loading->misfit)
        forget_snapshot(loading, stream, loading->misfit);
    return JANGLE_OK;
}

/* From the event on that the snapshot stands on: that one is read again to
 * be compared. */
static enum jangle_result load_events(struct loading *loading)
{
    struct jn_state *state = loading->state;
    struct jangle_store *store = state->loader->store;
    int64_t after = state->version ? state->version - 1 : 0;

    loading->confirmed = !state->version;
    return store->ops->read_stream(store, state->aggregate->name, state->id, after,
                                   take_record, loading, loading->error);
}

enum jangle_result jn_state_load(struct jn_state *state, struct jangle_error *error)
{
    return jn_state_load_to(state, INT64_MAX, error);
}

enum jangle_result
jn_state_load_to(struct jn_state *state, int64_t version, struct jangle_error *error)
{
    struct loading loading = {.state = state, .error = error, .until = version};
    char stream[512];
    enum jangle_result result = JANGLE_OK;

    assert(jn_pair_size(state->aggregate->name, state->id) <= sizeof stream);
    jn_pair_write(stream, state->aggregate->name, state->id);
    empty_state(state);
    if (state->loader->snapshots && state->aggregate->snapshot_every > 0)
        result = load_snapshot(&loading, stream);
    if (!result)
        result = load_events(&loading);
    if (loading.confirmed || (result && result != JANGLE_CANCELLED))
        return result;
    forget_snapshot(&loading, stream, "its last event is not in the store");
    return load_events(&loading);
}

enum jangle_result jn_state_follow(struct jn_state *state, struct jangle_error *error)
{
    struct loading loading = {.state = state, .error = error, .until = INT64_MAX};
    enum jangle_result result;

    assert(state->version > 0);
    result = load_events(&loading);
    if (loading.confirmed || (result && result != JANGLE_CANCELLED))
        return result;
    return JANGLE_CANCELLED;
}

/* ---- saving ------------------------------------------------------------------ */

bool jn_state_snapshot_is_due(const struct jn_state *state, int64_t version)
{
    int64_t every = state->aggregate->snapshot_every;

    return every > 0 && version - state->snapshot_version >= every;
}

enum jangle_result jn_state_save(const struct jn_state *state, struct jangle_error *error)
{
    const struct jn_loader *loader = state->loader;
    const struct jangle_message *type = state->aggregate->state;
    struct jangle_snapshot snapshot = {.version = state->version,
                                       .state_version = jn_type_version(type)};
    struct jangle_arena arena;
    const char *json;
    enum jangle_result result;

    jn_arena_init(&arena, loader->allocator);
    snapshot.stream = jn_pair_make(&arena, state->aggregate->name, state->id);
    jn_type_hash(type, snapshot.state_hash);
    memcpy(snapshot.store_id, loader->store_id, sizeof snapshot.store_id);
    memcpy(snapshot.event_id, state->event_id, sizeof snapshot.event_id);
    result = jn_encode(&arena, type, state->data, JN_NULLS_EMPTY, loader->limits, &json,
                       &snapshot.payload_size, error);
    if (!result)
        result = jn_arena_check(&arena, error);
    if (!result) {
        snapshot.payload = json;
        jn_snapshot_hash(&snapshot, snapshot.hash);
        result = loader->snapshots->ops->save(loader->snapshots, &snapshot, error);
    }
    if (!result)
        JN_LOG(loader->log, SNAPSHOT_TAKEN,
               JN_PAIRS(JN_TEXT("stream", snapshot.stream),
                        JN_NUMBER("version", state->version)),
               "saved");
    jn_arena_finish(&arena);
    return result;
}
