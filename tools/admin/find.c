/* find.c - look for what was named: the events of a thing. */
#include "admin/find.h"

#include <string.h>

struct find {
    struct jangle_look *look;
    bool with_commands;
    jangle_seen_event_fn *visit;
    void *context;
    int64_t version; /* only the event of this version; 0: all that are found */
    int64_t count;
    struct jangle_error *error;
};

static enum jangle_result pass_on(void *context, const struct jangle_seen_event *event)
{
    struct find *find = context;

    if (find->version && event->version != find->version)
        return JANGLE_OK;
    find->count++;
    return find->visit(find->context, event);
}

static enum jangle_result search(struct find *find, struct jangle_event_filter filter)
{
    filter.with_commands = find->with_commands;
    return jangle_look_events(find->look, &filter, pass_on, find, NULL, find->error);
}

static enum jangle_result find_uuid(struct find *find, const char *id)
{
    enum jangle_result result =
        search(find, (struct jangle_event_filter){.event_id = id, .limit = 1});

    if (result || find->count)
        return result;
    return search(find, (struct jangle_event_filter){.causation_id = id});
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

static enum jangle_result
find_stream_named(struct find *find, const char *kind, const char *id)
{
    struct jn_bytes kind_glob = {0};
    struct jn_bytes id_glob = {0};
    enum jangle_result result =
        search(find, (struct jangle_event_filter){.kind = escape(&kind_glob, kind),
                                                  .id = escape(&id_glob, id)});

    jn_bytes_free(&kind_glob);
    jn_bytes_free(&id_glob);
    return result;
}

/* The stream of that whole name; or else, if the name ends like @12, that event. */
static enum jangle_result find_stream(struct find *find, const struct jn_thing *thing)
{
    enum jangle_result result = find_stream_named(find, thing->stream_kind, thing->id);

    if (result || find->count || !thing->id_before)
        return result;
    find->version = thing->version;
    return find_stream_named(find, thing->stream_kind, thing->id_before);
}

enum jangle_result jn_find_events(struct jangle_look *look,
                                  const struct jn_thing *thing,
                                  bool with_commands,
                                  jangle_seen_event_fn *visit,
                                  void *context,
                                  struct jangle_error *error)
{
    struct find find = {.look = look,
                        .with_commands = with_commands,
                        .visit = visit,
                        .context = context,
                        .error = error};

    switch (thing->kind) {
    case JN_THING_POSITION:
        if (!thing->position)
            return JANGLE_OK;
        return search(&find, (struct jangle_event_filter){.after = thing->position - 1,
                                                          .before = thing->position + 1,
                                                          .limit = 1});
    case JN_THING_UUID:
        return find_uuid(&find, thing->text);
    case JN_THING_STREAM:
        return find_stream(&find, thing);
    default:
        return JANGLE_OK;
    }
}
