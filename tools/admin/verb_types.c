/* verb_types.c - the verb types: what the programs of a store are made of. */
#include "admin/verb_types.h"
#include "admin/call.h"
#include "admin/suggest.h"

#include <jangle/look.h>

#include <string.h>

/* The members of struct jangle_catalogue_entry. */
static const struct jangle_table_columns columns =
    JANGLE_TABLE_COLUMNS({.name = "kind"},
                         {.name = "name"},
                         {.name = "version", .kind = JANGLE_CELL_NUMBER},
                         {.name = "program"},
                         {.name = "first_seen", .kind = JANGLE_CELL_TIME},
                         {.name = "gone_at", .kind = JANGLE_CELL_TIME},
                         {.name = "facts", .kind = JANGLE_CELL_DATA, .shrinks = true});

static const struct kind {
    enum jangle_catalogue_kind kind;
    const char *name;
} kinds[] = {
#define KIND(name_, number, text) {JANGLE_CATALOGUE_##name_, text},
    JANGLE_CATALOGUE_KINDS(KIND)
#undef KIND
};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

struct list {
    struct jangle_verb_call *call;
    const struct kind *only; /* NULL: all */
    int64_t count;
};

/* NULL: a later version of jangle has stored it. */
static const char *name_of(enum jangle_catalogue_kind kind)
{
    for (int i = 0; i < KIND_COUNT; i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return NULL;
}

static enum jangle_result visit(void *context, const struct jangle_catalogue_entry *entry)
{
    struct list *list = context;
    const struct jangle_table_cell cells[] = {
        {.text = name_of(entry->kind)},
        {.text = entry->name},
        {.number = entry->version ? entry->version : JANGLE_CELL_NONE},
        {.text = *entry->program ? entry->program : NULL},
        {.number = entry->first_seen.us},
        {.number = entry->gone_at.us},
        {.text = entry->facts, .size = strlen(entry->facts)},
    };

    if (list->only && list->only->kind != entry->kind)
        return JANGLE_OK;
    list->count++;
    return jn_verb_row(list->call, cells);
}

/* False: the kind that was typed is none. */
static bool choose(struct list *list, const char *typed)
{
    struct jn_suggestion suggestion = {.typed = typed};

    for (int i = 0; typed && i < KIND_COUNT; i++) {
        jn_suggest_offer(&suggestion, kinds[i].name);
        if (!strcmp(kinds[i].name, typed))
            list->only = &kinds[i];
    }
    if (!typed || list->only)
        return true;
    if (suggestion.best)
        jangle_verb_say(list->call, "there is no kind `%s`: did you mean `%s`?", typed,
                        suggestion.best);
    else
        jangle_verb_say(list->call,
                        "there is no kind `%s`, but struct, command, event, "
                        "query, aggregate, handler, view, saga, publisher and "
                        "consumer",
                        typed);
    return false;
}

enum jangle_exit jn_run_types(struct jangle_verb_call *call)
{
    struct list list = {.call = call};
    struct jangle_error error = {0};
    struct jangle_look *look;
    enum jangle_exit status;

    if (!choose(&list, jangle_verb_argument(call, 0)))
        return JANGLE_EXIT_USAGE;
    look = jangle_verb_look(call);
    if (!look)
        return jangle_verb_failed(call);
    jangle_verb_table(call, &columns);
    status =
        jn_verb_visited(call, jangle_look_catalogue(look, visit, &list, &error), &error);
    if (status)
        return status;
    jn_verb_count(call, list.count, "entry", "entries");
    if (!list.count && !list.only)
        jangle_verb_say(call,
                        "no program has described itself here: programs of an older "
                        "jangle do not");
    return JANGLE_EXIT_OK;
}
