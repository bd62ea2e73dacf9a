/* patience.c - the longest sleeps. Tests link this file before the library, compiled with
 * JANGLE_CHECK_RESULTS. */
#include "core/patience.h"

#ifdef JANGLE_CHECK_RESULTS
const int64_t jn_lost_wake_us = INT64_MAX / 4;
const int64_t jn_sleep_limit_us = INT64_MAX / 4;
#else
const int64_t jn_lost_wake_us = 100000;
const int64_t jn_sleep_limit_us = 1000000;
#endif
