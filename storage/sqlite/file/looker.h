/* looker.h - open a store's file to look at it: as it is, an older or damaged one, too.
 */
#ifndef JN_LOOKER_H
#define JN_LOOKER_H

#include "sqlite/file/sqlite_file.h"

/* Open a file to look at it. NOT_FOUND if there is no store. Nothing is changed, and
 * nothing is made but what SQLite makes when it reads; of a frozen file not even that. */
enum jangle_result jn_looker_open(struct jn_file *file, struct jangle_error *error);

/* The row that says which store it is was read with `result`. If it is damaged, all else
 * may be sound: the reason is kept in `identity_fault`, and the file stays open. */
enum jangle_result jn_looker_believe(struct jn_file *file,
                                     enum jangle_result result,
                                     struct jangle_error *error);

#endif
