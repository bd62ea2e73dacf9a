/* stored.c - the numbers that files hold: an enumerator that gets another number makes
 * every store that was written before mean something else, and must not compile. */
#include <jangle/plugin/store.h>

#define STORED(name, number)                                                             \
    _Static_assert(JANGLE_##name == (number),                                            \
                   "JANGLE_" #name " is stored: never renumber")

/* saga_steps.result and delivery_steps.result */
STORED(OK, 0);
STORED(REJECTED, 1);
STORED(CONFLICT, 2);
STORED(NOT_FOUND, 3);
STORED(INVALID, 4);
STORED(NO_MEMORY, 5);
STORED(STORAGE, 6);
STORED(UNKNOWN, 7);
STORED(TIMEOUT, 8);
STORED(BUSY, 9);
STORED(PARKED, 10);
STORED(RETRY, 11);
STORED(CANCELLED, 12);
STORED(CLOSED, 13);

/* sagas.status */
STORED(SAGA_OPEN, 0);
STORED(SAGA_FINISHED, 1);
STORED(SAGA_PARKED, 2);

/* The hash of a state's description, which is stored with its snapshots. */
STORED(KIND_END, 0);
STORED(KIND_BOOL, 1);
STORED(KIND_INT, 2);
STORED(KIND_REAL, 3);
STORED(KIND_TEXT, 4);
STORED(KIND_TIME, 5);
STORED(KIND_JSON, 6);
STORED(KIND_OPTIONAL_BOOL, 7);
STORED(KIND_OPTIONAL_INT, 8);
STORED(KIND_OPTIONAL_REAL, 9);
STORED(KIND_OPTIONAL_TEXT, 10);
STORED(KIND_OPTIONAL_TIME, 11);
STORED(KIND_NESTED, 12);
STORED(KIND_LIST, 13);

/* parked.kind */
STORED(PARKED_STREAM, 1);
STORED(PARKED_SAGA, 2);
STORED(PARKED_EVENT, 3);
STORED(PARKED_TIMEOUT, 4);

/* saga_steps.kind and delivery_steps.kind */
STORED(STEP_COMMAND, 1);
STORED(STEP_NOTE, 2);
STORED(STEP_VERSION, 3);
STORED(STEP_BY_HAND, 4);

/* checkpoints.suspended_for */
STORED(SUSPENDED_NOT, 0);
STORED(SUSPENDED_OUTAGE, 1);
STORED(SUSPENDED_OFFSET, 2);

/* catalogue.kind */
STORED(CATALOGUE_STRUCT, 1);
STORED(CATALOGUE_COMMAND, 2);
STORED(CATALOGUE_EVENT, 3);
STORED(CATALOGUE_QUERY, 4);
STORED(CATALOGUE_AGGREGATE, 5);
STORED(CATALOGUE_HANDLER, 6);
STORED(CATALOGUE_VIEW, 7);
STORED(CATALOGUE_SAGA, 8);
STORED(CATALOGUE_PUBLISHER, 9);
STORED(CATALOGUE_CONSUMER, 10);
