/* saga_close.h - an open turn of a saga is closed where it stands, and with it the events
 * that wait behind it: nobody will react to them, so they are only taken into the state.
 * Or what waits is tried again. */
#ifndef JN_SAGA_CLOSE_H
#define JN_SAGA_CLOSE_H

#include "saga/saga.h"
#include "saga/saga_due.h"

/* Close the open turn of an event: the event is read from the log and taken into the
 * state, and counts as handled. INVALID, STORAGE, NO_MEMORY; nothing is stored. */
enum jangle_result jn_saga_close_waiting(struct jn_saga *saga,
                                         struct jangle_error *error);

/* Take the events that wait into the state, up to the first one that happened when the
 * saga's timeout should have had its turn. No turn is open. */
enum jangle_result jn_saga_close_behind(struct jn_saga *saga,
                                        const struct jn_due_saga *waiting,
                                        struct jangle_error *error);

/* Is one of the events that wait to be given to the saga before its timeout has
 * its turn? */
enum jangle_result jn_saga_find_earlier(struct jn_saga *saga,
                                        const struct jn_due_saga *waiting,
                                        bool *found,
                                        struct jangle_error *error);

/* Try what waits under a key of the saga again soon, as attempt 1; if nothing waits,
 * nothing is done. The key was made in the arena. NO_MEMORY, also if the key found none:
 * nothing is changed. The subscription is held, or its own run calls this. */
enum jangle_result jn_saga_wake(struct jn_subscription *subscription,
                                const char *key,
                                struct jangle_arena *arena,
                                struct jangle_error *error);

#endif
