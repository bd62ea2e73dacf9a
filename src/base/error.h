/* error.h - one line to fail: return jn_fail(error, JANGLE_STORAGE, "%s: %s", ...); */
#ifndef JN_ERROR_H
#define JN_ERROR_H

#include <jangle/result.h>

#include <stdarg.h>

/* Fills `error` (may be NULL) if it is still clear, and returns `result`. */
#define jn_fail jangle_error_set

/* Fail with the result and the sentence of another error. Returns that result. */
static inline enum jangle_result jn_fail_as(struct jangle_error *error,
                                            const struct jangle_error *why)
{
    return jangle_error_set(error, why->result, "%s", why->message);
}

/* For sentences: the name of a result, or the number if no result has it. */
#define JN_RESULT_SHOWN(result) jn_result_show((char[JN_RESULT_SIZE]){0}, result)

enum { JN_RESULT_SIZE = 40 };

bool jn_result_exists(enum jangle_result result);
const char *jn_result_show(char shown[JN_RESULT_SIZE], enum jangle_result result);

/* Fail as a callback asks for it with the function `call`. If its result is OK, or a
 * number that is no result, the failure is INVALID, and the sentence says so besides the
 * reason. */
enum jangle_result jn_fail_reported(struct jangle_error *error,
                                    const char *call,
                                    enum jangle_result result,
                                    const char *format,
                                    va_list values) JANGLE_PRINTF(4, 0);

/* Make the error one that says OK, so that it can be filled again. NULL is fine. */
void jn_error_clear(struct jangle_error *error);

#endif
