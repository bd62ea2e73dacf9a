/* move.h - how a subscription's place changes: its checkpoint and its parked keys, all
 * at once. */
#ifndef JN_MOVE_H
#define JN_MOVE_H

#include "subscription/report.h"
#include "subscription/subscription.h"

struct jn_move {
    int64_t position; /* the checkpoint will be here */
    unsigned char event_id[JANGLE_ID_SIZE];
    struct jn_row *rows; /* and these keys will be so */
    size_t row_count, row_limit;
    size_t streak_from; /* rows before this one failed before the last success */
    int64_t delivered;
    bool incomplete; /* a dead event was skipped */
    bool silent;     /* its rows are no failures: they are not counted, nor told */
    bool forced;     /* it is stored though nothing moves: the suspension has changed */
};

/* Begin a move that goes nowhere yet. Its rows are made in the arena. NO_MEMORY. */
enum jangle_result jn_move_init(struct jn_move *move,
                                const struct jn_subscription *subscription,
                                struct jangle_arena *arena,
                                size_t row_limit,
                                struct jangle_error *error);

/* Go past that event; count it as handled; let that key be so. A row's key lives as long
 * as the move. */
void jn_move_pass(struct jn_move *move, const struct jangle_record *record);
void jn_move_deliver(struct jn_move *move);
void jn_move_park(struct jn_move *move, const struct jn_row *row);

/* How many keys will have failed in a row. All that are parked by a batch are new. */
int jn_move_streak(const struct jn_move *move,
                   const struct jn_subscription *subscription);

/* Make it: for a view end the transaction that is open, for others only in memory; a
 * checkpoint is written later. Nothing moved if it fails, and there is no transaction;
 * `must_reload` is set if memory ran out after it was stored. Wakes who waits. */
enum jangle_result jn_move_make(struct jn_move *move,
                                struct jn_subscription *subscription,
                                struct jangle_error *error);

/* Make the move in a transaction that this begins, if it is a view's. Nothing is counted
 * or told, because nothing has failed. */
enum jangle_result jn_move_make_silently(struct jn_move *move,
                                         struct jn_subscription *subscription,
                                         struct jangle_error *error);

/* Park one key, or change its row: a move of its own. Fails as jn_move_make; NO_MEMORY.
 */
enum jangle_result jn_move_park_row(struct jn_subscription *subscription,
                                    const struct jn_row *row,
                                    struct jangle_error *error);

/* The row that a failure leaves of what `old` says: kind, key, position, and what was
 * known of it. */
void jn_row_fail(struct jn_row *row,
                 const struct jn_row *old,
                 const struct jn_subscription *subscription,
                 const struct jn_report *report);

#endif
