/* own_program.c - a program that has the command line: its store, its code, a verb of its
 * own, and one in the place of ours. */
#include "small_store.h"

#include <jangle/admin.h>

static const struct jangle_table_columns columns = JANGLE_TABLE_COLUMNS(
    {.name = "id"}, {.name = "big_number", .kind = JANGLE_CELL_NUMBER});

static enum jangle_exit run_count(struct jangle_verb_call *call)
{
    const struct jangle_table_cell cells[] = {{.text = jangle_verb_location(call)},
                                              {.number = 1234567}};

    if (!jangle_verb_open(call))
        return jangle_verb_failed(call);
    jangle_verb_table(call, &columns);
    (void)jangle_verb_row(call, cells);
    return JANGLE_EXIT_OK;
}

static enum jangle_exit run_help(struct jangle_verb_call *call)
{
    jangle_verb_say(call, "ask \x1b[1mann");
    return JANGLE_EXIT_FOUND;
}

static const struct jangle_admin admin = {
    .name = "own admin",
    .version = "7.0",
    .location = "bank.db",
    .config = small_store_config,
    .verbs = JANGLE_VERBS(
        {.name = "count notes",
         .arguments = "",
         .text = "count the notes",
         .needs = JANGLE_NEEDS_CODE,
         .run = run_count},
        {.name = "help", .arguments = "", .text = "say whom to ask", .run = run_help}),
};

int main(int argc, char **argv)
{
    return jangle_admin_main(&admin, argc, argv);
}
