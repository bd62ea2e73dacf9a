/* saga_store.h - sagas in the store: how one is read, and recorded step by step. */
#ifndef JN_SAGA_STORE_H
#define JN_SAGA_STORE_H

#include "command/decision.h"
#include "saga/saga.h"
#include "subscription/subscription.h"

/* Read a saga of the subscription into memory. A saga that is not stored is as
 * jn_saga_init leaves it. STORAGE, BUSY, NO_MEMORY as the store fails; INVALID if the
 * record cannot be understood, or is of a newer program. */
enum jangle_result jn_saga_load(struct jn_saga *saga,
                                const struct jn_subscription *subscription,
                                const char *id,
                                struct jangle_arena *arena,
                                struct jangle_error *error);

/* Store the saga, with its new steps: it is durable when this returns OK. CONFLICT if
 * another process has stored a later version. */
enum jangle_result jn_saga_save(struct jn_saga *saga, struct jangle_error *error);

/* Fill in a turn of the saga that sends through its jangle: that of the event, or of the
 * saga's timeout, if the event is NULL. The saga's turn is open. */
void jn_saga_turn_init(struct jn_turn *turn,
                       struct jn_saga *saga,
                       const struct jangle_event *event,
                       int attempt);

#endif
