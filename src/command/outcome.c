/* outcome.c - jangle_outcome_of: was a command stored whose answer was UNKNOWN,
 * or lost? */
#include "base/error.h"
#include "base/ids.h"
#include "command/decision.h"
#include "core/call.h"
#include "core/engine.h"
#include "core/instance.h"
#include "message/event.h"

#include <string.h>

enum { PAGE_COUNT = 500, KIND_SIZE = 128 };

struct search {
    struct jangle *jangle;
    struct jangle_outcome *outcome;
    struct jangle_arena arena;
    int64_t position;     /* the last one that was read */
    char kind[KIND_SIZE]; /* of the stream of the command's first event */
    char id[JN_ID_LIMIT + 1];
    bool over; /* an event after the command's last one was read */
};

/* The outcome has the last position, and the last version in the stream of the first
 * event, which is the stream of the aggregate that decided. The events of one command lie
 * side by side: the first other event ends the search. */
static enum jangle_result visit_searched(void *context,
                                         const struct jangle_record *record)
{
    struct search *search = context;
    struct jangle_outcome *outcome = search->outcome;
    struct jangle_origin origin;
    char posted[JN_ID_TEXT_SIZE];

    search->position = record->position;
    jn_arena_reset(&search->arena);
    if (jn_meta_read(&search->arena, record->meta, &search->jangle->limits, &origin,
                     &outcome->error))
        return outcome->error.result;
    jn_id_to_text(record->event_id, posted);
    if (strcmp(posted, outcome->command_id) != 0 &&
        (!origin.causation_id || strcmp(origin.causation_id, outcome->command_id) != 0)) {
        search->over = outcome->position > 0;
        return JANGLE_OK;
    }
    if (!outcome->position) {
        jn_text_copy(search->kind, sizeof search->kind, record->kind);
        jn_text_copy(search->id, sizeof search->id, record->id);
    }
    if (strcmp(record->kind, search->kind) == 0 && strcmp(record->id, search->id) == 0)
        outcome->version = record->version;
    outcome->position = record->position;
    return JANGLE_OK;
}

static enum jangle_result search_after(struct search *search, int64_t position)
{
    struct jangle_store *store = search->jangle->store;
    enum jangle_result result = JANGLE_OK;
    int64_t last = -1;

    search->position = position;
    while (!result && !search->over && search->position != last) {
        last = search->position;
        result = store->ops->read_all(store, last, PAGE_COUNT, visit_searched, search,
                                      &search->outcome->error);
    }
    return result;
}

/* The store remembers only ids that senders gave. A command without one is found by the
 * events that name it as their cause, and a message that was posted by the id of its
 * event, which it shares. They are looked for first among those that an UNKNOWN left in
 * doubt, which are few, then in the whole log. */
static enum jangle_result search_events(struct jangle *jangle,
                                        struct jangle_outcome *outcome)
{
    int64_t maybe_unknown_after = atomic_load(&jangle->maybe_unknown_after);
    struct search search = {.jangle = jangle, .outcome = outcome};
    enum jangle_result result;

    jn_arena_init(&search.arena, &jangle->host.host.allocator);
    result = search_after(&search, maybe_unknown_after > 0 ? maybe_unknown_after : 0);
    if (!result && !outcome->position && maybe_unknown_after > 0)
        result = search_after(&search, 0);
    jn_arena_finish(&search.arena);
    if (result || outcome->position)
        return result;
    return jn_fail(&outcome->error, JANGLE_NOT_FOUND, "nothing is stored of command %s",
                   outcome->command_id);
}

static enum jangle_result
find_stored_outcome(struct jangle *jangle, const char *id, struct jangle_outcome *outcome)
{
    struct jangle_store *store;
    struct jangle_receipt receipt;
    unsigned char uuid[JANGLE_ID_SIZE];
    size_t size = id ? strlen(id) : 0;
    enum jangle_result result;

    if (jn_check_process(jangle, &outcome->error))
        return JANGLE_CLOSED;
    if (!size || size >= sizeof outcome->command_id)
        return jn_fail(&outcome->error, JANGLE_INVALID, "a command id has 1 to %zu bytes",
                       sizeof outcome->command_id - 1);
    memcpy(outcome->command_id, id, size + 1);
    store = jangle->store;
    result = store->ops->find_command(store, id, &receipt, &outcome->error);
    if (result == JANGLE_NOT_FOUND) {
        jn_error_clear(&outcome->error);
        if (jn_id_from_text(uuid, id))
            return search_events(jangle, outcome);
        return jn_fail(&outcome->error, result, "nothing is stored of command %s", id);
    }
    if (result)
        return result;
    outcome->position = receipt.position;
    outcome->version = receipt.version;
    outcome->repeated = true;
    memcpy(outcome->reply, receipt.reply, sizeof outcome->reply);
    return JANGLE_OK;
}

enum jangle_result jangle_outcome_of(struct jangle *jangle,
                                     const char *command_id,
                                     struct jangle_outcome *outcome)
{
    struct jangle_outcome found = {0}; /* the id may be that of the old outcome */
    enum jangle_result result = find_stored_outcome(jangle, command_id, &found);

    jn_call_end(jangle, "jangle_outcome_of", result, &found.error, NULL);
    *outcome = found;
    return result;
}
