/* flaky.h - what the stores of a flaky storage share: how many calls there were, and
 * which one fails. */
#ifndef JN_FLAKY_H
#define JN_FLAKY_H

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

#endif
