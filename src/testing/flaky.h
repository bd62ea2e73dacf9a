/* flaky.h - what the parts of a flaky storage share: the count, and who fails. */
#ifndef JN_FLAKY_H
#define JN_FLAKY_H

#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/store.h>
#include <jangle/plugin/support.h>

struct jangle_flaky; /* testing.h */

/* What the stores of one opening have in common. */
struct jn_flaky {
    struct jangle_flaky *told;
    struct jangle_allocator allocator;
    struct jn_mutex mutex; /* guards the count, and all below */
    int users;             /* stores that are not closed yet */
    bool reopening;        /* a commit ended UNKNOWN: the next call is BUSY */
};

#endif
