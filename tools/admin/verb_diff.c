/* verb_diff.c - the verb diff: where two stores part, and what each has beyond that. */
#include "admin/verb_diff.h"
#include "admin/call.h"
#include "admin/compare.h"

/* One line a store. */
static const struct jangle_table_columns columns = JANGLE_TABLE_COLUMNS(
    {.name = "location"},
    {.name = "store_id", .shown_to = JANGLE_FOR_JSON},
    {.name = "position", .kind = JANGLE_CELL_NUMBER},
    {.name = "differs_from", .kind = JANGLE_CELL_NUMBER, .shown_to = JANGLE_FOR_JSON},
    {.name = "beyond", .kind = JANGLE_CELL_NUMBER},
    {.name = "from", .kind = JANGLE_CELL_TIME},
    {.name = "to", .kind = JANGLE_CELL_TIME},
    {.name = "stream", .shown_to = JANGLE_FOR_PEOPLE},
    {.name = "kind", .shown_to = JANGLE_FOR_JSON},
    {.name = "id", .shown_to = JANGLE_FOR_JSON},
    {.name = "version", .kind = JANGLE_CELL_NUMBER, .shown_to = JANGLE_FOR_JSON},
    {.name = "type", .shrinks = true});

struct diff {
    struct jangle_verb_call *call;
    struct jn_side sides[2];
    struct jangle_store_facts facts[2];
    int64_t
        same_until; /* the last position at which they are equal, as far as is known */
    int64_t beyond[2];
};

static bool is_stopped(const void *context)
{
    return jangle_verb_stopped(context);
}

/* ---- printing -------------------------------------------------------------------- */

struct line {
    struct diff *diff;
    int side;
    bool printed;
};

static enum jangle_result print_line(struct line *line,
                                     const struct jangle_seen_event *event,
                                     struct jn_bytes *stream)
{
    const struct jangle_store_facts *facts = &line->diff->facts[line->side];
    int64_t beyond = line->diff->beyond[line->side];

    if (event)
        jn_bytes_format(stream, "%s/%s@%lld", event->kind ? event->kind : "?",
                        event->id ? event->id : "?", (long long)event->version);
    const struct jangle_table_cell cells[] = {
        {.text = facts->location},
        {.text = *facts->store_id ? facts->store_id : NULL},
        {.number = facts->position},
        {.number = beyond ? line->diff->same_until + 1 : JANGLE_CELL_NONE},
        {.number = beyond},
        {.number = event ? event->at.us : 0},
        {.number = event ? facts->last_at.us : 0},
        {.text = event ? jn_bytes_string(stream) : NULL},
        {.text = event ? event->kind : NULL},
        {.text = event ? event->id : NULL},
        {.number = event ? event->version : JANGLE_CELL_NONE},
        {.text = event ? event->type : NULL},
    };

    line->printed = true;
    return jn_verb_row(line->diff->call, cells);
}

static enum jangle_result print_event(void *context,
                                      const struct jangle_seen_event *event)
{
    struct jn_bytes stream = {0};
    enum jangle_result result = print_line(context, event, &stream);

    jn_bytes_free(&stream);
    return result;
}

/* With the first event that the other side does not have. */
static enum jangle_result
print_side(struct diff *diff, int side, struct jangle_error *error)
{
    const struct jangle_event_filter beyond = {.after = diff->same_until, .limit = 1};
    struct line line = {.diff = diff, .side = side};
    struct jn_bytes stream = {0};
    enum jangle_result result = JANGLE_OK;

    if (diff->beyond[side])
        result = jangle_look_events(diff->sides[side].look, &beyond, print_event, &line,
                                    NULL, error);
    if (!result && !line.printed)
        result = print_line(&line, NULL, &stream);
    jn_bytes_free(&stream);
    return result;
}

static enum jangle_exit print(struct diff *diff, int64_t differs)
{
    struct jangle_error error = {0};
    enum jangle_result result = JANGLE_OK;
    enum jangle_exit status;

    jangle_verb_table(diff->call, &columns);
    for (int side = 0; !result && side < 2; side++)
        result = print_side(diff, side, &error);
    status = jn_verb_visited(diff->call, result, &error);
    if (status)
        return status;
    if (differs)
        jangle_verb_say(diff->call, "they part at position %lld", (long long)differs);
    else if (diff->beyond[0] || diff->beyond[1])
        jangle_verb_say(diff->call, "all that the shorter one has is in the longer one");
    else if (jangle_verb_option(diff->call, "all"))
        jangle_verb_say(diff->call, "both have the same events");
    else
        jangle_verb_say(diff->call,
                        "both have the same last event, and so the same events, if one "
                        "is a copy of the other; --all compares each of them");
    return diff->beyond[0] || diff->beyond[1] ? JANGLE_EXIT_FOUND : JANGLE_EXIT_OK;
}

/* ---- comparing -------------------------------------------------------------------- */

/* What is stored meanwhile lies behind the head, and is not compared. */
static enum jangle_result
read_side(struct diff *diff, int side, struct jangle_error *error)
{
    struct jn_side *at = &diff->sides[side];
    enum jangle_result result = jangle_look_store(at->look, &diff->facts[side], error);

    at->head = diff->facts[side].position;
    if (!result && at->head < 0)
        result = jangle_error_set(error, JANGLE_STORAGE,
                                  "%s: its last event cannot be read; `%s verify` says "
                                  "what is damaged",
                                  diff->facts[side].location, diff->call->admin->name);
    return result;
}

static enum jangle_exit compare(struct diff *diff)
{
    struct jn_side *one = &diff->sides[0], *other = &diff->sides[1];
    bool all = jangle_verb_option(diff->call, "all");
    struct jangle_error error = {0};
    int64_t differs = 0;
    enum jangle_result result = read_side(diff, 0, &error);

    if (!result)
        result = read_side(diff, 1, &error);
    if (!result)
        result = jn_compare(one, other, all, is_stopped, diff->call, &differs, &error);
    if (result)
        return jn_verb_visited(diff->call, result, &error);
    diff->same_until =
        differs ? differs - 1 : (one->head < other->head ? one->head : other->head);
    diff->beyond[0] = one->head - diff->same_until;
    diff->beyond[1] = other->head - diff->same_until;
    return print(diff, differs);
}

enum jangle_exit jn_run_diff(struct jangle_verb_call *call)
{
    const char *path = jangle_verb_argument(call, 0);
    struct jangle_storage storage = jangle_sqlite(path);
    struct jangle_look_options options = {.frozen = jangle_verb_option(call, "frozen")};
    struct diff diff = {.call = call};
    struct jangle_error error = {0};
    enum jangle_exit status;

    diff.sides[0].look = jangle_verb_look(call);
    if (!diff.sides[0].look)
        return jangle_verb_failed(call);
    diff.sides[1].look = jangle_look_open(&storage, &options, &error);
    if (!diff.sides[1].look) {
        jangle_verb_complain(call, &error);
        return JANGLE_EXIT_UNREAD;
    }
    status = compare(&diff);
    jangle_look_close(diff.sides[1].look);
    return status;
}
