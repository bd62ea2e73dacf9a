/* move.h - a move: the new checkpoint of a subscription and the parked rows that change
 * with it. They change together, in memory and where they are stored. */
#ifndef JN_MOVE_H
#define JN_MOVE_H

#include "subscription/subscription.h"

struct jn_move {
    struct jn_subscription *subscription;
    int64_t position; /* the new checkpoint, but for ends that wait */
    unsigned char event_id[JANGLE_ID_SIZE];
    struct jn_row *rows; /* the new state of these keys */
    size_t row_count, row_limit;
    size_t streak_from; /* rows before this one failed before the last success */
    int64_t delivered;  /* events that handlers have handled */
    int64_t mismatched; /* events that the filter could not judge */
    bool incomplete;    /* an event was skipped: a view lacks it from now on */
    bool silent; /* the rows are no failures: they are neither counted nor logged */
    bool forced; /* it is made though nothing moves: the suspension has changed */
};

/* Begin a move that changes nothing yet, with room in the arena for `row_limit` rows.
 * NO_MEMORY. */
enum jangle_result jn_move_init(struct jn_move *move,
                                struct jn_subscription *subscription,
                                struct jangle_arena *arena,
                                size_t row_limit,
                                struct jangle_error *error);

/* Let the checkpoint pass that event; count the event as handled; change the row of that
 * key. The row is copied, but for its key, which must live as long as the move. */
void jn_move_pass(struct jn_move *move, const struct jangle_record *record);
void jn_move_deliver(struct jn_move *move);
void jn_move_park(struct jn_move *move, const struct jn_row *row);

/* How many different keys in a row have failed, once the move is made: all keys that a
 * batch parks are new. */
int jn_move_streak(const struct jn_move *move);

/* Make the move. For a view, commit it in the transaction that is open; for others, make
 * it in memory, from where a commit takes the checkpoint later. On failure nothing has
 * moved, and a view's transaction is rolled back; if memory ran out after the commit,
 * `must_reload` is set. Wakes those who wait for the subscription. */
enum jangle_result jn_move_make(struct jn_move *move, struct jangle_error *error);

/* Begin a view's transaction, and make the move in it; `silent`, because nothing has
 * failed. */
enum jangle_result jn_move_make_silently(struct jn_move *move,
                                         struct jangle_error *error);

/* Park one key, or change its row, in a move of its own; NULL: no row, but what is known
 * of the suspension. Fails as jn_move_make does, and with NO_MEMORY. */
enum jangle_result jn_move_park_row(struct jn_subscription *subscription,
                                    const struct jn_row *row,
                                    struct jangle_error *error);

/* Make of the row what a failed attempt leaves: attempts are counted, the event is dead
 * or its next attempt has a time. */
void jn_row_fail(struct jn_row *row,
                 const struct jn_subscription *subscription,
                 const struct jn_report *report);

#endif
