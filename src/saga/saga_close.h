/* saga_close.h - an open turn is closed, and with it what waits behind it: nobody will
 * run them, so their events are only taken into the state. */
#ifndef JN_SAGA_CLOSE_H
#define JN_SAGA_CLOSE_H

#include "saga/saga_scan.h"

/* Close the saga's open turn where it stands: its event is read, and counts as dealt
 * with. INVALID, STORAGE, NO_MEMORY; nothing is stored. */
enum jangle_result jn_saga_close_waiting(struct jn_saga *saga,
                                         struct jangle *jangle,
                                         struct jangle_error *error);

/* Take in what is the saga's of those events, up to the first that happened when its
 * timeout should have had its turn. No turn is open. */
enum jangle_result jn_saga_close_behind(struct jn_saga *saga,
                                        struct jangle *jangle,
                                        const struct jn_seen *seen,
                                        struct jangle_error *error);

/* Is one of them still to be given to the saga, before its timeout has its turn? */
enum jangle_result jn_saga_find_earlier(struct jn_saga *saga,
                                        struct jangle *jangle,
                                        const struct jn_seen *seen,
                                        bool *found,
                                        struct jangle_error *error);

#endif
