/* saga_record.h - a saga becomes the record that the store keeps of it, and a record
 * becomes a saga. */
#ifndef JN_SAGA_RECORD_H
#define JN_SAGA_RECORD_H

#include "saga/saga.h"

/* Make a saga from a record that was read. INVALID if the record cannot be understood, or
 * is of a newer program. NO_MEMORY. */
enum jangle_result jn_saga_from_record(struct jn_saga *saga,
                                       const struct jangle_saga_record *record,
                                       struct jangle_error *error);

/* What the saga has once a record is stored: so many steps, and this timeout. */
struct jn_saga_change {
    size_t count;
    jangle_time timeout_at;
};

/* Nothing more than it has in memory. */
struct jn_saga_change jn_saga_as_it_is(const struct jn_saga *saga);

/* The record of the saga after that change: it points into the saga, and is in its arena.
 * INVALID, NO_MEMORY. */
enum jangle_result jn_saga_make_record(struct jn_saga *saga,
                                       struct jn_saga_change change,
                                       struct jangle_saga_record *record,
                                       struct jangle_error *error);

#endif
