/* error.h - one line to fail: return jn_fail(error, JANGLE_STORAGE, "%s: %s", ...); */
#ifndef JN_ERROR_H
#define JN_ERROR_H

#include <jangle/result.h>

#include <stdarg.h>

/* Fills `error` (may be NULL) if it is still clear, and returns `result`. */
#define jn_fail jangle_error_set

/* Fail as somebody else did. Returns that result. */
static inline enum jangle_result jn_fail_as(struct jangle_error *error,
                                            const struct jangle_error *why)
{
    return jangle_error_set(error, why->result, "%s", why->message);
}

/* For sentences: the name of a result, or the number of what is none. */
#define JN_RESULT_SHOWN(result) jn_result_show((char[JN_RESULT_SIZE]){0}, result)

enum { JN_RESULT_SIZE = 40 };

bool jn_result_exists(enum jangle_result result);
const char *jn_result_show(char shown[JN_RESULT_SIZE], enum jangle_result result);

/* Fail as a callback says that it does, with `call`. OK, and a number that is no result,
 * are no failure: that is INVALID, and its reason is told, too. */
enum jangle_result jn_fail_told(struct jangle_error *error,
                                const char *call,
                                enum jangle_result result,
                                const char *format,
                                va_list values) JANGLE_PRINTF(4, 0);

/* Public calls begin with this. NULL is fine. */
void jn_error_clear(struct jangle_error *error);

#endif
