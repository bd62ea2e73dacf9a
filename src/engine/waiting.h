/* waiting.h - what waiting for subscribers takes: time, and steps if nobody else takes
 * them. */
#ifndef JN_WAITING_H
#define JN_WAITING_H

#include "dispatch/dispatch.h"
#include "subscription/subscription.h"

enum { JN_LOST_WAKE_US = 100000 };

/* Waits are in the world's time, also when the host's clock stands still. Negative: for
 * ever. */
int64_t jn_wait_until_us(int64_t timeout_ms);

/* So long from now, but not longer than that. */
int64_t jn_wait_slice_us(int64_t until, int64_t us);
bool jn_wait_is_over(int64_t until);

/* Take a step; if there is none to take, wait a little for those that other threads are
 * in. TIMEOUT when nobody does anything. */
enum jangle_result
jn_wait_once(struct jangle *jangle, int64_t until, struct jangle_error *error);

#endif
