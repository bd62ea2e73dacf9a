/* types.h - the numbers and names of event types. Events hold the number of
 * their type. */
#ifndef JN_TYPES_H
#define JN_TYPES_H

#include "sqlite/file/rows.h"
#include "sqlite/file/sqlite_file.h"

/* In a transaction that writes: the number of a type. If there is none it is made, and
 * `made` becomes true. From then on nothing is cached until the commit, because a
 * rollback would give the number to another type. */
enum jangle_result jn_types_number(struct jn_file *file,
                                   const char *name,
                                   int version,
                                   bool *made,
                                   int64_t *number,
                                   struct jangle_error *error);

/* The name and version of a number, copied into `rows`. STORAGE if there is none. */
enum jangle_result jn_types_name(struct jn_file *file,
                                 struct jn_database *reader,
                                 int64_t number,
                                 struct jn_rows *rows,
                                 const char **name,
                                 int *version,
                                 struct jangle_error *error);

/* Empty the cache, when nobody reads or writes. */
void jn_types_clear(struct jn_file *file);

#endif
