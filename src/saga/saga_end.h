/* saga_end.h - the end of a turn waits for a group that takes it along, and the saga's
 * next turn goes on from it (subscription/ends.h says why, and what a crash leaves). */
#ifndef JN_SAGA_END_H
#define JN_SAGA_END_H

#include "dispatch/delivery.h"
#include "saga/saga.h"

/* Let the end of the turn wait: the saga is as it is to be stored. `began`: this was the
 * saga's first turn. False if it may not wait, because the delivery or too many others
 * forbid it, or it is large, or memory ran out: then it has to be stored at once. If it
 * waits it is logged and counted when it is stored. */
bool jn_saga_end_wait(struct jn_saga *saga,
                      const struct jn_delivery *delivery,
                      bool began);

/* Make the saga of that id as the end that waits has left it, in the arena. `saga->end`
 * is that end, which the caller gives back; NULL if none waits, and then the saga is not
 * made. Any result but OK is NO_MEMORY; the end is given back then, too. */
enum jangle_result jn_saga_end_take(struct jn_saga *saga,
                                    struct jn_subscription *subscription,
                                    const char *id,
                                    struct jangle_arena *arena,
                                    struct jangle_error *error);

/* If the saga's end was not stored, let it wait again. */
void jn_saga_end_give_back(struct jn_saga *saga);

/* A record of the saga was stored, and the end before with it. */
void jn_saga_end_note_stored(struct jn_saga *saga);

/* Of jn_saga_kind. */
void jn_saga_end_settle(const struct jn_end *end, const struct jangle_error *error);
void jn_saga_end_free(struct jn_end *end);

#endif
