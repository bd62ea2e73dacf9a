/* committed.h - events that a group commit has stored: logged, counted, handed to
 * dispatch. */
#ifndef JN_COMMITTED_H
#define JN_COMMITTED_H

#include <jangle/plugin/store.h>

/* The listener of the committer (struct jn_commit_listener), which the thread that leads
 * the commit calls with no lock held. `context` is the instance. */
void jn_committed(void *context, const struct jangle_append *appends, size_t count);

#endif
