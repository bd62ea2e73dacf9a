/* verb_show.c - the verb show: one thing with everything that is known of it. */
#include "admin/verb_show.h"
#include "admin/events.h"

#include <string.h>

struct found {
    struct jangle_verb_call *call;
    struct jangle_look *look;
    int64_t version; /* show only the event of this version; 0: all that are found */
    int64_t count;
    int64_t faults;
};

static enum jangle_result show(void *context, const struct jangle_seen_event *event)
{
    struct found *found = context;

    if (found->version && event->version != found->version)
        return JANGLE_OK;
    if (found->count++ && !found->call->json)
        jn_bytes_text(&found->call->screen.held, "\n");
    jn_events_show(found->call, event);
    found->faults += event->fault != NULL;
    if (!jangle_verb_flush(found->call) || jangle_verb_stopped(found->call))
        return JANGLE_CANCELLED;
    return JANGLE_OK;
}

static enum jangle_result search_for(struct found *found,
                                     const struct jangle_event_filter *filter,
                                     struct jangle_error *error)
{
    enum jangle_result result =
        jangle_look_events(found->look, filter, show, found, NULL, error);

    return result == JANGLE_CANCELLED ? JANGLE_OK : result;
}

/* An event, or else the events of a command. */
static enum jangle_result
show_uuid(struct found *found, const char *id, struct jangle_error *error)
{
    const struct jangle_event_filter event = {.event_id = id, .limit = 1};
    const struct jangle_event_filter command = {.causation_id = id};

    if (search_for(found, &event, error) || found->count)
        return error->result;
    return search_for(found, &command, error);
}

/* A filter takes names for globs, and here they are names. */
static const char *escape(struct jn_bytes *out, const char *name)
{
    for (; *name; name++) {
        if (strchr("*?[\\", *name))
            jn_bytes_text(out, "\\");
        jn_bytes_put(out, name, 1);
    }
    return jn_bytes_string(out);
}

static enum jangle_result show_stream_named(struct found *found,
                                            const char *kind,
                                            const char *id,
                                            struct jangle_error *error)
{
    struct jn_bytes kind_glob = {0};
    struct jn_bytes id_glob = {0};
    const struct jangle_event_filter filter = {.kind = escape(&kind_glob, kind),
                                               .id = escape(&id_glob, id)};
    enum jangle_result result = search_for(found, &filter, error);

    jn_bytes_free(&kind_glob);
    jn_bytes_free(&id_glob);
    return result;
}

/* The stream of that whole name; or else, if the name ends like @12, that event. */
static enum jangle_result
show_stream(struct found *found, const struct jn_thing *thing, struct jangle_error *error)
{
    if (show_stream_named(found, thing->stream_kind, thing->id, error) || found->count ||
        !thing->id_before)
        return error->result;
    found->version = thing->version;
    return show_stream_named(found, thing->stream_kind, thing->id_before, error);
}

static enum jangle_result
show_thing(struct found *found, const struct jn_thing *thing, struct jangle_error *error)
{
    const struct jangle_event_filter at = {
        .after = thing->position - 1, .before = thing->position + 1, .limit = 1};

    switch (thing->kind) {
    case JN_THING_POSITION:
        return thing->position ? search_for(found, &at, error) : JANGLE_OK;
    case JN_THING_UUID:
        return show_uuid(found, thing->text, error);
    case JN_THING_STREAM:
        return show_stream(found, thing, error);
    default:
        return JANGLE_OK;
    }
}

static enum jangle_exit look_for(struct found *found, const struct jn_thing *thing)
{
    struct jangle_error error = {0};

    found->look = jangle_verb_look(found->call);
    if (!found->look)
        return jangle_verb_failed(found->call);
    if (show_thing(found, thing, &error))
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
