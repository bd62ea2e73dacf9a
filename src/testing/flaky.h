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

/* What is to become of a call. */
struct jn_flaky_call {
    bool made;                 /* it is passed on */
    enum jangle_result result; /* then, this is said; OK: what the real one says */
    const char *why;
};

/* Count a call, and fill in the error if it is to fail. */
struct jn_flaky_call jn_flaky_begin(struct jn_flaky *flaky,
                                    const char *name,
                                    bool commits,
                                    struct jangle_error *error);

/* The call is begun, passed on if it is to be, and answered. */
#define JN_FLAKY_PASS(object, name, commits, ...)                                        \
    do {                                                                                 \
        struct jn_flaky_call call =                                                      \
            jn_flaky_begin((object)->flaky, #name, commits, error);                      \
        enum jangle_result result =                                                      \
            call.made ? (object)->real->ops->name((object)->real, __VA_ARGS__)           \
                      : call.result;                                                     \
                                                                                         \
        return call.result ? call.result : result;                                       \
    } while (0)

/* Put a flaky store in the place of a real one; none is fine. NO_MEMORY: the real one
 * stays where it is. */
enum jangle_result jn_flaky_wrap_store(struct jn_flaky *flaky,
                                       struct jangle_store **place);
enum jangle_result jn_flaky_wrap_snapshots(struct jn_flaky *flaky,
                                           struct jangle_snapshot_store **place);

/* One user less; the last one frees it. */
void jn_flaky_leave(struct jn_flaky *flaky);

#endif
