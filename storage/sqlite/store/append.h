/* append.h - one command's worth of events: looked at first, written then. */
#ifndef JN_SQLITE_APPEND_H
#define JN_SQLITE_APPEND_H

#include "sqlite/store/sqlite_store.h"

/* Is it text that can be stored, and not too long? */
bool jn_text_fits(const char *text);

/* Check first and write then: CONFLICT and INVALID come before anything is
 * written. Any other failure leaves the run broken. */
enum jangle_result
jn_append_write(struct jn_run *run, size_t index, struct jangle_error *error);

#endif
