/* reason.c - why something failed, cut to what there is room for. */
#include "subscription/reason.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void jn_reason_set(char reason[JN_REASON_SIZE], const char *format, ...)
{
    struct jn_sentence sentence = jn_sentence_in(reason, JN_REASON_SIZE);
    va_list values;

    va_start(values, format);
    jn_sentence_add_values(&sentence, format, values);
    va_end(values);
}

void jn_reason_streak(char reason[JN_REASON_SIZE], const char *last)
{
    jn_reason_set(reason, "%d keys failed in a row; the last: %s", JN_STREAK_LIMIT, last);
}
