/* claims.h - messages that are handled on receipt are claimed in the consumer's dedup, so
 * that of several programs one handles each. Without a dedup nothing here does anything.
 *
 * A message is claimed before its handlers are called, by the thread that calls them. The
 * consumer's own thread keeps the claim meanwhile, and ends it when the store has
 * remembered the message, or when the message is given back. */
#ifndef JN_CLAIMS_H
#define JN_CLAIMS_H

#include "messaging/endpoint/endpoint.h"

#include <jangle/plugin/dedup.h>

/* Of one message, in its arena. */
struct jn_claim {
    const char *key;
    struct jangle_claim claim;
    _Atomic bool held; /* it may be ours: `claim` is not written to any more */
    int64_t renew_us;  /* when it is prolonged next */
};

struct jn_claims {
    struct jn_endpoint *endpoint;
    struct jangle_dedup *dedup; /* NULL: the consumer has none */
    int64_t lease_us;
    bool needed;

    struct jn_mutex mutex;
    bool asked;               /* it has answered, or failed */
    int failures;             /* in a row */
    int64_t due_us;           /* if it is away: when it is called next */
    struct jangle_error away; /* why it is away, if there is a result */
};

/* NO_MEMORY; INVALID: the consumer's dedup makes no sense. On failure there is nothing to
 * close. */
enum jangle_result jn_claims_open(struct jn_claims *claims,
                                  struct jn_endpoint *endpoint,
                                  const struct jangle_consumer *consumer,
                                  struct jangle_error *error);
void jn_claims_close(struct jn_claims *claims);

/* Is the dedup there, and fit to be used? BUSY, or INVALID; OK, too, if there is none.
 * Any thread. */
enum jangle_result jn_claims_check(struct jn_claims *claims, struct jangle_error *error);

/* A claim for a message, to be filled in: NULL if the consumer has no dedup, or the arena
 * has no memory, as it says. */
struct jn_claim *jn_claims_make(const struct jn_claims *claims,
                                struct jangle_arena *arena,
                                const char *id,
                                const unsigned char fingerprint[16]);

/* May messages be received? False: the dedup is away, and needed, or it is not fit to be
 * used; `error` says so, and the next look is worth while in *wait_us microseconds. It
 * calls the dedup if it is away, or was never called. */
bool jn_claims_may_receive(struct jn_claims *claims,
                           int64_t *wait_us,
                           struct jangle_error *error);

enum jn_claiming {
    JN_CLAIM_OURS,     /* handle the message: it is ours, or goes without a claim */
    JN_CLAIM_ANOTHERS, /* somebody else is at it, for *left_ms at least */
    JN_CLAIM_DONE,     /* somebody else has handled it */
    JN_CLAIM_AWAY      /* nobody can say, and `error` says why: it must not be handled */
};

/* Claim a message; NULL is allowed. Any thread. */
enum jn_claiming jn_claims_begin(struct jn_claims *claims,
                                 struct jn_claim *claim,
                                 int64_t *left_ms,
                                 struct jangle_error *error);

/* Prolong the claim, if it is held and a third of its lease has passed. False: the dedup
 * was called, and is away. Such a call may take seconds, so do not make another one
 * before the broker's connection was tended. */
bool jn_claims_keep(struct jn_claims *claims, struct jn_claim *claim);

/* End the claim, if it is held. `done`: the store remembers the message. If the dedup is
 * away, its lease will run out. Returns as jn_claims_keep does. */
bool jn_claims_end(struct jn_claims *claims, struct jn_claim *claim, bool done);

/* Leave the claim to run out. */
void jn_claims_forget(struct jn_claim *claim);

#endif
