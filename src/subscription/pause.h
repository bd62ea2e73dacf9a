/* pause.h - names that an operator has paused. The store keeps them, and whoever looks at
 * the store reads them all: they are few.
 *
 * A publisher or consumer that nobody has decided about goes by the row of the name "",
 * which a copy of a store has. */
#ifndef JN_PAUSE_H
#define JN_PAUSE_H

#include "core/engine.h"

#include <jangle/plugin/store.h>

struct jn_dispatch;
struct jn_subscription;

struct jn_pause {
    bool paused; /* if not, the rest is zeroed */
    jangle_time since;
    char who[JANGLE_WHO_SIZE];
    char why[JANGLE_REASON_SIZE];
};

/* What the last look has read. Under the mutex of dispatch. */
struct jn_pauses {
    struct jn_named_pause *items;
    size_t count;
    int64_t asked; /* how many reads have begun... */
    int64_t taken; /* ...and which of them was taken last: never an older one after it */
    bool news;     /* something has changed since jn_pauses_take_news */
};

/* Read all pauses, and let them hold for the subscriptions. A run that is under way goes
 * on to its end. The results are those of the store; NO_MEMORY. */
enum jangle_result jn_pauses_read(struct jn_dispatch *dispatch,
                                  struct jangle_error *error);

/* Has anything changed since the last call? */
bool jn_pauses_take_news(struct jn_dispatch *dispatch);

/* Free what is in memory. */
void jn_pauses_finish(struct jn_dispatch *dispatch);

/* Is that name paused, as far as it was read? */
void jn_pause_find(struct jn_dispatch *dispatch,
                   const char *name,
                   struct jn_pause *pause);

/* Log that a subscription is paused, or is no longer, unless that was logged or another
 * process runs it. */
void jn_pause_tell(struct jn_subscription *subscription);

/* "paused by Ann: no ink", in full. */
enum { JN_PAUSE_REASON_SIZE = JANGLE_WHO_SIZE + JANGLE_REASON_SIZE + 16 };
void jn_pause_reason(char reason[JN_PAUSE_REASON_SIZE], const struct jn_pause *pause);

#endif
