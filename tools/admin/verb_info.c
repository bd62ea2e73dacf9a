/* verb_info.c - the verb info: what the store is. */
#include "admin/verb_info.h"
#include "admin/call.h"
#include "admin/safe.h"

#include <jangle/look.h>

#include <string.h>

static const struct jangle_table_columns columns = JANGLE_TABLE_COLUMNS(
    {.name = "location"},
    {.name = "store_id"},
    {.name = "epoch", .kind = JANGLE_CELL_NUMBER},
    {.name = "schema", .kind = JANGLE_CELL_NUMBER},
    {.name = "schema_known", .kind = JANGLE_CELL_NUMBER, .shown_to = JANGLE_FOR_JSON},
    {.name = "position", .kind = JANGLE_CELL_NUMBER},
    {.name = "streams", .kind = JANGLE_CELL_NUMBER},
    {.name = "types", .kind = JANGLE_CELL_NUMBER},
    {.name = "commands", .kind = JANGLE_CELL_NUMBER},
    {.name = "first_at", .kind = JANGLE_CELL_TIME},
    {.name = "last_at", .kind = JANGLE_CELL_TIME},
    {.name = "store_bytes", .kind = JANGLE_CELL_NUMBER},
    {.name = "log_bytes", .kind = JANGLE_CELL_NUMBER},
    {.name = "sessions", .kind = JANGLE_CELL_NUMBER},
    {.name = "in_doubt", .kind = JANGLE_CELL_FLAG},
    {.name = "fault"},
    {.name = "SQLite", .shown_to = JANGLE_FOR_PEOPLE});

/* What the store does not count is nothing. */
static struct jangle_table_cell count(int64_t number)
{
    return (struct jangle_table_cell){.number = number < 0 ? JANGLE_CELL_NONE : number};
}

/* What to give to sqlite3, whose URIs have a meaning for three characters. */
static void put_uri(struct jn_bytes *uri, const char *path)
{
    jn_bytes_text(uri, "file:");
    for (; *path; path++)
        if (strchr("?#%", *path))
            jn_bytes_format(uri, "%%%02x", *path);
        else
            jn_bytes_put(uri, path, 1);
    jn_bytes_text(uri, "?mode=ro (to read it by hand; never write)");
}

static void show(struct jangle_verb_call *call, const struct jangle_store_facts *facts)
{
    struct jn_bytes uri = {0};

    put_uri(&uri, facts->location);
    const struct jangle_table_cell cells[] = {
        {.text = facts->location},
        {.text = *facts->store_id ? facts->store_id : NULL},
        {.number = facts->epoch},
        {.number = facts->schema},
        {.number = facts->schema_known},
        {.number = facts->position},
        count(facts->streams),
        count(facts->types),
        count(facts->commands),
        {.number = facts->first_at.us},
        {.number = facts->last_at.us},
        count(facts->store_bytes),
        count(facts->log_bytes),
        count(facts->sessions),
        {.number = facts->in_doubt},
        {.text = facts->fault},
        {.text = jn_bytes_string(&uri)},
    };
    jangle_verb_facts(call, &columns, cells);
    jn_bytes_free(&uri);
}

enum jangle_exit jn_run_info(struct jangle_verb_call *call)
{
    struct jangle_look *look = jangle_verb_look(call);
    struct jangle_store_facts facts;
    struct jangle_error error = {0};

    if (!look)
        return jangle_verb_failed(call);
    if (jangle_look_store(look, &facts, &error))
        return jangle_verb_complain(call, &error);
    show(call, &facts);
    if (facts.in_doubt)
        jangle_verb_say(call,
                        "a process died while it wrote, and nobody has recovered the "
                        "store since: what is last here may not last");
    return facts.fault ? JANGLE_EXIT_FOUND : JANGLE_EXIT_OK;
}
