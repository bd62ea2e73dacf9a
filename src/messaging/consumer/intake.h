/* intake.h - the messages that a consumer has in hand: what they lead to is committed,
 * and then the broker is told what became of each. */
#ifndef JN_INTAKE_H
#define JN_INTAKE_H

#include "messaging/consumer/incoming.h"

struct jn_attempts;
struct jn_offsets;

struct jn_intake {
    struct jn_reader *reader;
    struct jn_offsets *offsets;   /* NULL: the messages come from no broker */
    struct jn_attempts *attempts; /* NULL: the messages come from no broker */
    struct jangle_arena arena;    /* of the messages */
    struct jangle_arena work; /* of one round, or of one settlement. It is apart, because
                                 messages stay in hand for as long as the store fails */
    struct jn_incoming *items;
    size_t count;
    int stops;      /* rounds in which only the stream of a command stopped it */
    size_t settled; /* the broker was told what became of so many */
};

void jn_intake_init(struct jn_intake *intake, struct jn_reader *reader);

/* Forget what is in hand. */
void jn_intake_finish(struct jn_intake *intake);

/* After the consumer has detached from its queues, which gave all back to the broker that
 * it had received: tell the transport that nobody needs these parcels here any more; or
 * all that are not settled, which are forgotten. */
void jn_intake_return(struct jn_intake *intake,
                      const struct jangle_parcel *parcels,
                      size_t count);
void jn_intake_drop(struct jn_intake *intake);

/* All that is not settled from `index` on is in hand, so that it can be dropped. */
void jn_intake_keep(struct jn_intake *intake, size_t index);

/* Read what was received. The parcels are borrowed until they are settled. NO_MEMORY: the
 * intake is empty. */
enum jangle_result jn_intake_read(struct jn_intake *intake,
                                  const struct jangle_parcel *parcels,
                                  size_t count,
                                  struct jangle_error *error);

/* Store and send what the messages lead to, in groups. OK: none is in hand any more but
 * those whose handlers have not returned (messaging/consumer/handling.h). Any other
 * result: the store is in trouble; those that are done are not in hand any more, and the
 * others can be tried again, in the same order. After UNKNOWN they may have been stored:
 * their ids show that when they are tried again. */
enum jangle_result jn_intake_commit(struct jn_intake *intake, struct jangle_error *error);

/* Tell the broker what became of the messages that are not in hand any more. Returns how
 * many these were. If `error` then has a result, the broker is away, or could not copy a
 * message of a log that is dead or comes again: a message that could not be settled comes
 * again, and is known then. */
int64_t jn_intake_settle(struct jn_intake *intake, struct jangle_error *error);

/* Count and log what became of the messages, which no broker is told. */
void jn_intake_report(const struct jn_intake *intake);

#endif
