/* sending.h - struct jn_sending: all that is known of one command between jangle_send and
 * its answer. command.c fills it in and repeats attempts; attempt.c makes one attempt. */
#ifndef JN_SENDING_H
#define JN_SENDING_H

#include "command/commit.h"
#include "command/stream_lock.h"
#include "core/engine.h"

/* The step of a saga or of a handler that sends the command: it is stored in the same
 * commit as the command's events, so that neither is there without the other. Nothing is
 * stored if the command stores no events. */
struct jn_sent_attachments {
    struct jn_attachments attachments;
    char reply[64]; /* of the decision: the step points here, and the reply is filled in
                       before the commit */
};

struct jn_sending {
    struct jangle *jangle;
    struct jangle_outcome *outcome;
    struct jangle_error *error; /* of the outcome */
    const struct jn_route *route;
    struct jangle_command command;
    bool named; /* the sender gave the id: the store remembers it */
    unsigned char fingerprint[JN_HASH_SIZE];
    jangle_optional_int expected_version;
    int64_t until_us;
    struct jn_sent_attachments *sent_with; /* NULL: a program sends it, not a step */
    bool final;      /* a CONFLICT that another attempt would not change */
    int unexplained; /* conflicts in a row in which no stream had moved */
    bool gave_way;   /* the last conflict let a command go first that keeps its locks */
    struct jn_stream_lock *lock; /* the locks that the command holds */
    struct jn_stream_names
        streams; /* of the last attempt, if it was a CONFLICT: the streams it
                    was decided on, and those it would be stored in */
    struct jangle_arena arena; /* of one attempt */
};

#endif
