/* verb_commands.c - the verb commands: what is stored of a command id. */
#include "admin/verb_commands.h"
#include "admin/call.h"

#include <jangle/look.h>

/* The members of struct jangle_outcome. */
static const struct jangle_table_columns columns =
    JANGLE_TABLE_COLUMNS({.name = "command_id"},
                         {.name = "result"},
                         {.name = "position", .kind = JANGLE_CELL_NUMBER},
                         {.name = "version", .kind = JANGLE_CELL_NUMBER},
                         {.name = "reply"});

static void show_outcome(struct jangle_verb_call *call,
                         const char *id,
                         const struct jangle_outcome *outcome)
{
    const struct jangle_table_cell cells[] = {
        {.text = id},
        {.text = jangle_result_name(outcome->error.result)},
        {.number = outcome->position},
        {.number = outcome->version},
        {.text = *outcome->reply ? outcome->reply : NULL},
    };

    jangle_verb_facts(call, &columns, cells);
}

enum jangle_exit jn_run_commands(struct jangle_verb_call *call)
{
    const char *id = jangle_verb_argument(call, 0);
    struct jangle_look *look = jangle_verb_look(call);
    struct jangle_outcome outcome;

    if (!look)
        return jangle_verb_failed(call);
    if (jangle_look_command(look, id, &outcome))
        return jangle_verb_complain(call, &outcome.error);
    show_outcome(call, id, &outcome);
    return JANGLE_EXIT_OK;
}
