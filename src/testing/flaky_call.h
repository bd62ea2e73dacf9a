/* flaky_call.h - one call of a flaky store: decide whether it fails. */
#ifndef JN_FLAKY_CALL_H
#define JN_FLAKY_CALL_H

#include "testing/flaky.h"

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

/* The whole body of an operation: decide, call the inner store, return. */
#define JN_FLAKY_PASS(object, name, commits, ...)                                        \
    do {                                                                                 \
        struct jn_flaky_call call =                                                      \
            jn_flaky_begin((object)->flaky, #name, commits, error);                      \
        enum jangle_result result =                                                      \
            call.made ? (object)->inner->ops->name((object)->inner, __VA_ARGS__)         \
                      : call.result;                                                     \
                                                                                         \
        return call.result ? call.result : result;                                       \
    } while (0)

#endif
