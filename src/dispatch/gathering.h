/* gathering.h - a view that follows commands as they come waits a little for more of
 * them, so that one transaction shows many. What it shows is older by that moment. Nobody
 * in this process who waits for the view, or polls, waits for that moment.
 *
 * All of this under the mutex. Moments are of jn_monotonic_us: the host's clock may be a
 * test's, which stands still. */
#ifndef JN_GATHERING_H
#define JN_GATHERING_H

#include "subscription/subscription.h"

/* Events were committed here, and the log's head was `before` until then. */
void jn_gathering_begin(struct jn_dispatch *dispatch, int64_t before);

/* A run begins, and will see all events that there are; or it has ended, and may have
 * left some of them. */
void jn_gathering_run_begins(struct jn_subscription *subscription);
void jn_gathering_run_ends(struct jn_subscription *subscription);

/* Does it wait for more events, although it has some? */
bool jn_gathering_holds(const struct jn_subscription *subscription);

#endif
