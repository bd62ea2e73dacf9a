/* call.c - the end of a public call: its error must have its result, and a sentence. */
#include "core/call.h"

#include <stdio.h>
#include <stdlib.h>

/* Has the error the same result, and a sentence exactly if that is a failure? */
static bool is_whole(enum jangle_result result, const struct jangle_error *why)
{
    return why->result == result && !why->message[0] == !result;
}

/* If JANGLE_CHECK_RESULTS is defined, as in the tests, abort. Else write a line to the
 * log, because a mistake of jangle's must not end the program. */
static void report_lost_reason(const struct jangle *jangle,
                               const char *call,
                               enum jangle_result result,
                               const struct jangle_error *why)
{
#ifdef JANGLE_CHECK_RESULTS
    (void)jangle;
    fprintf(stderr, "%s returns %s, and its error is %s: \"%s\"\n", call,
            jangle_result_name(result), jangle_result_name(why->result), why->message);
    abort();
#else
    if (jangle)
        JN_LOG(&jangle->log, REASON_LOST, JN_PAIRS(JN_TEXT("call", call)),
               "%s returns %s, and its error is %s: \"%s\"", call,
               jangle_result_name(result), jangle_result_name(why->result), why->message);
#endif
}

enum jangle_result jn_call_end(const struct jangle *jangle,
                               const char *call,
                               enum jangle_result result,
                               struct jangle_error *why,
                               struct jangle_error *error)
{
    if (!is_whole(result, why)) {
        report_lost_reason(jangle, call, result, why);
        jn_error_clear(why);
        jn_fail(why, result, "%s (%s gives no reason)", jangle_result_text(result), call);
    }
    if (error)
        *error = *why;
    return result;
}
