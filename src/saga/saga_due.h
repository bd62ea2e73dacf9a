/* saga_due.h - whose timeouts are due, by the store's index. */
#ifndef JN_SAGA_DUE_H
#define JN_SAGA_DUE_H

#include "base/arena.h"
#include "subscription/subscription.h"

/* Some sagas of one subscription, at most JN_DUE_LIMIT. */
struct jn_due {
    const struct jn_subscription *subscription;
    bool parked; /* those whose key is parked, or only the others */
    struct jangle_arena arena;
    size_t skip; /* of those that are meant: they were dealt with, and are still due */
    size_t seen; /* also those of others */
    struct {
        struct jn_due_saga {
            const char *id;
            const char *key;
            int64_t position; /* of its parked row; 0: it has none */
        } * items;
        size_t count;
    } sagas;
};

enum { JN_DUE_LIMIT = 100 };

void jn_due_init(struct jn_due *due,
                 const struct jn_subscription *subscription,
                 bool parked);
void jn_due_finish(struct jn_due *due);

/* Those that are due at that time: some, or none if there are none. `broken` more are
 * read than would do, because so many are due for ever. Fails as the store; NO_MEMORY. */
enum jangle_result jn_due_read(struct jn_due *due,
                               jangle_time at,
                               size_t broken,
                               struct jangle_error *error);

/* See whose timeouts are due at that time, in the store, and checkpoint their
 * subscriptions. `head` is that of the log, read after that time. */
enum jangle_result jn_timers_look(struct jangle *jangle,
                                  jangle_time at,
                                  int64_t head,
                                  struct jangle_error *error);

/* Timeouts that are to come, of this program's sagas. */
enum jangle_result
jn_timers_count(struct jangle *jangle, int64_t *future, struct jangle_error *error);

#endif
