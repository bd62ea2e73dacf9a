/* verb_show.c - the verb show: one thing with everything that is known of it. */
#include "admin/verb_show.h"
#include "admin/events.h"
#include "admin/find.h"

struct found {
    struct jangle_verb_call *call;
    int64_t count;
    int64_t faults;
};

static enum jangle_result show(void *context, const struct jangle_seen_event *event)
{
    struct found *found = context;

    if (found->count++ && !found->call->json)
        jn_bytes_text(&found->call->screen.held, "\n");
    jn_events_show(found->call, event);
    found->faults += event->fault != NULL;
    if (!jangle_verb_flush(found->call) || jangle_verb_stopped(found->call))
        return JANGLE_CANCELLED;
    return JANGLE_OK;
}

static enum jangle_exit look_for(struct found *found, const struct jn_thing *thing)
{
    struct jangle_look *look = jangle_verb_look(found->call);
    struct jangle_error error = {0};
    enum jangle_result result;

    if (!look)
        return jangle_verb_failed(found->call);
    result = jn_find_events(look, thing, true, show, found, &error);
    if (result && result != JANGLE_CANCELLED)
        return jangle_verb_complain(found->call, &error);
    if (found->count)
        return found->faults ? JANGLE_EXIT_FOUND : JANGLE_EXIT_OK;
    jangle_verb_say(found->call, "there is no `%s` in this store", thing->text);
    return JANGLE_EXIT_FOUND;
}

enum jangle_exit jn_run_show(struct jangle_verb_call *call)
{
    struct found found = {.call = call};
    enum jangle_exit status = JANGLE_EXIT_USAGE;
    const char *what = jangle_verb_argument(call, 0);
    struct jn_thing thing;

    if (!jn_thing_read(&thing, what))
        jangle_verb_say(call, "out of memory");
    else if (thing.kind == JN_THING_NAME)
        jangle_verb_say(call,
                        "show wants a position, an id or a stream, such as 1234 or "
                        "account/000174@12, and not `%s`",
                        what);
    else
        status = look_for(&found, &thing);
    jn_thing_free(&thing);
    return status;
}
