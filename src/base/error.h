/* error.h - one line to fail: return jn_fail(error, JANGLE_STORAGE, "%s: %s", ...); */
#ifndef JN_ERROR_H
#define JN_ERROR_H

#include <jangle/result.h>

/* Fills `error` (may be NULL) if it is still clear, and returns `result`. */
#define jn_fail jangle_error_set

/* Fail as somebody else did. Returns that result. */
static inline enum jangle_result jn_fail_as(struct jangle_error *error,
                                            const struct jangle_error *why)
{
    return jangle_error_set(error, why->result, "%s", why->message);
}

/* Public calls begin with this. NULL is fine. */
void jn_error_clear(struct jangle_error *error);

#endif
