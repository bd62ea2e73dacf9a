/* incoming.h - one message that was received: what it says, and what is to be done with
 * it. */
#ifndef JN_INCOMING_H
#define JN_INCOMING_H

#include "messaging/consumer/claims.h"
#include "subscription/subscription.h"

/* One thing that a message leads to. */
struct jn_part {
    const struct jangle_route *route;
    const struct jangle_message *type; /* of what is stored, or sent */
    const void *data;                  /* of a command: the struct */
    const char *payload;               /* of an event: the JSON that is stored */
    int type_version;                  /* of the payload */
    const char *meta;       /* of an event: what is stored besides the payload */
    const char *command_id; /* under which it is done once. The last part has the id of
                               the message, so that this id is stored when all is done */
    const char *former_id;  /* of the last part: under which it was done if it was not
                               the last thing then, because handlers came after it. NULL:
                               the consumer never had any */
};

struct jn_parts {
    struct jn_part *items;
    size_t count;
};

/* A row with `handle`: its function is called with this. */
struct jn_call {
    const struct jangle_route *route;
    const struct jangle_message *type;
    const void *data; /* the struct */
};

struct jn_calls {
    struct jn_call *items;
    size_t count;
};

enum jn_called_state { JN_CALL_WAITS, JN_CALL_RUNS, JN_CALL_IS_OVER };

/* What the functions have done, in one attempt. A thread that calls them owns this while
 * it does; `state`, `next` and who owns the rest are under the mutex of handling.h. */
struct jn_called {
    enum jn_called_state state;
    struct jn_incoming *next;
    uint64_t key;              /* a hash of its stream */
    struct jangle_arena arena; /* of the functions, and of what they post */
    struct {
        struct jangle_record *items;
        size_t count;
    } posts;
    struct jn_claim *claim; /* NULL: the consumer has no dedup */
    bool is_elsewhere;      /* another program has handled it: no function was called */
    bool is_unclaimed;      /* nobody can say whether one has: no function was called, as
                               `trouble` says */
    enum jn_outcome outcome;
    bool dead; /* there is no further attempt */
    int attempts;
    int64_t delay_ms;            /* before the next attempt */
    struct jangle_error error;   /* why it failed */
    struct jangle_error trouble; /* the store or the memory failed, and no function was
                                    called, if it has a result */
};

enum jn_incoming_state {
    JN_IN_HAND,    /* it is not done */
    JN_IN_TAKEN,   /* it is */
    JN_IN_KNOWN,   /* it was done before: the message was repeated */
    JN_IN_IGNORED, /* there is nothing to be done */
    JN_IN_AGAIN,   /* the broker is to deliver it again, after `delay_ms` */
    JN_IN_DEAD     /* it can never be done, as `error` says */
};

struct jn_incoming {
    const struct jangle_parcel *parcel;
    struct jangle_contents contents;
    const char *id;     /* "consumer/uuid", made of the message's source and id */
    const char *stream; /* the id of the stream in which its event is stored */
    unsigned char
        fingerprint[16];       /* of the contents as they came, so that a program which
                                  translates them in another way still knows them */
    struct jangle_event event; /* as translate functions see it */
    struct jn_parts parts;
    struct jn_calls calls; /* which come when all parts are done */
    size_t done;           /* so many parts are done */
    bool mismatched;       /* a filter could not judge it */
    enum jn_incoming_state state;
    bool refused; /* it is DEAD because a command was refused, or by its handlers, so it
                     could be read */
    int attempts; /* of AGAIN: how many count as made */
    int64_t delay_ms;
    struct jangle_error error;
    int log;         /* the number of the log that it comes from; 0: from none */
    int64_t next;    /* the offset behind it, in that log */
    size_t in_round; /* so many parts after those that are done are in the round */
    bool told;       /* the broker was told what became of it... */
    bool is_kept;    /* ...and has done so: what is dead or comes again is copied */
    bool judged;     /* whether it could be read was counted */

    bool begun;               /* its functions are being called, or will be */
    bool handled;             /* they succeeded, which is to be remembered */
    struct jn_called *called; /* NULL: it has none */
};

/* How many things are to be stored for it: each part, and that its handlers were called.
 */
static inline size_t jn_incoming_steps(const struct jn_incoming *incoming)
{
    return incoming->parts.count + (incoming->calls.count > 0);
}

/* Is there something to be stored for it now? */
static inline bool jn_incoming_is_for_store(const struct jn_incoming *incoming)
{
    return incoming->state == JN_IN_HAND &&
           (incoming->done < incoming->parts.count || incoming->handled);
}

/* Or are its handlers to be called now? */
static inline bool jn_incoming_is_for_handlers(const struct jn_incoming *incoming)
{
    return incoming->state == JN_IN_HAND && incoming->done == incoming->parts.count &&
           incoming->calls.count && !incoming->begun && !incoming->handled;
}

/* What is the same for all messages of a consumer. */
struct jn_reader {
    struct jn_endpoint *endpoint;
    const struct jangle_consumer *consumer;
    struct jn_claims *claims;
    const char *first_name;   /* the name that the consumer had at first */
    _Atomic bool warned;      /* that messages come without an id: any thread delivers */
    _Atomic bool had_handles; /* the consumer may have had rows with `handle` before */
};

/* Read a parcel into the arena. The state becomes HAND, IGNORED or DEAD. Returns
 * NO_MEMORY, or OK. */
enum jangle_result jn_incoming_read(struct jn_reader *reader,
                                    struct jangle_arena *arena,
                                    const struct jangle_parcel *parcel,
                                    struct jn_incoming *incoming,
                                    struct jangle_error *error);

#endif
