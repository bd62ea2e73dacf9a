/* append.h - check the events of one command, and then write them. */
#ifndef JN_SQLITE_APPEND_H
#define JN_SQLITE_APPEND_H

#include "sqlite/store/sqlite_store.h"

/* Is it a text that can be stored: not NULL, not empty, not too long? */
bool jn_text_fits(const char *text);

/* Write append `index` of the group. CONFLICT and INVALID come before anything is
 * written; any other failure sets `broken` of the run. */
enum jangle_result
jn_append_write(struct jn_run *run, size_t index, struct jangle_error *error);

#endif
