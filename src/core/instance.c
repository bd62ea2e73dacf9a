/* instance.c - may this call be made on this instance now? And lines of the program's own
 * log. */
#include "core/instance.h"

#include "base/error.h"

#include <stdarg.h>

/* ---- may this call be made? -------------------------------------------------- */

/* The order matters: NULL before anything is read, and the process before any lock is
 * touched. */
enum jangle_result jn_check_process(const struct jangle *jangle,
                                    struct jangle_error *error)
{
    if (!jangle)
        return jn_fail(error, JANGLE_CLOSED,
                       "the jangle is NULL: jangle_open was not called, or failed and "
                       "said why");
    if (jn_process_is_here(&jangle->process))
        return JANGLE_OK;
    return jn_fail(
        error, JANGLE_CLOSED,
        "this jangle was opened by another process: fork first, then open one here");
}

enum jangle_result jn_check_sender(const struct jangle *jangle,
                                   struct jangle_outcome *outcome)
{
    struct jangle_outcome made = {0};

    if (!jn_check_process(jangle, &made.error))
        return JANGLE_OK;
    if (outcome)
        *outcome = made;
    return JANGLE_CLOSED;
}

enum jangle_result jn_check_leader(const struct jangle *jangle,
                                   struct jangle_error *error)
{
    if (!jangle->config.follower)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_INVALID,
                   "this jangle is a follower: it takes no commands");
}

enum jangle_result jn_check_open(const struct jangle *jangle, struct jangle_error *error)
{
    if (jn_check_process(jangle, error))
        return JANGLE_CLOSED;
    if (!atomic_load_explicit(&jangle->stopping, memory_order_relaxed))
        return JANGLE_OK;
    return jn_fail(error, JANGLE_CLOSED, "jangle is closing");
}

void jangle_stop(struct jangle *jangle)
{
    if (jangle)
        atomic_store(&jangle->stopping, true);
}

/* ---- lines of the program ---------------------------------------------------- */

void jangle_log(struct jangle *jangle, enum jangle_level level, const char *format, ...)
{
    va_list values;

    if (jn_check_process(jangle, NULL))
        return;
    va_start(values, format);
    jn_log_say(&jangle->log, level, format, values);
    va_end(values);
}
