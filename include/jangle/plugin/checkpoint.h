/* checkpoint.h - the part of a store's contract (store.h) that says how far subscribers
 * are: their checkpoints, and the keys that they have parked. */
#ifndef JANGLE_PLUGIN_CHECKPOINT_H
#define JANGLE_PLUGIN_CHECKPOINT_H

#include <jangle/operate.h>
#include <jangle/plugin/pause.h>
#include <jangle/plugin/random.h>

JANGLE_C_BEGIN

struct jangle_append;

/* A parked key of a subscriber. A key is parked when the handler of one of its events
 * failed; the later events of the key wait until that event was retried. A key has one
 * row, however many events wait. */
struct jangle_parked {
    const char *subscriber;
    enum jangle_parked_kind kind;
    const char *key;     /* STREAM: "kind/id"; SAGA: "saga/id"; EVENT: the position of the
                            event, or of a consumer the id of a message that is handled
                            on receipt; TIMEOUT: "timeout/id" of the saga */
    int64_t position;    /* of the event that is retried; the key's events before it are
                            done. TIMEOUT: of the last event that the saga has processed.
                            0: of a message that is handled on receipt */
    int attempts;        /* counts the attempt that `trying` tells of, too */
    bool trying;         /* an attempt has begun. If no process is running it, the process
                            that began it died in it */
    jangle_time next_at; /* when to retry; of a dead letter: when it was given up */
    int64_t delay_ms;    /* from the last attempt to `next_at`: it shows the engine that a
                            clock was set back */
    bool dead;           /* a dead letter: it waits for a person */
    bool released;       /* in a commit: the row is to be deleted */
    const char *error;   /* of the last attempt; may be NULL */
};

/* Why a subscriber is suspended. The numbers are stored: never renumber. */
enum jangle_suspension {
    JANGLE_SUSPENDED_NOT = 0,
    JANGLE_SUSPENDED_OUTAGE = 1, /* many keys failed in a row */
    JANGLE_SUSPENDED_OFFSET = 2  /* a log lacks the offset behind which a consumer is to
                                    go on; only the checkpoint of a log has it */
};

/* A subscriber's checkpoint: the position up to which every event is processed or is
 * covered by a parked row. In a commit it is a move: the new checkpoint and the parked
 * rows that change with it. The move is refused with CONFLICT unless the stored
 * checkpoint is at `from`.
 *
 * A consumer that reads logs has a checkpoint for each log, too, in the name of which is
 * a '#', as in no subscriber's name: it is no position of this store, but the next offset
 * of that log. */
struct jangle_checkpoint {
    const char *subscriber;
    int64_t from; /* -1: the subscriber has no checkpoint yet */
    int64_t position;
    unsigned char event_id[JANGLE_ID_SIZE]; /* of the event at `position`: a checkpoint
                                               of another store has another one */
    enum jangle_suspension suspended_for;
    jangle_time suspended_at;                /* zero: the subscriber is not suspended */
    char reason[JANGLE_REASON_SIZE];         /* why the subscriber is suspended */
    char first_name[JANGLE_FIRST_NAME_SIZE]; /* out, when it is read (ST-28) */
    const struct jangle_parked *parked;
    size_t parked_count;
    const struct jangle_append *with; /* in a commit: the first of `with_count` appends of
                                         the same group, one after the other; or NULL */
    size_t with_count;
    struct jangle_error error; /* out */
};

JANGLE_C_END

#endif
