/* verb_trace.c - the verb trace: what led to an event, and what it led to. */
#include "admin/verb_trace.h"
#include "admin/events.h"
#include "admin/find.h"
#include "admin/story.h"

enum { READ_LIMIT = 1000000 };

/* Members of struct jangle_seen_event, and where the event is in the tree. */
static const struct jangle_table_columns columns = JANGLE_TABLE_COLUMNS(
    {.name = "position", .kind = JANGLE_CELL_NUMBER},
    {.name = "depth", .kind = JANGLE_CELL_NUMBER, .shown_to = JANGLE_FOR_JSON},
    {.name = "asked_for", .kind = JANGLE_CELL_FLAG, .shown_to = JANGLE_FOR_JSON},
    {.name = "kind", .shown_to = JANGLE_FOR_JSON},
    {.name = "id", .shown_to = JANGLE_FOR_JSON},
    {.name = "version", .kind = JANGLE_CELL_NUMBER, .shown_to = JANGLE_FOR_JSON},
    {.name = "at", .kind = JANGLE_CELL_TIME},
    {.name = "event", .shown_to = JANGLE_FOR_PEOPLE},
    {.name = "stream", .shown_to = JANGLE_FOR_PEOPLE},
    {.name = "type", .shown_to = JANGLE_FOR_JSON},
    {.name = "command"},
    {.name = "by", .shown_to = JANGLE_FOR_PEOPLE},
    {.name = "cause", .kind = JANGLE_CELL_NUMBER, .shown_to = JANGLE_FOR_JSON},
    {.name = "sender", .shown_to = JANGLE_FOR_JSON},
    {.name = "actor", .shown_to = JANGLE_FOR_JSON},
    {.name = "payload", .kind = JANGLE_CELL_DATA, .shown_to = JANGLE_FOR_JSON},
    {.name = "payload", .shown_to = JANGLE_FOR_PEOPLE, .shrinks = true});

struct trace {
    struct jangle_verb_call *call;
    int64_t position; /* of the event that was asked for; 0: none was found */
    struct jn_story story;
};

/* ---- printing ------------------------------------------------------------------ */

/* Deep ones go no further to the right, or nobody could read them. */
static void
put_event(struct jn_bytes *out, const struct jn_story_event *event, bool asked)
{
    enum { DEEPEST = 12 };
    int64_t depth = event->depth < DEEPEST ? event->depth : DEEPEST;

    if (depth) {
        jn_bytes_repeat(out, ' ', 2 * (size_t)(depth - 1));
        jn_bytes_text(out, "└ ");
    }
    jn_bytes_format(out, "%s%s", event->type ? event->type : "?", asked ? " <" : "");
}

static enum jangle_result print_event(struct trace *trace,
                                      const struct jn_story_event *event,
                                      struct jn_bytes *tree,
                                      struct jn_bytes *stream)
{
    bool asked = event->position == trace->position;

    put_event(tree, event, asked);
    jn_bytes_format(stream, "%s/%s@%lld", event->kind ? event->kind : "?",
                    event->id ? event->id : "?", (long long)event->version);
    const struct jangle_table_cell cells[] = {
        {.number = event->position},
        {.number = event->depth},
        {.number = asked},
        {.text = event->kind},
        {.text = event->id},
        {.number = event->version},
        {.number = event->at.us},
        {.text = jn_bytes_string(tree)},
        {.text = jn_bytes_string(stream)},
        {.text = event->type},
        {.text = event->command},
        {.text = event->sender ? event->sender : event->actor},
        {.number = event->cause ? event->cause : JANGLE_CELL_NONE},
        {.text = event->sender},
        {.text = event->actor},
        {.text = event->payload, .size = event->payload_size},
        {.text = event->payload, .size = event->payload_size},
    };

    return jn_verb_row(trace->call, cells);
}

static enum jangle_exit print(struct trace *trace)
{
    const struct jn_story *story = &trace->story;
    const struct jangle_error none = {0};
    enum jangle_result result = JANGLE_OK;
    enum jangle_exit status;
    int64_t at = -1;

    jangle_verb_table(trace->call, &columns);
    while (!result && (at = jn_story_next(story, at)) >= 0) {
        struct jn_bytes tree = {0}, stream = {0};

        result = print_event(trace, &story->events[at], &tree, &stream);
        jn_bytes_free(&tree);
        jn_bytes_free(&stream);
    }
    status = jn_verb_visited(trace->call, result, &none);
    if (status)
        return status;
    jn_verb_count(trace->call, (int64_t)story->count, "event", "events");
    if (story->go_on)
        jangle_verb_say(trace->call,
                        "%lld records were read, up to position %lld; there may be more: "
                        "--read-limit reads further",
                        (long long)story->read, (long long)story->go_on);
    return story->faults ? JANGLE_EXIT_FOUND : JANGLE_EXIT_OK;
}

/* ---- looking -------------------------------------------------------------------- */

static enum jangle_result note_position(void *context,
                                        const struct jangle_seen_event *event)
{
    struct trace *trace = context;

    trace->position = event->position;
    return JANGLE_OK;
}

static bool is_stopped(const void *context)
{
    return jangle_verb_stopped(context);
}

static enum jangle_exit
look_for(struct trace *trace, const struct jn_thing *thing, int64_t read_limit)
{
    struct jangle_look *look = jangle_verb_look(trace->call);
    struct jangle_error error = {0};
    enum jangle_result result;

    if (!look)
        return jangle_verb_failed(trace->call);
    result = jn_find_events(look, thing, false, note_position, trace, &error);
    if (!result && !trace->position) {
        jangle_verb_say(trace->call, "there is no `%s` in this store", thing->text);
        return JANGLE_EXIT_FOUND;
    }
    if (!result)
        result = jn_story_gather(&trace->story, look, trace->position, read_limit,
                                 is_stopped, trace->call, &error);
    if (result)
        return jn_verb_visited(trace->call, result, &error);
    return print(trace);
}

enum jangle_exit jn_run_trace(struct jangle_verb_call *call)
{
    struct trace trace = {.call = call};
    const char *what = jangle_verb_argument(call, 0);
    enum jangle_exit status = JANGLE_EXIT_USAGE;
    struct jn_thing thing;
    int64_t read_limit;

    if (!jn_thing_read(&thing, what))
        jangle_verb_say(call, "out of memory");
    else if (thing.kind == JN_THING_NAME)
        jangle_verb_say(call,
                        "trace wants a position, an id or an event of a stream, such as "
                        "1234 or account/000174@12, and not `%s`",
                        what);
    else if (jn_events_number(call, "read-limit", READ_LIMIT, &read_limit))
        status = look_for(&trace, &thing, read_limit);
    jn_story_free(&trace.story);
    jn_thing_free(&thing);
    return status;
}
