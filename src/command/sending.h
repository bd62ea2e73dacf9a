/* sending.h - a command on its way through, from the sender to the store. */
#ifndef JN_SENDING_H
#define JN_SENDING_H

#include "command/commit.h"
#include "command/stream_lock.h"
#include "core/engine.h"

/* What is recorded with a command's events, if it stores any. */
struct jn_sent_attachments {
    struct jn_attachments attachments; /* its step points to: */
    char reply[64];                    /* filled in before it is stored */
};

struct jn_sending {
    struct jangle *jangle;
    struct jangle_outcome *outcome;
    const struct jn_route *route;
    struct jangle_command command;
    bool named; /* the id is the sender's: it is remembered */
    unsigned char fingerprint[JN_HASH_SIZE];
    jangle_optional_int expected_version;
    int64_t until_us;
    struct jn_sent_attachments *sent_with; /* NULL: none */
    bool final;                  /* a CONFLICT that no other attempt will change */
    int baseless;                /* conflicts in a row although no stream has moved */
    bool gave_way;               /* one to a command that has lost twice */
    struct jn_stream_lock *lock; /* those that it is at the front of */
    struct jn_stream_names
        streams;               /* of the last attempt, if it was a CONFLICT: what it was
                                  decided on, and what it would have been stored in */
    struct jangle_arena arena; /* of one attempt */
};

/* Where its answer's reason goes. */
static inline struct jangle_error *jn_sending_error(struct jn_sending *sending)
{
    return &sending->outcome->error;
}

#endif
