/* saga_due.h - which sagas have a timeout that is due, and which events of the log those
 * whose key is parked have not been given yet.
 *
 * A saga has seen all of its events up to the subscription's checkpoint, unless its key
 * is parked: then its events wait behind that key. One pass over the log, called a scan,
 * finds these events for many sagas at once, so that each timeout has its place behind
 * the events that came in time. */
#ifndef JN_SAGA_DUE_H
#define JN_SAGA_DUE_H

#include "base/arena.h"
#include "subscription/subscription.h"

enum { JN_DUE_LIMIT = 100 };

/* ---- sagas that are due ------------------------------------------------------ */

struct jn_due_saga {
    const char *id;
    const char *key;
    int64_t parked_at; /* the position of its parked row; 0: its key is not parked */
    struct {
        struct jn_seen_position {
            int64_t at;
        } * items;
        size_t count;
    } seen; /* where its waiting events lie in the log, in order, as a scan has seen */
};

/* At most JN_DUE_LIMIT sagas of one subscription. */
struct jn_due {
    const struct jn_subscription *subscription;
    bool parked; /* only sagas whose key is parked are wanted; or only the others */
    struct jangle_arena arena;
    size_t skip;  /* leave out so many of the wanted sagas, the first ones */
    size_t shown; /* sagas that the store showed, wanted or not */
    struct {
        struct jn_due_saga *items;
        size_t count;
    } sagas;
};

void jn_due_init(struct jn_due *due,
                 const struct jn_subscription *subscription,
                 bool parked);

/* Find sagas that are due at that time: some of them, or none if there are none. `broken`
 * sagas cannot be read and stay due, so that many more are asked for. Fails as the store;
 * NO_MEMORY. */
enum jangle_result jn_due_read(struct jn_due *due,
                               jangle_time at,
                               size_t broken,
                               struct jangle_error *error);

/* ---- the events that they have not been given -------------------------------- */

/* The key of the saga that an event is for, in the arena. An event that cannot be read
 * has a key of its own. NULL: the event is for no saga. */
const char *jn_saga_key_of_event(const struct jn_subscription *subscription,
                                 struct jangle_arena *arena,
                                 const struct jangle_record *record,
                                 const struct jangle_handler *handler,
                                 enum jangle_parked_kind *kind);

struct jn_scan {
    struct jn_subscription *subscription;
    struct jn_due due;           /* its sagas; what was seen of them is in its arena */
    struct jangle_arena scratch; /* of the event that is read now */
    jangle_time at;
    int64_t head;
    int64_t position; /* the log is read up to here */
    bool is_done;     /* the scan has come to the head, or is cut */
    bool is_cut;      /* by an event that is newer than this program: no timeout can be
                         placed behind an event that nobody here can read */
    size_t next;      /* the saga that jn_scan_next gives */
    size_t ran;       /* so many timeouts had their turns */
};

/* Begin a scan for the parked sagas of the subscription that are due, up to the head that
 * was noted for it. NULL if there are none. Fails as the store does; NO_MEMORY. Only the
 * subscription's own run calls this. */
enum jangle_result jn_scan_begin(struct jn_scan **scan,
                                 struct jn_subscription *subscription,
                                 struct jangle_error *error);

/* Read some hundred events more. */
enum jangle_result jn_scan_go_on(struct jn_scan *scan, struct jangle_error *error);

/* When the scan is done: the next saga, each once. NULL: there is no more, or the scan
 * was cut. */
const struct jn_due_saga *jn_scan_next(struct jn_scan *scan);

/* NULL is fine. */
void jn_scan_finish(struct jn_scan *scan);

#endif
