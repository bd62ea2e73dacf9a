/* saga_close.c - an open turn is closed, and with it what waits behind it: nobody will
 * run them, so their events are only taken into the state. */
#include "saga/saga_close.h"

#include "core/registry_find.h"
#include "core/saga_match.h"
#include "message/event.h"
#include "saga/saga_run.h"
#include "saga/saga_store.h"
#include "saga/saga_time.h"

/* ---- an event of the log ----------------------------------------------------- */

struct reading {
    struct jn_saga *saga;
    struct jangle *jangle;
    int64_t position;
    struct jangle_event *event;
    bool found;
    struct jangle_error *error;
};

static enum jangle_result visit(void *context, const struct jangle_record *record)
{
    struct reading *reading = context;
    struct jn_saga *saga = reading->saga;
    const struct jangle *jangle = reading->jangle;
    const struct jangle_handler *handler =
        jn_registry_handler(&jangle->registry, &saga->type->subscriber, record->type);

    reading->found = record->position == reading->position;
    if (!reading->found || !handler)
        return jn_fail(reading->error, JANGLE_INVALID,
                       "event %lld, which the saga must take in, cannot be found",
                       (long long)reading->position);
    return jn_event_read(reading->event, saga->arena, record, handler->event,
                         &jangle->limits, reading->error);
}

static enum jangle_result read_event(struct jn_saga *saga,
                                     struct jangle *jangle,
                                     int64_t position,
                                     struct jangle_event *event,
                                     struct jangle_error *error)
{
    struct jangle_store *store = jangle->store;
    struct reading reading = {.saga = saga,
                              .jangle = jangle,
                              .position = position,
                              .event = event,
                              .error = error};
    enum jangle_result result =
        store->ops->read_all(store, position - 1, 1, visit, &reading, error);

    if (result || reading.found)
        return result;
    return jn_fail(error, JANGLE_STORAGE,
                   "event %lld, which the saga must take in, is not in the store",
                   (long long)position);
}

/* ---- closing ----------------------------------------------------------------- */

enum jangle_result jn_saga_close_waiting(struct jn_saga *saga,
                                         struct jangle *jangle,
                                         struct jangle_error *error)
{
    struct jangle_event event;
    enum jangle_result result =
        read_event(saga, jangle, saga->turn_position, &event, error);

    return result ? result : jn_saga_close_turn(saga, &event, &jangle->limits, error);
}

/* One that cannot be read is a dead letter, or will be one: nobody could react to it. */
static enum jangle_result take_in(struct jn_saga *saga,
                                  struct jangle *jangle,
                                  int64_t position,
                                  bool *is_over,
                                  struct jangle_error *error)
{
    struct jangle_event event;
    struct jangle_error why = {0};
    enum jangle_result result = read_event(saga, jangle, position, &event, &why);

    if (result == JANGLE_INVALID)
        return JANGLE_OK;
    if (result)
        return jn_fail_as(error, &why);
    *is_over = jn_saga_is_after_timeout(saga, &event, jn_host_now(&jangle->host));
    if (*is_over)
        return JANGLE_OK;
    return jn_saga_take_in(saga, &event, &jangle->limits, error);
}

enum jangle_result jn_saga_close_behind(struct jn_saga *saga,
                                        struct jangle *jangle,
                                        const struct jn_seen *seen,
                                        struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;
    bool is_over = false;

    for (size_t i = 0; !result && !is_over && i < seen->positions.count; i++)
        if (seen->positions.items[i].at > saga->position)
            result = take_in(saga, jangle, seen->positions.items[i].at, &is_over, error);
    return result;
}

/* ---- is one to come before the timeout? -------------------------------------- */

enum jangle_result jn_saga_find_earlier(struct jn_saga *saga,
                                        struct jangle *jangle,
                                        const struct jn_seen *seen,
                                        bool *found,
                                        struct jangle_error *error)
{
    struct jangle_event event;
    enum jangle_result result;
    size_t i = 0;

    *found = false;
    while (i < seen->positions.count && seen->positions.items[i].at <= saga->position)
        i++;
    if (i == seen->positions.count)
        return JANGLE_OK;
    result = read_event(saga, jangle, seen->positions.items[i].at, &event, error);
    if (!result)
        *found = !jn_saga_is_after_timeout(saga, &event, jn_host_now(&jangle->host));
    return result;
}
