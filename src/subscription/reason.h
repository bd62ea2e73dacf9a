/* reason.h - why something failed, cut to what there is room for. */
#ifndef JN_REASON_H
#define JN_REASON_H

#include "subscription/subscription.h"

/* Cut to what there is room for, between characters. */
void jn_reason_set(char reason[JN_REASON_SIZE], const char *format, ...)
    JANGLE_PRINTF(2, 3);

/* So many keys failed in a row; the last, for this reason. */
void jn_reason_streak(char reason[JN_REASON_SIZE], const char *last);

#endif
