/* handling.h - messages that are handled on receipt: which of those in hand are given to
 * their handlers when, and what becomes of them.
 *
 * The intake belongs to one thread: the consumer's own, or the one that polls or
 * delivers. It hands messages over to the threads that call handlers, and tends the
 * connection until they answer, because it alone uses the transport. Without such threads
 * it calls the handlers itself. */
#ifndef JN_HANDLING_H
#define JN_HANDLING_H

#include "messaging/consumer/attempts.h"
#include "messaging/consumer/intake.h"

struct jn_handling {
    struct jn_reader *reader;
    struct jn_attempts *attempts;
    int threads;              /* that call handlers; 0: the one that has the intake */
    bool is_received;         /* the messages came by the transport, which is tended */
    struct jangle_error away; /* the broker, while handlers ran, if it has a result */
    struct jangle_error unclaimed; /* messages wait for the consumer's dedup, if it has */

    struct jn_mutex mutex;
    struct jn_cond work;       /* there may be a message for a thread */
    struct jn_cond over;       /* a thread has answered */
    struct jn_incoming *first; /* of those that were handed over, in order; under the
                                  mutex, with the `state` and `next` of each */
};

/* NO_MEMORY: there is nothing to finish. */
enum jangle_result jn_handling_init(struct jn_handling *handling,
                                    struct jn_reader *reader,
                                    struct jn_attempts *attempts,
                                    struct jangle_error *error);
void jn_handling_finish(struct jn_handling *handling);

/* How many threads call the handlers of a consumer, if there are workers; 0: no row of it
 * has a handler. */
int jn_handling_threads(const struct jangle_consumer *consumer);

/* This process owns the consumer now; `unclean` as its last owner left it. Fails as the
 * store does. */
enum jangle_result
jn_handling_own(struct jn_handling *handling, bool unclean, struct jangle_error *error);

/* What jn_intake_commit does, and then what is left for handlers; until nothing is in
 * hand, or no more may begin: the instance stops, an operator has paused the consumer, or
 * the broker is away, or a dedup that is needed. Returns as jn_intake_commit does, when
 * no handler runs any more. */
enum jangle_result jn_handling_commit(struct jn_handling *handling,
                                      struct jn_intake *intake,
                                      struct jangle_error *error);

/* Call handlers until the instance stops: what one of the threads does. */
void jn_handling_work(struct jn_handling *handling);

/* Wake all that sleep here, so that they see that the instance stops, or that the
 * consumer is paused. Any thread. */
void jn_handling_wake(struct jn_handling *handling);

#endif
