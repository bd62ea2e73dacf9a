/* rows.c - the row of a table that is about a message. */
#include "core/rows.h"

#include "message/describe.h"

#include <string.h>

/* A specification emits to aggregates that no jangle_open has checked, so a row may lack
 * its message. */
static bool is_about(const struct jangle_message *type, const char *name)
{
    return type && strcmp(jn_type_name(type), name) == 0;
}

const struct jangle_applier *jn_row_applier(const struct jangle_appliers *table,
                                            const char *event)
{
    for (size_t i = 0; i < table->count; i++)
        if (is_about(table->items[i].event, event))
            return &table->items[i];
    return NULL;
}

const struct jangle_reaction *jn_row_reaction(const struct jangle_reactions *table,
                                              const char *event)
{
    for (size_t i = 0; i < table->count; i++)
        if (is_about(table->items[i].event, event))
            return &table->items[i];
    return NULL;
}
