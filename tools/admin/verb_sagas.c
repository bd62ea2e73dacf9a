/* verb_sagas.c - the verb sagas: those that are open or wait for a person, and the steps
 * of one. */
#include "admin/verb_sagas.h"
#include "admin/events.h"
#include "admin/known.h"
#include "admin/safe.h"

#include <inttypes.h>
#include <string.h>

/* The members of struct jangle_saga_info. */
static const struct jangle_table_columns columns = JANGLE_TABLE_COLUMNS(
    {.name = "saga"},
    {.name = "id"},
    {.name = "status"},
    {.name = "position", .kind = JANGLE_CELL_NUMBER, .shown_to = JANGLE_FOR_JSON},
    {.name = "turn_at", .kind = JANGLE_CELL_TIME, .shown_to = JANGLE_FOR_JSON},
    {.name = "turn_position", .kind = JANGLE_CELL_NUMBER, .shown_to = JANGLE_FOR_JSON},
    {.name = "attempts", .kind = JANGLE_CELL_NUMBER, .shown_to = JANGLE_FOR_JSON},
    {.name = "timeout_at", .kind = JANGLE_CELL_TIME},
    {.name = "state", .kind = JANGLE_CELL_DATA, .shown_to = JANGLE_FOR_JSON},
    {.name = "reason", .shrinks = true});

/* One saga for itself. People see its steps in a table of their own. */
static const struct jangle_table_columns whole = JANGLE_TABLE_COLUMNS(
    {.name = "saga"},
    {.name = "id"},
    {.name = "status"},
    {.name = "position", .kind = JANGLE_CELL_NUMBER},
    {.name = "turn_at", .kind = JANGLE_CELL_TIME},
    {.name = "turn_position", .kind = JANGLE_CELL_NUMBER},
    {.name = "attempts", .kind = JANGLE_CELL_NUMBER},
    {.name = "timeout_at", .kind = JANGLE_CELL_TIME},
    {.name = "state", .kind = JANGLE_CELL_DATA},
    {.name = "reason"},
    {.name = "turn_step_count", .kind = JANGLE_CELL_NUMBER},
    {.name = "steps", .kind = JANGLE_CELL_DATA, .shown_to = JANGLE_FOR_JSON});

static const struct jangle_table_columns steps =
    JANGLE_TABLE_COLUMNS({.name = "step", .kind = JANGLE_CELL_NUMBER},
                         {.name = "kind"},
                         {.name = "type"},
                         {.name = "result"},
                         {.name = "position", .kind = JANGLE_CELL_NUMBER},
                         {.name = "version", .kind = JANGLE_CELL_NUMBER},
                         {.name = "reply", .shrinks = true});

struct list {
    struct jangle_verb_call *call;
    int64_t count;
    int64_t parked;
};

static const char *status_name(enum jangle_saga_status status)
{
    switch (status) {
#define STATUS(name, number, text)                                                       \
    case JANGLE_SAGA_##name:                                                             \
        return #name;
        JANGLE_SAGA_STATUSES(STATUS)
#undef STATUS
    }
    return NULL;
}

static const char *step_name(enum jangle_step_kind kind)
{
    switch (kind) {
#define STEP(name, number)                                                               \
    case JANGLE_STEP_##name:                                                             \
        return #name;
        JANGLE_STEP_KINDS(STEP)
#undef STEP
    }
    return NULL;
}

static enum jangle_result visit(void *context, const struct jangle_saga_info *info)
{
    struct list *list = context;
    const struct jangle_table_cell cells[] = {
        {.text = info->saga},
        {.text = info->id},
        {.text = status_name(info->status)},
        {.number = info->position},
        {.number = info->turn_at.us},
        {.number = info->turn_position},
        {.number = info->attempts},
        {.number = info->timeout_at.us},
        {.text = info->state},
        {.text = info->reason},
    };

    list->count++;
    list->parked += info->status == JANGLE_SAGA_PARKED;
    return jn_verb_row(list->call, cells);
}

/* ---- one, with its steps ---------------------------------------------------------- */

static void put_member(struct jn_bytes *out, const char *name, const char *text)
{
    jn_bytes_format(out, "%s\"%s\":", strcmp(name, "kind") == 0 ? "" : ",", name);
    if (text)
        jn_safe_json_string(out, text, strlen(text));
    else
        jn_bytes_text(out, "null");
}

static void put_steps(struct jn_bytes *out, const struct jangle_saga_info *info)
{
    jn_bytes_text(out, "[");
    for (size_t i = 0; i < info->step_count; i++) {
        const struct jangle_saga_step *step = &info->steps[i];

        jn_bytes_text(out, i ? ",{" : "{");
        put_member(out, "kind", step_name(step->kind));
        put_member(out, "type", step->type);
        put_member(out, "result", jangle_result_name(step->result));
        put_member(out, "reply", step->reply);
        jn_bytes_format(out, ",\"position\":%" PRId64 ",\"version\":%" PRId64 "}",
                        step->position, step->version);
    }
    jn_bytes_text(out, "]");
}

static enum jangle_result print_steps(struct jangle_verb_call *call,
                                      const struct jangle_saga_info *info)
{
    enum jangle_result result = JANGLE_OK;

    if (call->json || !info->step_count)
        return result;
    jn_bytes_text(&call->screen.held, "\n");
    jangle_verb_table(call, &steps);
    for (size_t i = 0; i < info->step_count && !result; i++) {
        const struct jangle_saga_step *step = &info->steps[i];
        const struct jangle_table_cell cells[] = {
            {.number = (int64_t)i + 1},
            {.text = step_name(step->kind)},
            {.text = step->type},
            {.text = jangle_result_name(step->result)},
            {.number = step->position ? step->position : JANGLE_CELL_NONE},
            {.number = step->version ? step->version : JANGLE_CELL_NONE},
            {.text = step->reply},
        };

        result = jn_verb_row(call, cells);
    }
    return result;
}

static enum jangle_result show(void *context, const struct jangle_saga_info *info)
{
    struct list *list = context;
    struct jn_bytes of_json = {0};

    put_steps(&of_json, info);
    const struct jangle_table_cell cells[] = {
        {.text = info->saga},
        {.text = info->id},
        {.text = status_name(info->status)},
        {.number = info->position},
        {.number = info->turn_at.us},
        {.number = info->turn_position},
        {.number = info->attempts},
        {.number = info->timeout_at.us},
        {.text = info->state},
        {.text = info->reason},
        {.number = info->turn_step_count},
        {.text = jn_bytes_string(&of_json)},
    };
    jangle_verb_facts(list->call, &whole, cells);
    jn_bytes_free(&of_json);
    list->count++;
    list->parked += info->status == JANGLE_SAGA_PARKED;
    return print_steps(list->call, info);
}

/* ---- the verb --------------------------------------------------------------------- */

static enum jangle_exit run(struct jangle_verb_call *call,
                            const struct jangle_saga_filter *filter)
{
    struct jangle_look *look = jangle_verb_look(call);
    struct list list = {.call = call};
    struct jangle_error error = {0};
    enum jangle_result result;
    enum jangle_exit status;

    if (!look)
        return jangle_verb_failed(call);
    if (!filter->id)
        jangle_verb_table(call, &columns);
    result = jangle_look_sagas(look, filter, filter->id ? show : visit, &list, &error);
    status = jn_verb_visited(call, result, &error);
    if (!status && !result && !list.count)
        status = jn_known_saga(call, filter->saga);
    if (status)
        return status;
    if (!filter->id)
        jn_verb_count(call, list.count, "saga", "sagas");
    return list.parked ? JANGLE_EXIT_FOUND : JANGLE_EXIT_OK;
}

enum jangle_exit jn_run_sagas(struct jangle_verb_call *call)
{
    struct jangle_saga_filter filter = {.finished = jangle_verb_option(call, "finished"),
                                        .after_id = jangle_verb_option(call, "after")};
    const char *typed = jangle_verb_argument(call, 0);
    struct jn_thing thing = {0};
    enum jangle_exit status = JANGLE_EXIT_USAGE;

    if (typed && !jn_thing_read(&thing, typed)) {
        jangle_verb_say(call, "out of memory");
    } else if (jn_events_number(call, "limit", 0, &filter.limit)) {
        filter.saga = thing.id ? thing.stream_kind : typed;
        filter.id = thing.id;
        filter.finished |= filter.id != NULL;
        status = run(call, &filter);
    }
    jn_thing_free(&thing);
    return status;
}
