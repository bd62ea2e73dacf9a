/* attempts.h - how often the handlers of received messages were called, by the messages'
 * ids. Brokers count as well, but some count deliveries that no handler has seen, and
 * some do not count: so the broker's count is used only for a message of which nothing is
 * known here.
 *
 * After a process has ended without closing jangle, its consumer is guarded: each attempt
 * is stored before it is made, as a parked row of the consumer's name, and the row is
 * released when the outcome is known. A row that is found later tells of an attempt in
 * which the process ended.
 *
 * Any thread may call these functions. The mutex is held for moments, with no other. */
#ifndef JN_ATTEMPTS_H
#define JN_ATTEMPTS_H

#include "base/map.h"
#include "core/engine.h"
#include "subscription/subscription.h"

struct jn_attempted; /* what is known of one message */

struct jn_attempts {
    struct jangle *jangle;
    const char *consumer;
    struct jangle_retry retry; /* with the defaults filled in */
    int64_t position;          /* of the consumer's checkpoint, which never moves */
    struct jn_mutex mutex;
    struct jn_map map; /* by id */
    struct jn_attempted *oldest, *newest;
    int64_t suspects; /* so many messages may be those of which the last owner died */
    size_t stored;    /* rows that are in the store */
};

/* INVALID: the consumer's retry makes no sense. NO_MEMORY. On failure there is nothing to
 * finish. */
enum jangle_result jn_attempts_init(struct jn_attempts *attempts,
                                    struct jangle *jangle,
                                    const struct jangle_consumer *consumer,
                                    struct jangle_error *error);
void jn_attempts_finish(struct jn_attempts *attempts);

/* This process owns the consumer now: read which attempts the last owner has ended in.
 * `suspects` is how many messages it may have had in hand, if it has died. Fails as the
 * store does. */
enum jangle_result jn_attempts_read(struct jn_attempts *attempts,
                                    int64_t suspects,
                                    struct jangle_error *error);

/* The broker has done what became of one more message. */
void jn_attempts_pass(struct jn_attempts *attempts);

/* May the next message be one of which the last owner died? Then one at a time is
 * received. A process that closes jangle leaves the consumer as if it had died itself,
 * because the next one must go on with the guard. */
bool jn_attempts_are_guarded(struct jn_attempts *attempts);

/* One attempt, from begin to end. */
struct jn_handle_attempt {
    const char *id; /* of the message */
    int counted;    /* by the broker: as which attempt the message came; 0: unknown */
    int number;     /* 1, 2, 3... */
    int postponed;  /* failures since the last attempt that did not count */
    bool gives_up;  /* it has been given up: the process has ended in as many attempts as
                       there may be, or the broker has not heard yet that it is dead... */
    char reason[JN_REASON_SIZE]; /* ...with this sentence */
};

/* Begin an attempt: `id` and `counted` are given. Any other result than OK: it could not
 * be stored, and must not be made. */
enum jangle_result jn_attempts_begin(struct jn_attempts *attempts,
                                     struct jn_handle_attempt *attempt,
                                     struct jangle_error *error);

/* Is it the last that a message has? */
bool jn_attempts_is_last(const struct jn_attempts *attempts,
                         const struct jn_handle_attempt *attempt);

/* Its outcome is known. `dead`: the message becomes a dead letter, for the reason in
 * `attempt->reason`. Sets `attempt->postponed`. */
void jn_attempts_end(struct jn_attempts *attempts,
                     struct jn_handle_attempt *attempt,
                     enum jn_outcome outcome,
                     bool dead);

/* The store remembers the message: the last attempt succeeded, although its process may
 * have ended before it could say so. */
void jn_attempts_note_known(struct jn_attempts *attempts, const char *id);

/* The broker, or whoever brought the message, has heard what became of it. */
void jn_attempts_note_settled(struct jn_attempts *attempts, const char *id);

/* Release the rows of attempts whose messages are settled. If the store fails, the rows
 * stay for the next time. */
void jn_attempts_release(struct jn_attempts *attempts);

#endif
