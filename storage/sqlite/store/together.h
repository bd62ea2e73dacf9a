/* together.h - an append with what is stored with it, and a chain of appends: in a
 * savepoint, all or none. */
#ifndef JN_SQLITE_TOGETHER_H
#define JN_SQLITE_TOGETHER_H

#include "sqlite/store/sqlite_store.h"

/* Write append `index` of the group, which is tied to none, with its attachments and with
 * the appends that are tied to it. Their errors say what became of them. The result is
 * the first one's, which has them all in common if there is a chain; a failure that is no
 * part's own sets `broken` of the run. */
void jn_append_run(struct jn_run *run, size_t index);

/* The outcome of append `first`, of those that are tied to it, and of all their
 * attachments. */
void jn_chain_settle(const struct jangle_group *group,
                     size_t first,
                     const struct jangle_error *error);

#endif
