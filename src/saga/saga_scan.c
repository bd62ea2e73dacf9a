/* saga_scan.c - one pass over the log for sagas whose events wait. */
#include "saga/saga_scan.h"

#include "core/registry_find.h"
#include "dispatch/delivery.h"
#include "saga/saga_due.h"
#include "saga/saga_key.h"

enum { STEP_COUNT = 500 };

/* ---- begin and end ----------------------------------------------------------- */

void jn_scan_finish(struct jn_scan *scan)
{
    if (!scan)
        return;
    jn_arena_finish(&scan->scratch);
    jn_arena_finish(&scan->arena);
    jn_free(&jn_jangle_of(scan->subscription)->host.host.allocator, scan);
}

static struct jn_scan *make(struct jn_subscription *subscription)
{
    const struct jangle_allocator *allocator =
        &jn_jangle_of(subscription)->host.host.allocator;
    struct jn_scan *scan = jn_new(allocator, sizeof *scan);

    if (!scan)
        return NULL;
    scan->subscription = subscription;
    jn_arena_init(&scan->arena, allocator);
    jn_arena_init(&scan->scratch, allocator);
    return scan;
}

/* From where the first of them begins to wait. */
static void take_sagas(struct jn_scan *scan, const struct jn_due *due)
{
    scan->position = scan->head;
    for (size_t i = 0; i < due->sagas.count; i++) {
        const struct jn_due_saga *saga = &due->sagas.items[i];
        struct jn_seen *seen = &scan->sagas[scan->count++];

        seen->id = jn_arena_copy_text(&scan->arena, saga->id);
        seen->key = jn_arena_copy_text(&scan->arena, saga->key);
        if (saga->position - 1 < scan->position)
            scan->position = saga->position - 1;
    }
}

enum jangle_result jn_scan_begin(struct jn_scan **scan,
                                 struct jn_subscription *subscription,
                                 struct jangle_error *error)
{
    const struct jn_timers *timers = &subscription->timers;
    struct jn_due due;
    struct jn_scan *made = NULL;
    enum jangle_result result;

    *scan = NULL;
    jn_due_init(&due, subscription, true);
    due.skip = timers->scan_skip;
    result = jn_due_read(&due, timers->scan_at, 0, error);
    if (!result && due.sagas.count) {
        made = make(subscription);
        if (!made)
            result = jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is read");
    }
    if (made) {
        made->at = timers->scan_at;
        made->head = timers->scan_head;
        take_sagas(made, &due);
        result = jn_arena_check(&made->arena, error);
    }
    jn_due_finish(&due);
    if (result)
        jn_scan_finish(made);
    else
        *scan = made;
    return result;
}

/* ---- a step ------------------------------------------------------------------ */

static void note(struct jn_scan *scan, const char *key, int64_t position)
{
    for (size_t i = 0; i < scan->count; i++) {
        struct jn_seen *seen = &scan->sagas[i];

        if (!strcmp(seen->key, key))
            jangle_list_add(&scan->arena, &seen->positions, jn_seen_position,
                            .at = position);
    }
}

static enum jangle_result visit(void *context, const struct jangle_record *record)
{
    struct jn_scan *scan = context;
    struct jn_subscription *subscription = scan->subscription;
    const struct jangle_handler *handler =
        jn_registry_handler(&jn_jangle_of(subscription)->registry,
                            jn_subscriber_of(subscription), record->type);
    enum jangle_parked_kind kind;
    char reason[JN_REASON_SIZE];
    const char *key;

    if (record->position > scan->head)
        return JANGLE_CANCELLED;
    scan->is_cut = handler && jn_is_too_new(record, handler, reason);
    if (scan->is_cut)
        return JANGLE_CANCELLED;
    scan->position = record->position;
    if (!handler)
        return JANGLE_OK;
    jn_arena_reset(&scan->scratch);
    key = jn_saga_key_of_event(subscription, &scan->scratch, record, handler, &kind);
    if (key && kind == JANGLE_PARKED_SAGA)
        note(scan, key, record->position);
    return scan->scratch.failed || scan->arena.failed ? JANGLE_NO_MEMORY : JANGLE_OK;
}

/* The log may end before the head that was noted only if the store is damaged. */
enum jangle_result jn_scan_step(struct jn_scan *scan, struct jangle_error *error)
{
    struct jangle_store *store = jn_jangle_of(scan->subscription)->store;
    int64_t before = scan->position;
    enum jangle_result result =
        store->ops->read_all(store, before, STEP_COUNT, visit, scan, error);

    if (result == JANGLE_CANCELLED) {
        jn_error_clear(error);
        result = JANGLE_OK;
    }
    if (result == JANGLE_NO_MEMORY)
        return jn_fail(error, result, "out of memory: the log was not read to its end");
    scan->is_done =
        scan->is_cut || scan->position >= scan->head || scan->position == before;
    return result;
}

/* ---- what it found ----------------------------------------------------------- */

const struct jn_seen *jn_scan_next(struct jn_scan *scan)
{
    if (scan->is_cut || scan->next == scan->count)
        return NULL;
    return &scan->sagas[scan->next++];
}
