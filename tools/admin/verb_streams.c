/* verb_streams.c - the verb streams: lists streams. */
#include "admin/verb_streams.h"
#include "admin/events.h"

static const struct jangle_table_columns columns = JANGLE_TABLE_COLUMNS(
    {.name = "kind"},
    {.name = "id", .shrinks = true},
    {.name = "version", .kind = JANGLE_CELL_NUMBER},
    {.name = "last_position", .kind = JANGLE_CELL_NUMBER},
    {.name = "first_at", .kind = JANGLE_CELL_TIME, .shown_to = JANGLE_FOR_JSON},
    {.name = "last_at", .kind = JANGLE_CELL_TIME},
    {.name = "fault"});

struct list {
    struct jangle_verb_call *call;
    int64_t count;
    int64_t faults;
};

static enum jangle_result visit(void *context, const struct jangle_stream_facts *stream)
{
    struct list *list = context;
    const struct jangle_table_cell cells[] = {
        {.text = stream->kind},          {.text = stream->id},
        {.number = stream->version},     {.number = stream->last_position},
        {.number = stream->first_at.us}, {.number = stream->last_at.us},
        {.text = stream->fault},
    };

    list->count++;
    list->faults += stream->fault != NULL;
    return jn_verb_row(list->call, cells);
}

static enum jangle_exit
end(struct list *list, enum jangle_result result, const struct jangle_error *error)
{
    enum jangle_exit status = jn_verb_visited(list->call, result, error);

    if (status)
        return status;
    jn_verb_count(list->call, list->count, "stream", "streams");
    return list->faults ? JANGLE_EXIT_FOUND : JANGLE_EXIT_OK;
}

static enum jangle_exit list_streams(struct jangle_verb_call *call,
                                     const struct jangle_stream_filter *filter)
{
    struct jangle_look *look = jangle_verb_look(call);
    struct list list = {.call = call};
    struct jangle_error error = {0};
    enum jangle_result result;

    if (!look)
        return jangle_verb_failed(call);
    jangle_verb_table(call, &columns);
    result = jangle_look_streams(look, filter, visit, &list, &error);
    return end(&list, result, &error);
}

/* A stream that was typed as a name, or for `whole` as a kind and an id alone. */
static bool read_name(const struct jangle_verb_call *call,
                      struct jn_thing *thing,
                      const char *typed,
                      bool whole)
{
    if (!jn_thing_read(thing, typed)) {
        jangle_verb_say(call, "out of memory");
        return false;
    }
    if (thing->kind == JN_THING_STREAM || (thing->kind == JN_THING_NAME && !whole))
        return true;
    jangle_verb_say(call,
                    "streams wants a kind or a stream, such as account or "
                    "account/0001*, and not `%s`",
                    typed);
    return false;
}

static bool read_filter(const struct jangle_verb_call *call,
                        struct jn_thing *stream,
                        struct jn_thing *after,
                        struct jangle_stream_filter *filter)
{
    const char *typed = jangle_verb_argument(call, 0);
    const char *behind = jangle_verb_option(call, "after");

    if (typed && !read_name(call, stream, typed, false))
        return false;
    if (behind && !read_name(call, after, behind, true))
        return false;
    filter->kind = typed && !stream->id ? typed : stream->stream_kind;
    filter->id = stream->id;
    filter->after_kind = after->stream_kind;
    filter->after_id = after->id;
    return jn_events_number(call, "limit", 0, &filter->limit);
}

enum jangle_exit jn_run_streams(struct jangle_verb_call *call)
{
    struct jangle_stream_filter filter = {0};
    struct jn_thing stream = {0};
    struct jn_thing after = {0};
    enum jangle_exit status = JANGLE_EXIT_USAGE;

    if (read_filter(call, &stream, &after, &filter))
        status = list_streams(call, &filter);
    jn_thing_free(&stream);
    jn_thing_free(&after);
    return status;
}
