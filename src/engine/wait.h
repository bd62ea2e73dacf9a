/* wait.h - waiting for what subscribers have yet to do: how long, and by whose work. */
#ifndef JN_WAIT_H
#define JN_WAIT_H

#include "core/engine.h"
#include "dispatch/dispatch.h"
#include "dispatch/overview.h"
#include "subscription/subscription.h"

/* When a wait ends that begins now, by jn_monotonic_us: the host's clock may be a test's,
 * which stands still. -1 if `timeout_ms` is negative: the wait never ends. */
int64_t jn_wait_until_us(int64_t timeout_ms);
bool jn_wait_is_over(int64_t until_us);

/* `us` from now, or `until_us` if that is sooner. */
int64_t jn_wait_slice_us(int64_t until_us, int64_t us);

/* Poll once; if there was nothing to do, wait a little for what other threads are doing.
 * TIMEOUT when nobody has done anything since `before`, which the caller asked for before
 * it looked at what it waits for: so what it saw then is still so. */
enum jangle_result jn_wait_once(struct jangle *jangle,
                                const struct jn_others *before,
                                int64_t until_us,
                                struct jangle_error *error);

#endif
