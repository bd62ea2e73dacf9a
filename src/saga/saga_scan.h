/* saga_scan.h - what sagas have not been given yet, read from the log: those whose
 * timeouts are due, and whose events wait behind a parked key.
 *
 * Where the checkpoint is, and what its saga has seen, are the same thing unless the
 * saga's key is parked. Then one pass over the log shows which events are the saga's, so
 * that its timeout has its place after those that came in time. A pass is for many sagas
 * at once, and a step of it is short. */
#ifndef JN_SAGA_SCAN_H
#define JN_SAGA_SCAN_H

#include "saga/saga.h"
#include "saga/saga_due.h"

/* Where events of a saga lie in the log, in order. */
struct jn_seen {
    const char *id;
    const char *key;
    struct {
        struct jn_seen_position {
            int64_t at;
        } * items;
        size_t count;
    } positions;
};

struct jn_scan {
    struct jn_subscription *subscription;
    struct jangle_arena arena;
    struct jangle_arena scratch; /* of one event */
    jangle_time at;
    int64_t head;
    int64_t position; /* read so far */
    bool is_done;     /* it has come to the head, or is cut */
    bool is_cut;      /* by an event that is newer than this program: behind it no timeout
                         is known to be due */
    struct jn_seen sagas[JN_DUE_LIMIT];
    size_t count;
    size_t next; /* that jn_scan_next gives */
    size_t ran;  /* so many timeouts had their turns */
};

/* Begin to look for the events of those sagas of the subscription that are due, and
 * parked, up to the head that was noted for it. NULL if there are none. Fails as the
 * store does; NO_MEMORY. By its own step. */
enum jangle_result jn_scan_begin(struct jn_scan **scan,
                                 struct jn_subscription *subscription,
                                 struct jangle_error *error);

/* Some hundred events more. */
enum jangle_result jn_scan_step(struct jn_scan *scan, struct jangle_error *error);

/* When it is done: the next saga, each once. NULL: there is no more, or it is cut. */
const struct jn_seen *jn_scan_next(struct jn_scan *scan);

/* NULL is fine. */
void jn_scan_finish(struct jn_scan *scan);

#endif
