/* table.h - the one check that all tables of the public headers have in common. */
#ifndef JN_TABLE_H
#define JN_TABLE_H

#include <jangle/result.h>

/* INVALID if there are items without a count, or a count without items. The sentence
 * names "owner.table", so that its reader finds the table. */
enum jangle_result jn_table_check(const char *owner,
                                  const char *table,
                                  const void *items,
                                  size_t count,
                                  struct jangle_error *error);

/* The same for a table that is a member of `of`, under the member's name. */
#define JN_TABLE_CHECK(owner, of, table, error)                                          \
    jn_table_check(owner, #table, (of)->table.items, (of)->table.count, error)

#endif
