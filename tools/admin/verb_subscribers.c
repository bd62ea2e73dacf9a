/* verb_subscribers.c - the verbs subscribers and views: how far each of them is. */
#include "admin/verb_subscribers.h"
#include "admin/call.h"
#include "admin/state_name.h"

#include <jangle/look.h>

#include <string.h>

/* The members of struct jangle_subscriber_facts; and how people see some of them. */
static const struct jangle_table_columns columns = JANGLE_TABLE_COLUMNS(
    {.name = "name"},
    {.name = "state"},
    {.name = "since", .kind = JANGLE_CELL_TIME, .shown_to = JANGLE_FOR_JSON},
    {.name = "reason", .shown_to = JANGLE_FOR_JSON},
    {.name = "paused_by", .shown_to = JANGLE_FOR_JSON},
    {.name = "is_view", .kind = JANGLE_CELL_FLAG, .shown_to = JANGLE_FOR_JSON},
    {.name = "position", .kind = JANGLE_CELL_NUMBER},
    {.name = "lag", .kind = JANGLE_CELL_NUMBER},
    {.name = "lag_ms", .kind = JANGLE_CELL_NUMBER, .shown_to = JANGLE_FOR_JSON},
    {.name = "age", .shown_to = JANGLE_FOR_PEOPLE},
    {.name = "parked", .kind = JANGLE_CELL_NUMBER},
    {.name = "dead", .kind = JANGLE_CELL_NUMBER},
    {.name = "next_at", .kind = JANGLE_CELL_TIME, .shown_to = JANGLE_FOR_JSON},
    {.name = "open_sagas", .kind = JANGLE_CELL_NUMBER, .shown_to = JANGLE_FOR_JSON},
    {.name = "parked_sagas", .kind = JANGLE_CELL_NUMBER, .shown_to = JANGLE_FOR_JSON},
    {.name = "incomplete", .kind = JANGLE_CELL_FLAG, .shown_to = JANGLE_FOR_JSON},
    {.name = "fault", .shown_to = JANGLE_FOR_JSON},
    {.name = "reason", .shown_to = JANGLE_FOR_PEOPLE, .shrinks = true});

struct list {
    struct jangle_verb_call *call;
    const char *name; /* only this one; NULL: all */
    bool views;       /* only views */
    int64_t count;
    int64_t faults;
};

static enum jangle_result
print(struct list *list, const struct jangle_subscriber_facts *facts, const char *age)
{
    const struct jangle_table_cell cells[] = {
        {.text = facts->name},
        {.text = jn_state_name(facts->state)},
        {.number = facts->since.us},
        {.text = jn_or_none(facts->reason)},
        {.text = jn_or_none(facts->paused_by)},
        {.number = facts->is_view},
        {.number = facts->position},
        {.number = facts->lag},
        {.number = facts->lag_ms},
        {.text = jn_or_none(age)},
        {.number = facts->parked},
        {.number = facts->dead},
        {.number = facts->next_at.us},
        {.number = facts->open_sagas},
        {.number = facts->parked_sagas},
        {.number = facts->incomplete},
        {.text = facts->fault},
        {.text = facts->fault ? facts->fault : jn_or_none(facts->reason)},
    };

    return jn_verb_row(list->call, cells);
}

static enum jangle_result visit(void *context,
                                const struct jangle_subscriber_facts *facts)
{
    struct list *list = context;
    struct jn_bytes age = {0};
    enum jangle_result result;

    if ((list->views && !facts->is_view) ||
        (list->name && strcmp(list->name, facts->name) != 0))
        return JANGLE_OK;
    if (facts->lag_ms)
        jn_state_put_age(&age, facts->lag_ms);
    result = print(list, facts, jn_bytes_string(&age));
    jn_bytes_free(&age);
    list->count++;
    list->faults += facts->fault != NULL;
    return result;
}

static enum jangle_exit run(struct jangle_verb_call *call, bool views)
{
    struct list list = {
        .call = call, .name = jangle_verb_argument(call, 0), .views = views};
    struct jangle_look *look = jangle_verb_look(call);
    struct jangle_error error = {0};
    enum jangle_result result;
    enum jangle_exit status;

    if (!look)
        return jangle_verb_failed(call);
    jangle_verb_table(call, &columns);
    result = jangle_look_subscribers(look, visit, &list, &error);
    status = jn_verb_visited(call, result, &error);
    if (status)
        return status;
    if (list.name && !list.count) {
        jangle_verb_say(call, "the store knows no %s `%s`", views ? "view" : "subscriber",
                        list.name);
        return JANGLE_EXIT_FOUND;
    }
    jn_verb_count(call, list.count, views ? "view" : "subscriber",
                  views ? "views" : "subscribers");
    return list.faults ? JANGLE_EXIT_FOUND : JANGLE_EXIT_OK;
}

enum jangle_exit jn_run_subscribers(struct jangle_verb_call *call)
{
    return run(call, false);
}

enum jangle_exit jn_run_views(struct jangle_verb_call *call)
{
    return run(call, true);
}
