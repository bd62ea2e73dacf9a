/* fetch.c - the state that a command is decided on: from the cache, or from the store. */
#include "command/fetch.h"

#include "base/error.h"
#include "command/cache.h"
#include "command/state_check.h"

/* The state is marked before it is read: if a fence is passed meanwhile, it is of the
 * time before. */
static enum jangle_result read_whole(const struct jn_loader *loader,
                                     struct jn_stream_locks *locks,
                                     const struct jangle_aggregate *aggregate,
                                     const char *id,
                                     struct jn_shared_state **read,
                                     struct jangle_error *error)
{
    struct jn_shared_state *state = jn_shared_make(loader, aggregate, id, error);
    enum jangle_result result;

    *read = NULL;
    if (!state)
        return JANGLE_NO_MEMORY;
    if (locks)
        jn_cache_stamp(locks, state);
    result = jn_state_load(&state->state, error);
    if (result)
        jn_shared_drop(state);
    else
        *read = state;
    return result;
}

/* Bring up a state that is doubtful, as one does a snapshot. CANCELLED: that is not
 * possible, and it has to be read as a whole. The state is let go in any case. */
static enum jangle_result bring_up(struct jn_shared_state *doubtful,
                                   struct jn_shared_state **brought,
                                   struct jangle_error *error)
{
    struct jn_shared_state *state = jn_shared_own(doubtful);
    enum jangle_result result;

    *brought = NULL;
    if (!state)
        return JANGLE_CANCELLED;
    result = jn_state_follow(&state->state, error);
    if (result)
        jn_shared_drop(state);
    else
        *brought = state;
    return result;
}

/* `doubtful` may be NULL. */
static enum jangle_result read_state(const struct jn_loader *loader,
                                     struct jn_stream_locks *locks,
                                     const struct jangle_aggregate *aggregate,
                                     const char *id,
                                     struct jn_shared_state *doubtful,
                                     struct jn_shared_state **read,
                                     struct jangle_error *error)
{
    enum jangle_result result =
        doubtful ? bring_up(doubtful, read, error) : JANGLE_CANCELLED;

    return result == JANGLE_CANCELLED
               ? read_whole(loader, locks, aggregate, id, read, error)
               : result;
}

/* So often a state that is used as it is in memory is compared with its events. */
enum { CHECK_EVERY = 16 };

static void check_hit(struct jn_stream_locks *locks, const struct jn_shared_state *state)
{
    struct jn_cache_figures figures;

    if (!jn_states_are_checked())
        return;
    jn_cache_measure(locks, &figures);
    if (figures.hits % CHECK_EVERY == 0)
        jn_state_check_cached(&state->state);
}

enum jangle_result jn_fetch_own(const struct jn_loader *loader,
                                struct jn_stream_locks *locks,
                                struct jn_stream_lock *entry,
                                const struct jangle_aggregate *aggregate,
                                const char *id,
                                struct jn_fetched *fetched,
                                struct jangle_error *error)
{
    bool doubtful;
    struct jn_shared_state *state = jn_cache_enter(locks, entry, &doubtful);
    enum jangle_result result;

    *fetched = (struct jn_fetched){.state = state, .hit = state && !doubtful};
    if (fetched->hit) {
        check_hit(locks, state);
        return JANGLE_OK;
    }
    result = read_state(loader, locks, aggregate, id, state, &fetched->state, error);
    if (!result)
        jn_cache_put(locks, entry, fetched->state);
    return result;
}

enum jangle_result jn_fetch_look(const struct jn_loader *loader,
                                 struct jn_stream_locks *locks,
                                 const struct jangle_aggregate *aggregate,
                                 const char *id,
                                 struct jn_fetched *fetched,
                                 struct jangle_error *error)
{
    bool doubtful = false;
    struct jn_shared_state *state =
        locks ? jn_cache_look(locks, aggregate->name, id, &doubtful) : NULL;
    enum jangle_result result;

    *fetched = (struct jn_fetched){.state = state, .hit = state && !doubtful};
    if (fetched->hit) {
        check_hit(locks, state);
        return JANGLE_OK;
    }
    result = read_state(loader, locks, aggregate, id, state, &fetched->state, error);
    if (!result && locks)
        jn_cache_offer(locks, fetched->state);
    return result;
}

/* ---- after a commit ---------------------------------------------------------------- */

static bool is_of_stream(const struct jn_state *state, const struct jangle_record *record)
{
    return strcmp(record->id, state->id) == 0 &&
           strcmp(record->kind, state->aggregate->name) == 0;
}

/* A version that does not follow is a mistake of the store, and is left for the next
 * reader to find. */
static bool fold_records(struct jn_state *state, const struct jangle_append *append)
{
    for (size_t i = 0; i < append->count; i++) {
        const struct jangle_record *record = &append->records[i];

        if (!is_of_stream(state, record))
            continue;
        if (record->version != state->version + 1 || jn_state_apply(state, record, NULL))
            return false;
    }
    return true;
}

bool jn_fetch_apply(struct jn_shared_state *state, const struct jangle_append *append)
{
    return fold_records(&state->state, append);
}

void jn_fetch_fold(struct jn_stream_locks *locks,
                   struct jn_stream_lock *entry,
                   struct jn_shared_state *state,
                   const struct jangle_append *append)
{
    struct jn_shared_state *own;

    jn_cache_take(locks, entry, state);
    own = jn_shared_own(state);
    if (own && fold_records(&own->state, append))
        jn_cache_put(locks, entry, own);
    jn_shared_drop(own);
}
