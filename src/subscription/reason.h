/* reason.h - why something failed, cut to what there is room for. */
#ifndef JN_REASON_H
#define JN_REASON_H

#include "subscription/subscription.h"

/* Write the reason, cut between characters to what there is room for. */
void jn_reason_set(char reason[JN_REASON_SIZE], const char *format, ...)
    JANGLE_PRINTF(2, 3);

/* Write that too many keys failed in a row, the last of them for that reason. */
void jn_reason_streak(char reason[JN_REASON_SIZE], const char *last);

#endif
