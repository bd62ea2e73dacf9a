/* rows.h - the row of a table that is about a message. */
#ifndef JN_ROWS_H
#define JN_ROWS_H

#include <jangle/config.h>

/* Each by the stored name of the row's message; NULL if the table has no such row. Tables
 * are short, so they are searched from the front. */
const struct jangle_applier *jn_row_applier(const struct jangle_appliers *table,
                                            const char *event);
const struct jangle_reaction *jn_row_reaction(const struct jangle_reactions *table,
                                              const char *event);

#endif
