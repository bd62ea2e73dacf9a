/* overview.h - all subscriptions of an instance at one moment, for those who wait until
 * there is nothing left to do. */
#ifndef JN_OVERVIEW_H
#define JN_OVERVIEW_H

#include "subscription/survey.h"

/* What there is to do for a subscription, beside what a survey says. */
struct jn_outlook {
    bool done;         /* nothing of it can be handled now */
    bool has_timeouts; /* of sagas: some are due, or the store failed when one was run */
};

/* Visit all of them, until false is returned: under one hold of the mutex, so that all is
 * of one moment. */
typedef bool jn_overview_fn(void *context,
                            const struct jn_subscription *subscription,
                            const struct jn_survey *survey,
                            const struct jn_outlook *outlook);
void jn_overview(struct jn_dispatch *dispatch, jn_overview_fn *visit, void *context);

/* What other threads are at, at one moment. */
struct jn_others {
    bool run;        /* one of them runs a subscription */
    int64_t runs;    /* how many runs have begun so far, of any thread */
    int64_t changes; /* how often something has changed so far */
};
struct jn_others jn_overview_others(struct jn_dispatch *dispatch);

/* Wait until something has changed since `changes` was asked for, or until that time of
 * jn_monotonic_us; or, if no other thread runs a subscription, not at all. Who asked
 * before it looked misses nothing. A wake-up tells nothing: look again. What is waited
 * for is `subscription`, or all of them if that is NULL: a view of these does not wait
 * for more events meanwhile. */
void jn_overview_wait(struct jn_dispatch *dispatch,
                      struct jn_subscription *subscription,
                      int64_t changes,
                      int64_t until_us);
void jn_overview_wait_for_others(struct jn_dispatch *dispatch, int64_t until_us);

#endif
