/* flaky_call.h - one call of a store: does it fail, and who is the last to go? */
#ifndef JN_FLAKY_CALL_H
#define JN_FLAKY_CALL_H

#include "testing/flaky.h"

/* What is to become of a call. */
struct jn_flaky_call {
    bool made;                 /* it is passed on */
    enum jangle_result result; /* then, this is said; OK: what the inner one says */
    const char *why;
};

/* Count a call, and fill in the error if it is to fail. */
struct jn_flaky_call jn_flaky_begin(struct jn_flaky *flaky,
                                    const char *name,
                                    bool commits,
                                    struct jangle_error *error);

/* One user less; the last one frees it. */
void jn_flaky_leave(struct jn_flaky *flaky);

/* The call is begun, passed on if it is to be, and answered. */
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
