/* patience.h - how long a thread sleeps at most before it looks around, in case that a
 * wake-up was lost. None should be: in tests these never pass, so that a lost wake-up
 * hangs there. */
#ifndef JN_PATIENCE_H
#define JN_PATIENCE_H

#include <stdint.h>

extern const int64_t jn_lost_wake_us;   /* of a thread that waits for subscribers */
extern const int64_t jn_sleep_limit_us; /* of a worker without anything to do */

#endif
