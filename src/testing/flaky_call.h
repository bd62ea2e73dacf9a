/* flaky_call.h - what the stores of a flaky storage share: how many calls there were, and
 * which one fails. */
#ifndef JN_FLAKY_CALL_H
#define JN_FLAKY_CALL_H

#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/store.h>
#include <jangle/plugin/support.h>

struct jangle_flaky; /* testing.h */

/* Shared by the stores of one opening. The last one to be closed frees it. */
struct jn_flaky {
    struct jangle_flaky *settings; /* of the test */
    struct jangle_allocator allocator;
    struct jn_mutex mutex; /* guards the count of calls, and all members below */
    int users;             /* stores that are open, and the opening itself */
    bool reopening;        /* a commit was UNKNOWN: the next call is BUSY */
};

/* The decision about a call. */
struct jn_flaky_call {
    bool made;                 /* the inner store is called */
    enum jangle_result result; /* returned afterwards; OK: what the inner store returns */
    const char *why;
};

/* Count a call and decide about it; fill in the error if it fails. */
struct jn_flaky_call jn_flaky_begin(struct jn_flaky *flaky,
                                    const char *name,
                                    bool commits,
                                    struct jangle_error *error);

/* Remove a user; the last one frees it. */
void jn_flaky_leave(struct jn_flaky *flaky);

#endif
