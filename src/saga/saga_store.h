/* saga_store.h - sagas as the store has them: read, recorded step by step. */
#ifndef JN_SAGA_STORE_H
#define JN_SAGA_STORE_H

#include "command/decision.h"
#include "core/engine.h"
#include "saga/saga.h"

/* Read one into memory; one that is not stored is as jn_saga_init leaves it. STORAGE,
 * BUSY, NO_MEMORY as the store has it; INVALID if its record cannot be understood, or is
 * of a newer program. */
enum jangle_result jn_saga_load(struct jn_saga *saga,
                                struct jangle *jangle,
                                const struct jn_saga_type *type,
                                const char *id,
                                struct jangle_arena *arena,
                                struct jangle_error *error);

/* The same, from a record that was read. */
enum jangle_result jn_saga_from_record(struct jn_saga *saga,
                                       struct jangle *jangle,
                                       const struct jangle_saga_record *record,
                                       struct jangle_error *error);

/* Store it, with its new steps: durable when this returns OK. CONFLICT if somebody else
 * has moved it on. */
enum jangle_result
jn_saga_save(struct jn_saga *saga, struct jangle *jangle, struct jangle_error *error);

/* Sends by way of a struct jangle, which is the turn's context. */
extern const struct jn_turn_ops jn_saga_turn_ops;

/* A turn is over: count it, and log what it came to. */
void jn_saga_log_end(struct jangle *jangle, const struct jn_saga *saga, bool began);

#endif
