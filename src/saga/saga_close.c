/* saga_close.c - an open turn of a saga is closed where it stands, and with it the events
 * that wait behind it: nobody will react to them, so they are only taken into the state.
 * Or what waits is tried again. */
#include "saga/saga_close.h"

#include "core/registry_find.h"
#include "dispatch/retry.h"
#include "message/event.h"
#include "saga/saga_run.h"
#include "subscription/survey.h"

/* ---- an event of the log ----------------------------------------------------- */

struct reading {
    struct jn_saga *saga;
    int64_t position;
    struct jangle_event *event;
    bool found;
    struct jangle_error *error;
};

static enum jangle_result visit_saga_event(void *context,
                                           const struct jangle_record *record)
{
    struct reading *reading = context;
    struct jn_saga *saga = reading->saga;
    const struct jangle *jangle = saga->jangle;
    const struct jangle_handler *handler =
        jn_registry_handler(&jangle->registry, &saga->type->subscriber, record->type);

    reading->found = record->position == reading->position;
    if (!reading->found || !handler)
        return jn_fail(
            reading->error, JANGLE_INVALID,
            "event %lld, which the saga has to apply, cannot be found, or this "
            "program does not know its type",
            (long long)reading->position);
    return jn_event_read(reading->event, saga->arena, record, handler->event,
                         saga->limits, reading->error);
}

/* Read one event of the log, decoded into the saga's arena. */
static enum jangle_result read_saga_event(struct jn_saga *saga,
                                          int64_t position,
                                          struct jangle_event *event,
                                          struct jangle_error *error)
{
    struct jangle_store *store = saga->jangle->store;
    struct reading reading = {
        .saga = saga, .position = position, .event = event, .error = error};
    enum jangle_result result =
        store->ops->read_all(store, position - 1, 1, visit_saga_event, &reading, error);

    if (result || reading.found)
        return result;
    return jn_fail(error, JANGLE_STORAGE,
                   "event %lld, which the saga has to apply, is not in the store",
                   (long long)position);
}

/* ---- closing ----------------------------------------------------------------- */

enum jangle_result jn_saga_close_waiting(struct jn_saga *saga, struct jangle_error *error)
{
    struct jangle_event event;
    enum jangle_result result = read_saga_event(saga, saga->turn_position, &event, error);

    return result ? result : jn_saga_close_turn(saga, &event, error);
}

/* An event that cannot be read changes no state: it is a dead letter, or will be one. */
static enum jangle_result close_one_behind(struct jn_saga *saga,
                                           int64_t position,
                                           bool *is_over,
                                           struct jangle_error *error)
{
    struct jangle_event event;
    struct jangle_error why = {0};
    enum jangle_result result = read_saga_event(saga, position, &event, &why);

    if (result == JANGLE_INVALID)
        return JANGLE_OK;
    if (result)
        return jn_fail_as(error, &why);
    *is_over = jn_saga_is_after_timeout(saga, &event, jn_host_now(&saga->jangle->host));
    if (*is_over)
        return JANGLE_OK;
    return jn_saga_take_in(saga, &event, error);
}

/* The events that wait are in order: which is the first that the saga has not
 * been given? */
static size_t first_behind(const struct jn_saga *saga, const struct jn_due_saga *waiting)
{
    size_t i = 0;

    while (i < waiting->seen.count && waiting->seen.items[i].at <= saga->position)
        i++;
    return i;
}

enum jangle_result jn_saga_close_behind(struct jn_saga *saga,
                                        const struct jn_due_saga *waiting,
                                        struct jangle_error *error)
{
    size_t i = first_behind(saga, waiting);
    enum jangle_result result = JANGLE_OK;
    bool is_over = false;

    for (; !result && !is_over && i < waiting->seen.count; i++)
        result = close_one_behind(saga, waiting->seen.items[i].at, &is_over, error);
    return result;
}

enum jangle_result jn_saga_find_earlier(struct jn_saga *saga,
                                        const struct jn_due_saga *waiting,
                                        bool *found,
                                        struct jangle_error *error)
{
    size_t i = first_behind(saga, waiting);
    struct jangle_event event;
    enum jangle_result result;

    *found = false;
    if (i == waiting->seen.count)
        return JANGLE_OK;
    result = read_saga_event(saga, waiting->seen.items[i].at, &event, error);
    if (!result)
        *found =
            !jn_saga_is_after_timeout(saga, &event, jn_host_now(&saga->jangle->host));
    return result;
}

/* ---- trying again ------------------------------------------------------------ */

/* An arena that ran out of memory gives "" for a key, under which nothing waits: so the
 * arena is checked before that is believed. */
enum jangle_result jn_saga_wake(struct jn_subscription *subscription,
                                const char *key,
                                struct jangle_arena *arena,
                                struct jangle_error *error)
{
    struct jn_row row;
    bool waits = jn_survey_row(subscription, key, &row);
    enum jangle_result result = jn_arena_check(arena, error);

    return waits && !result ? jn_retry_soon(subscription, &row, error) : result;
}
