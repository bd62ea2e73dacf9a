/* kept_page.h - what is left of an event page when its run ends early, because of its
 * time: the next run goes on with it, and reads nothing.
 *
 * Only the run of the subscription uses it. */
#ifndef JN_KEPT_PAGE_H
#define JN_KEPT_PAGE_H

#include "dispatch/event_page.h"

struct jn_kept_page {
    struct jn_event_page page;
    int64_t generation; /* of what was read, before it was (jn_cache_generation) */
    int64_t readings;   /* of the checkpoint, until then */
};

/* Begin a page for a run: that which the run before has left, or an empty one. It is left
 * over if it begins at the next position, and the checkpoint was not read again since,
 * which a reset does, too; and if no fence was passed, because events may have gone
 * away. */
void jn_kept_page_take(struct jn_subscription *subscription, struct jn_kept_page *page);

/* The run has ended: keep what is behind the place that it came to, if `keeps` and if
 * there is any; else free all. */
void jn_kept_page_leave(struct jn_subscription *subscription,
                        struct jn_kept_page *page,
                        bool keeps);

/* Free what is kept. */
void jn_kept_page_drop(struct jn_subscription *subscription);

#endif
