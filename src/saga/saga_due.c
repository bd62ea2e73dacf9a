/* saga_due.c - which sagas have a timeout that is due, and which events of the log those
 * whose key is parked have not been given yet. */
#include "saga/saga_due.h"

#include "core/registry_find.h"
#include "core/saga_match.h"
#include "dispatch/delivery.h"
#include "message/event.h"
#include "subscription/survey.h"

/* ---- sagas that are due ------------------------------------------------------ */

void jn_due_init(struct jn_due *due,
                 const struct jn_subscription *subscription,
                 bool parked)
{
    *due = (struct jn_due){.subscription = subscription, .parked = parked};
    jn_arena_init(&due->arena, jn_allocator_of(subscription));
}

/* A parked saga is wanted by a scan, any other by jn_timers_run. Whether the key is
 * parked may change after this; jn_timeout_run looks at the saga itself. */
static enum jangle_result due_collect(void *context,
                                      const struct jangle_saga_record *record)
{
    struct jn_due *due = context;
    const struct jn_subscription *subscription = due->subscription;
    const char *key;
    struct jn_row row;
    bool is_parked;

    due->shown++;
    if (strcmp(record->saga, jn_name_of(subscription)) != 0)
        return JANGLE_OK;
    key = jn_saga_key(&due->arena, record->id);
    is_parked = jn_survey_row(subscription, key, &row);
    if (due->parked != is_parked || due->sagas.count == JN_DUE_LIMIT)
        return JANGLE_OK;
    if (due->skip)
        due->skip--;
    else
        jangle_list_add(&due->arena, &due->sagas, jn_due_saga,
                        .id = jn_arena_copy_text(&due->arena, record->id), .key = key,
                        .parked_at = is_parked ? row.stored.position : 0);
    return due->arena.failed ? JANGLE_NO_MEMORY : JANGLE_OK;
}

/* The store knows only what is due, of all subscriptions: if the first sagas that it
 * shows are none that are wanted, it is asked again for more of them. */
enum jangle_result
jn_due_read(struct jn_due *due, jangle_time at, size_t broken, struct jangle_error *error)
{
    struct jangle_store *store = jn_jangle_of(due->subscription)->store;
    enum jangle_result result = JANGLE_OK, memory;
    size_t skip = due->skip;

    for (size_t limit = JN_DUE_LIMIT + broken; !result && !due->sagas.count; limit *= 4) {
        due->shown = 0;
        due->skip = skip;
        result = store->ops->read_due_sagas(store, at, limit, due_collect, due, error);
        if (due->shown < limit)
            break;
    }
    memory = jn_arena_check(&due->arena, error);
    return memory ? memory : result;
}

/* ---- which saga an event is for ---------------------------------------------- */

const char *jn_saga_key_of_event(const struct jn_subscription *subscription,
                                 struct jangle_arena *arena,
                                 const struct jangle_record *record,
                                 const struct jangle_handler *handler,
                                 enum jangle_parked_kind *kind)
{
    const struct jangle *jangle = jn_jangle_of(subscription);
    struct jangle_event event;
    const char *id;

    *kind = JANGLE_PARKED_EVENT;
    if (jn_event_read(&event, arena, record, handler->event, &jangle->limits, NULL))
        return jn_position_key(arena, record->position);
    *kind = JANGLE_PARKED_SAGA;
    id = jn_saga_id_of(subscription->saga, &event);
    return id ? jn_saga_key(arena, id) : NULL;
}

/* ---- a scan: begin and end --------------------------------------------------- */

void jn_scan_finish(struct jn_scan *scan)
{
    if (!scan)
        return;
    jn_arena_finish(&scan->scratch);
    jn_arena_finish(&scan->due.arena);
    jn_free(jn_allocator_of(scan->subscription), scan);
}

static struct jn_scan *scan_new(struct jn_subscription *subscription)
{
    const struct jangle_allocator *allocator = jn_allocator_of(subscription);
    struct jn_scan *scan = jn_new(allocator, sizeof *scan);

    if (!scan)
        return NULL;
    scan->subscription = subscription;
    scan->at = subscription->timers.parked.at;
    scan->head = subscription->timers.parked.head;
    jn_due_init(&scan->due, subscription, true);
    scan->due.skip = subscription->timers.scan_skip;
    jn_arena_init(&scan->scratch, allocator);
    return scan;
}

/* The log is read from where the first of the sagas begins to wait. */
static void scan_find_start(struct jn_scan *scan)
{
    scan->position = scan->head;
    for (size_t i = 0; i < scan->due.sagas.count; i++) {
        int64_t before = scan->due.sagas.items[i].parked_at - 1;

        if (before < scan->position)
            scan->position = before;
    }
}

enum jangle_result jn_scan_begin(struct jn_scan **scan,
                                 struct jn_subscription *subscription,
                                 struct jangle_error *error)
{
    struct jn_scan *begun = scan_new(subscription);
    enum jangle_result result;

    *scan = NULL;
    if (!begun)
        return jn_fail(error, JANGLE_NO_MEMORY,
                       "out of memory: the log is not read for timeouts that are due");
    result = jn_due_read(&begun->due, begun->at, 0, error);
    if (result || !begun->due.sagas.count) {
        jn_scan_finish(begun);
        return result;
    }
    scan_find_start(begun);
    *scan = begun;
    return JANGLE_OK;
}

/* ---- a scan: reading the log ------------------------------------------------- */

static void scan_note_event(struct jn_scan *scan, const char *key, int64_t position)
{
    for (size_t i = 0; i < scan->due.sagas.count; i++) {
        struct jn_due_saga *saga = &scan->due.sagas.items[i];

        if (!strcmp(saga->key, key))
            jangle_list_add(&scan->due.arena, &saga->seen, jn_seen_position,
                            .at = position);
    }
}

/* CANCELLED ends the read early. An event that cannot be decoded has a key of its own, so
 * no saga waits for it, and the scan does not note it. */
static enum jangle_result scan_visit(void *context, const struct jangle_record *record)
{
    struct jn_scan *scan = context;
    struct jn_subscription *subscription = scan->subscription;
    const struct jangle_handler *handler = jn_registry_handler(
        &jn_jangle_of(subscription)->registry, subscription->subscriber, record->type);
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
        scan_note_event(scan, key, record->position);
    return scan->scratch.failed || scan->due.arena.failed ? JANGLE_NO_MEMORY : JANGLE_OK;
}

/* Only in a damaged store does the log end before the head that was noted: a read that
 * brings nothing ends the scan, too. */
enum jangle_result jn_scan_go_on(struct jn_scan *scan, struct jangle_error *error)
{
    enum { EVENT_COUNT = 500 };
    struct jangle_store *store = jn_jangle_of(scan->subscription)->store;
    int64_t before = scan->position;
    enum jangle_result result =
        store->ops->read_all(store, before, EVENT_COUNT, scan_visit, scan, error);

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

const struct jn_due_saga *jn_scan_next(struct jn_scan *scan)
{
    if (scan->is_cut || scan->next == scan->due.sagas.count)
        return NULL;
    return &scan->due.sagas.items[scan->next++];
}
