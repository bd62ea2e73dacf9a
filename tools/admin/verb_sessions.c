/* verb_sessions.c - the verb sessions: who has the store open. */
#include "admin/verb_sessions.h"
#include "admin/call.h"

#include <jangle/look.h>

/* The members of struct jangle_store_session. */
static const struct jangle_table_columns columns =
    JANGLE_TABLE_COLUMNS({.name = "number", .kind = JANGLE_CELL_NUMBER},
                         {.name = "pid"},
                         {.name = "program"},
                         {.name = "version"},
                         {.name = "opened_at", .kind = JANGLE_CELL_TIME},
                         {.name = "alive", .kind = JANGLE_CELL_FLAG});

struct list {
    struct jangle_verb_call *call;
    int64_t count;
    int64_t died;
};

/* A pid is a name and no number: it has no thousands. */
static enum jangle_result visit(void *context, const struct jangle_store_session *session)
{
    struct list *list = context;
    struct jn_bytes pid = {0};
    enum jangle_result result;

    jn_bytes_format(&pid, "%lld", (long long)session->pid);
    const struct jangle_table_cell cells[] = {
        {.number = session->number},
        {.text = session->pid ? jn_bytes_string(&pid) : NULL},
        {.text = jn_or_none(session->program)},
        {.text = jn_or_none(session->version)},
        {.number = session->opened_at.us},
        {.number = session->alive},
    };
    result = jn_verb_row(list->call, cells);
    jn_bytes_free(&pid);
    list->count++;
    list->died += !session->alive;
    return result;
}

enum jangle_exit jn_run_sessions(struct jangle_verb_call *call)
{
    struct list list = {.call = call};
    struct jangle_look *look = jangle_verb_look(call);
    struct jangle_error error = {0};
    enum jangle_exit status;

    if (!look)
        return jangle_verb_failed(call);
    jangle_verb_table(call, &columns);
    status =
        jn_verb_visited(call, jangle_look_sessions(look, visit, &list, &error), &error);
    if (status)
        return status;
    jn_verb_count(call, list.count, "session", "sessions");
    if (list.died)
        jangle_verb_say(call,
                        "a process that is not alive died without closing the "
                        "store; the next one that opens it to write recovers it");
    return JANGLE_EXIT_OK;
}
