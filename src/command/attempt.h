/* attempt.h - one attempt at a command: the state is loaded, the command decided, the
 * events committed. */
#ifndef JN_ATTEMPT_H
#define JN_ATTEMPT_H

#include "command/commit.h"
#include "command/decision.h"
#include "command/fetch.h"
#include "command/stream_lock.h"
#include "core/engine.h"

/* All that is known of one command between jangle_send and its answer. command.c fills it
 * in and repeats attempts; attempt.c makes one attempt. */
struct jn_sending {
    struct jangle *jangle;
    struct jangle_outcome *outcome;
    struct jangle_error *error; /* of the outcome */
    const struct jn_route *route;
    struct jangle_command command;
    bool named;     /* the sender gave the id: the store remembers it */
    bool remembers; /* it remembers the id also if the answer stores no events */
    bool unread; /* a state could not be read, so the answer is none of the aggregate's */
    unsigned char fingerprint[JN_HASH_SIZE];
    jangle_optional_int expected_version;
    int64_t until_us;
    struct jn_sent_attachments *sent_with; /* NULL: no step goes with it */
    const char *sender; /* a subscriber, saga or consumer; NULL: the program itself */
    int64_t cause;      /* position of the event that the sender handles; 0: none */
    bool final;         /* a CONFLICT that another attempt would not change */
    int unexplained;    /* conflicts in a row in which no stream had moved */
    bool gave_way;   /* the last conflict let a command go first that keeps its locks */
    bool stale;      /* the last conflict was met on what was not read for the command */
    bool chain_fell; /* the command led a chain, of which nothing is stored (chain.h) */
    struct jn_stream_lock *lock; /* the locks that the command holds */
    struct jn_stream_names
        streams; /* of the last attempt, if it was a CONFLICT: the streams it
                    was decided on, and those it would be stored in */
    struct jangle_arena arena; /* of one attempt */
};

/* Look for a stored command of this id. `found` is true if there is one; then the result
 * is the command's answer. A store that fails leaves `found` false. */
enum jangle_result jn_sending_find_stored(struct jn_sending *sending, bool *found);

/* One attempt, between its decision and its end. */
struct jn_attempt {
    struct jn_sending *sending;
    struct jn_stream_lock *entry; /* of the aggregate */
    struct jn_fetched own;        /* its state */
    struct jangle_decision decision;
    struct jangle_append append;
    bool prepared; /* the append is to be committed */
    bool chained;  /* it is committed in a chain, which keeps the state (chain.h) */
    struct jangle_error answer; /* of a command that stores no events, and that is
                                   remembered, or chained */
};

/* Load and decide. If `prepared` is set, the append is to be committed, and the result of
 * that is given to `end`, with its sentence; otherwise the result is the answer, which is
 * given to `end` as well. `end` returns the command's answer; CONFLICT as below. */
enum jangle_result jn_attempt_begin(struct jn_attempt *attempt,
                                    struct jn_sending *sending);
enum jangle_result jn_attempt_end(struct jn_attempt *attempt,
                                  enum jangle_result result,
                                  const struct jangle_error *why);

/* Begin on a state that is not stored yet: what the earlier commands of a chain are
 * going to leave. An answer that stores nothing is prepared as well, as an append of
 * nothing: so it is given only if the chain is stored, and needs no other confirmation,
 * because its conditions held in its place. */
enum jangle_result jn_attempt_begin_chained(struct jn_attempt *attempt,
                                            struct jn_sending *sending,
                                            struct jn_shared_state *state);

/* A commit was UNKNOWN. If its events are stored at all, their positions are above the
 * head, so that jangle_outcome_of begins its search there. Any thread. */
void jn_remember_unknown(struct jangle *jangle);

#endif
