/* verb_streams.c - the verb streams: lists streams. */
#include "admin/verb_streams.h"
#include "admin/events.h"
#include "admin/known.h"

#include <fnmatch.h>

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
    const char *kind; /* a glob, which a look has no filter for; NULL: it filters */
    int64_t limit;    /* of those that fit `kind`; 0: no end */
    int64_t count;
    int64_t faults;
};

static bool is_full(const struct list *list)
{
    return list->limit && list->count >= list->limit;
}

static enum jangle_result visit(void *context, const struct jangle_stream_facts *stream)
{
    struct list *list = context;
    enum jangle_result result;
    const struct jangle_table_cell cells[] = {
        {.text = stream->kind},          {.text = stream->id},
        {.number = stream->version},     {.number = stream->last_position},
        {.number = stream->first_at.us}, {.number = stream->last_at.us},
        {.text = stream->fault},
    };

    if (list->kind && fnmatch(list->kind, stream->kind ? stream->kind : "", 0) != 0)
        return jangle_verb_stopped(list->call) ? JANGLE_CANCELLED : JANGLE_OK;
    list->count++;
    list->faults += stream->fault != NULL;
    result = jn_verb_row(list->call, cells);
    return !result && is_full(list) ? JANGLE_CANCELLED : result;
}

static enum jangle_exit end(struct list *list,
                            const struct jangle_stream_filter *filter,
                            enum jangle_result result,
                            const struct jangle_error *error)
{
    enum jangle_exit status = jn_verb_visited(list->call, result, error);

    if (!status && !list->count && !result)
        status = jn_known_stream(list->call, filter->kind, filter->id);
    if (status)
        return status;
    jn_verb_count(list->call, list->count, "stream", "streams");
    return list->faults ? JANGLE_EXIT_FOUND : JANGLE_EXIT_OK;
}

static enum jangle_result ignore(void *context, const struct jangle_seen_event *event)
{
    (void)context;
    (void)event;
    return JANGLE_OK;
}

/* A filter of events takes a glob for a kind, and says what is wrong with it. */
static enum jangle_result
check_glob(struct jangle_look *look, const char *kind, struct jangle_error *error)
{
    const struct jangle_event_filter filter = {.kind = kind, .limit = 1, .read_limit = 1};

    return jangle_look_events(look, &filter, ignore, NULL, NULL, error);
}

static enum jangle_exit list_streams(struct jangle_verb_call *call,
                                     struct jangle_stream_filter *filter)
{
    struct jangle_look *look = jangle_verb_look(call);
    struct list list = {.call = call};
    struct jangle_error error = {0};
    enum jangle_result result = JANGLE_OK;

    if (!look)
        return jangle_verb_failed(call);
    jangle_verb_table(call, &columns);
    if (filter->kind && jn_known_is_glob(filter->kind)) {
        list.kind = filter->kind;
        list.limit = filter->limit;
        filter->kind = NULL;
        filter->limit = 0;
        result = check_glob(look, list.kind, &error);
    }
    if (!result)
        result = jangle_look_streams(look, filter, visit, &list, &error);
    return end(&list, filter, result, &error);
}

/* A stream that was typed as a name, or for `whole`, which is --after, as a kind and an
 * id alone. */
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
    if (whole)
        jangle_verb_say(call,
                        "--after wants the whole name of a stream, such as "
                        "account/000174, and not `%s`",
                        typed);
    else
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
