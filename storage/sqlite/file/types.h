/* types.h - event types are filed under numbers; these are their names. */
#ifndef JN_TYPES_H
#define JN_TYPES_H

#include "sqlite/file/rows.h"
#include "sqlite/file/sqlite_file.h"

/* Within a transaction that writes: the number of a type, made if there is none; then
 * `made` becomes true. Until that is committed nothing is remembered, for it may be
 * rolled back and the number given to another. */
enum jangle_result jn_types_number(struct jn_file *file,
                                   const char *name,
                                   int version,
                                   bool *made,
                                   int64_t *number,
                                   struct jangle_error *error);

/* The name and version of a number, copied into the rows. STORAGE if there is none. */
enum jangle_result jn_types_name(struct jn_file *file,
                                 struct jn_database *reader,
                                 int64_t number,
                                 struct jn_rows *rows,
                                 const char **name,
                                 int *version,
                                 struct jangle_error *error);

/* Forget all. */
void jn_types_clear(struct jn_file *file);

#endif
