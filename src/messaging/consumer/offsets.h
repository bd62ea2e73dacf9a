/* offsets.h - how far a consumer has read each log of its broker. The next offset of a
 * log is stored as a checkpoint, in the same commit as what the last messages before it
 * led to, and the log is read from there, whatever the broker believes.
 *
 * An offset moves only over messages that are done: what they led to is stored; or, for
 * one that is dead or comes again, the broker has confirmed the copy of it. So a crash
 * repeats messages, which are then known by their ids, and skips none.
 *
 * One thread at a time uses it: the consumer's. */
#ifndef JN_OFFSETS_H
#define JN_OFFSETS_H

#include "base/arena.h"
#include "core/engine.h"
#include "messaging/consumer/inbox.h"

#include <jangle/plugin/store.h>

struct jn_intake;
struct jn_round;

/* One log. */
struct jn_offset {
    const char *queue; /* through which it is read */
    const char *log;   /* the broker's name for it */
    const char *name;  /* of its checkpoint */
    int64_t next;   /* all messages before this offset are done; 0: read from the first */
    int64_t stored; /* the next offset, as the store has it; -1: it has none */
    int64_t planned; /* the next offset, if the round that is under way is stored */
    bool is_held;    /* in one pass: a message before the others is not done */
    bool lost;       /* the log does not have the offset: the consumer is suspended... */
    char reason[JANGLE_REASON_SIZE]; /* ...and why */
};

struct jn_offsets {
    struct jangle *jangle;
    const struct jangle_consumer *consumer;
    const struct jn_inboxes *inboxes;
    struct jangle_arena arena; /* of the logs and their texts */
    struct {
        struct jn_offset *items;
        size_t count;
    } logs;
    bool is_read; /* false: what the store has must be read first */
};

void jn_offsets_init(struct jn_offsets *offsets,
                     struct jangle *jangle,
                     const struct jangle_consumer *consumer,
                     const struct jn_inboxes *inboxes);
void jn_offsets_finish(struct jn_offsets *offsets);

/* Read what the store has. What is known to be done stays known, unless memory had run
 * out: then nothing may be in hand. NO_MEMORY; or what the store returns. */
enum jangle_result jn_offsets_read(struct jn_offsets *offsets,
                                   struct jangle_error *error);

/* Receive from the queue, behind the offsets of its logs. INVALID, without an offset that
 * is lost now: the transport refuses the queue. Any other result is the transport's, or
 * the store's if an offset is lost and that could not be stored. */
enum jangle_result jn_offsets_attach(struct jn_offsets *offsets,
                                     struct jangle_transport *transport,
                                     const struct jangle_queue *queue,
                                     struct jangle_error *error);

/* The first offset that its log does not have; NULL if there is none. */
const struct jn_offset *jn_offsets_lost(const struct jn_offsets *offsets);

/* The number of the log that the parcel comes from, from 1 on; 0: it comes from none, or
 * memory ran out, as `error` says. */
int jn_offsets_log_of(struct jn_offsets *offsets,
                      const struct jangle_parcel *parcel,
                      struct jangle_error *error);

/* Let the round store how far the logs will be read when its messages are done. After its
 * commit, take note of what became of that. */
void jn_offsets_plan(struct jn_offsets *offsets,
                     const struct jn_intake *intake,
                     struct jn_round *round);
void jn_offsets_settle(struct jn_offsets *offsets, const struct jn_round *round);

/* Messages were settled at the broker: note how far the logs are done. */
void jn_offsets_pass(struct jn_offsets *offsets, const struct jn_intake *intake);

/* Store what is done and not stored yet. CONFLICT: another process has changed it. */
enum jangle_result jn_offsets_save(struct jn_offsets *offsets,
                                   struct jangle_error *error);

#endif
