/* overview.h - all subscriptions of an instance, for those who wait for them. */
#ifndef JN_OVERVIEW_H
#define JN_OVERVIEW_H

#include "subscription/survey.h"

/* What there is to do for one, beside what a survey tells. */
struct jn_outlook {
    bool done;         /* it has handled all that it can handle now */
    bool has_timeouts; /* of sagas: some are due, or the store failed when one was run */
};

/* Visit all of them under one hold of the mutex, so that what they tell is of one moment;
 * until false is returned. */
typedef bool jn_overview_fn(void *context,
                            const struct jn_subscription *subscription,
                            const struct jn_survey *survey,
                            const struct jn_outlook *outlook);
void jn_overview(struct jn_dispatch *dispatch, jn_overview_fn *visit, void *context);

/* Does another thread run a step? `steps` is how many there were so far. */
bool jn_overview_others_run(struct jn_dispatch *dispatch, int64_t *runs);

/* Wait until something has changed, or until that time of jn_monotonic_us: anything; the
 * position of one, if it is still at `position`; a step, if another thread runs one. */
void jn_overview_wait(struct jn_dispatch *dispatch, int64_t until_us);
void jn_overview_wait_past(const struct jn_subscription *subscription,
                           int64_t position,
                           int64_t until_us);
void jn_overview_wait_for_others(struct jn_dispatch *dispatch, int64_t until_us);

#endif
