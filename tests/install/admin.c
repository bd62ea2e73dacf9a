/* admin.c - a program of a stranger: it has the command line, with a verb of its own. */
#include <jangle/admin.h>

#include <stdio.h>

static const struct jangle_table_columns columns =
    JANGLE_TABLE_COLUMNS({.name = "greeting"});

static enum jangle_exit run_greet(struct jangle_verb_call *call)
{
    const struct jangle_table_cell cells[] = {{.text = jangle_verb_argument(call, 0)}};

    jangle_verb_table(call, &columns);
    jangle_verb_row(call, cells);
    return jangle_verb_option(call, "loud") ? JANGLE_EXIT_OK : JANGLE_EXIT_FOUND;
}

static const struct jangle_admin admin = {
    .name = "stranger admin",
    .verbs = JANGLE_VERBS({.name = "greet",
                           .arguments = "WHOM",
                           .text = "greet somebody",
                           .options = JANGLE_OPTIONS({"loud", 'l', NULL, "loudly", NULL}),
                           .run = run_greet}),
};

static int run(const char *first, const char *second, const char *third)
{
    char words[3][16];
    char *argv[] = {"admin", words[0], words[1], words[2], NULL};

    snprintf(words[0], sizeof words[0], "%s", first);
    snprintf(words[1], sizeof words[1], "%s", second);
    snprintf(words[2], sizeof words[2], "%s", third);
    return jangle_admin_main(&admin, *third ? 4 : 3, argv);
}

int main(void)
{
    if (run("greet", "world", "-l") != JANGLE_EXIT_OK ||
        run("greet", "world", "") != JANGLE_EXIT_FOUND ||
        run("gerte", "world", "") != JANGLE_EXIT_USAGE)
        return 1;
    return run("info", "nowhere.db", "") != JANGLE_EXIT_UNREAD;
}
