/* failpoint.h - JN_FAILPOINT as a test sees it: what happens at a failpoint, and which
 * ones there are. Only in builds with JANGLE_FAILPOINTS. */
#ifndef JN_FAILPOINT_H
#define JN_FAILPOINT_H

#include <jangle/plugin/support.h>

/* Called at every failpoint, on the thread that reached it, with no lock of this module
 * held: it may _exit, or block. */
typedef void jn_failpoint_fn(void *context, const char *name);

/* NULL: nothing happens. Set it while no other thread runs through jangle. */
void jn_failpoint_set(jn_failpoint_fn *hook, void *context);

/* The name that was hit as the index-th different one: 0, 1, 2...; NULL when there are
 * no more. Static. */
const char *jn_failpoint_name(size_t index);

/* Forget the names that were hit. */
void jn_failpoint_forget(void);

#endif
