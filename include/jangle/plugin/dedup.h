/* dedup.h - the contract of a dedup: a memory, outside of every store, of the messages
 * that were handled on receipt. Implement it to bring your own.
 *
 * A store remembers what its own program has handled. Programs that have stores of their
 * own, and receive from one queue, do not know of each other: a message that the broker
 * delivers twice may reach two of them. If their consumers have one dedup, one of them
 * handles it. It works in two phases. A message is claimed, for the time of a lease,
 * before its handlers are called; and it is marked as done after they have returned OK,
 * and what they posted is stored. So a program that dies between the two loses nothing,
 * because its lease runs out; and two programs at once cannot both begin. What a dedup
 * forgets is handled again: it adds to "at least once", and never takes from it.
 *
 * Each operation has a function type here, and the comment of that type holds its
 * numbered clauses. Put `struct jangle_dedup` first in your own struct. */
#ifndef JANGLE_PLUGIN_DEDUP_H
#define JANGLE_PLUGIN_DEDUP_H

#include <jangle/plugin/storage.h>

JANGLE_C_BEGIN

struct jangle_dedup;

/* ---- which one it is ------------------------------------------------------ */

/* A dedup descriptor: a value that owns nothing, as a broker's. A dedup has a function
 * that returns one and cannot fail; change what you like afterwards, before jangle_open.
 * The descriptor, and all that it points to, must live until jangle_close, as the
 * consumer does whose `dedup` points to it. Consumers may share one. */
struct jangle_deduplication {
    const char *url;     /* may be NULL, if the dedup needs none */
    const void *options; /* the dedup's own; may be NULL */
    const char *scope;   /* messages of different scopes are different messages. Default
                            "jangle"; at most 100 bytes */
    int64_t lease_ms;    /* how long a message belongs to whoever has claimed it, unless
                            the lease is prolonged. Default 60 s; 1 s to 1 h */
    int64_t keep_ms;     /* how long a message that is done is remembered: longer than any
                            broker may take to deliver it again. Default 7 days; at least
                            lease_ms, at most 366 days */
    bool needed; /* while the dedup is away: true: receive nothing, and wait. false, which
                    is the default: handle messages without it, so that one may be handled
                    by two programs. A dedup that must not be used (INVALID, DD-2) is
                    waited for in both cases */

    /* DD-1   Check the URL, and make a dedup that is not connected. One that is away is
     *        no error here. INVALID says what is wrong with the URL, without its
     *        password. NO_MEMORY. jangle has filled in all defaults, and checked the
     *        scope and both times. `deduplication` is borrowed for the call, `host` until
     *        `close`. If this fails, *dedup stays NULL. */
    enum jangle_result (*open)(const struct jangle_deduplication *deduplication,
                               const struct jangle_host *host,
                               struct jangle_dedup **dedup,
                               struct jangle_error *error);
};

/* ---- one message ---------------------------------------------------------- */

enum jangle_claim_state {
    JANGLE_CLAIM_IS_YOURS = 1,
    JANGLE_CLAIM_IS_ANOTHERS, /* somebody else is at the message */
    JANGLE_CLAIM_IS_DONE      /* the message is done */
};

enum { JANGLE_CLAIM_TOKEN_SIZE = 96 };

/* The claim of one attempt to handle a message: zero it before the first `begin`, and
 * give the same one to all calls that concern this attempt. */
struct jangle_claim {
    char token[JANGLE_CLAIM_TOKEN_SIZE]; /* the dedup's own: says who claims. "": the
                                            dedup has not drawn one yet */
    enum jangle_claim_state state;       /* out: of `begin` */
    int64_t left_ms; /* out: if it is another's: how long its lease lasts, if it is not
                        prolonged; at least 1 */
};

/* These clauses hold for every operation.
 *
 * DD-8   An operation may return BUSY: the dedup is away, or full, and `error` says so;
 *        or NO_MEMORY. Nobody knows then whether it was carried out, and it may be called
 *        again with the same claim: what that claim has got already is still its own.
 *
 * DD-9   Any thread may call any operation but `close`, at any time. No call takes longer
 *        than 10 s, also if others are under way: one that cannot begin in time is BUSY.
 *
 * No text that leaves the dedup (an error, a line of the log) holds a password. */

/* DD-2   Connect, unless it is connected already. BUSY: the dedup is away. INVALID: it is
 *        there, but must not be used, because it may forget what is done before its time:
 *        `error` says why, and what to change. Then `begin` is INVALID, too. */
typedef enum jangle_result jangle_dedup_check_fn(struct jangle_dedup *dedup,
                                                 struct jangle_error *error);

/* DD-3   Claim a message, if nobody has claimed it and it is not done, in one step: of
 *        all who try, one has it. OK: claim->state says what was found, and nothing was
 *        changed unless it is yours. `key` is a text of at most 700 bytes.
 *
 * DD-4   A claim ends when its lease has run out, and the message may be claimed again.
 */
typedef enum jangle_result jangle_dedup_begin_fn(struct jangle_dedup *dedup,
                                                 const char *key,
                                                 struct jangle_claim *claim,
                                                 struct jangle_error *error);

/* DD-5   Prolong a claim: its lease lasts lease_ms from now on. If it has run out, and
 *        nobody has claimed the message since, it is claimed again. CONFLICT: it belongs
 *        to another, or is done; nothing is changed. */
typedef enum jangle_result jangle_dedup_renew_fn(struct jangle_dedup *dedup,
                                                 const char *key,
                                                 const struct jangle_claim *claim,
                                                 struct jangle_error *error);

/* DD-6   End a claim. `done`: the message is done, and is remembered for keep_ms, also if
 *        the lease has run out and nobody has claimed the message since. Not `done`: the
 *        next one may claim it at once. CONFLICT: the message belongs to another, or is
 *        done; nothing is changed. */
typedef enum jangle_result jangle_dedup_end_fn(struct jangle_dedup *dedup,
                                               const char *key,
                                               const struct jangle_claim *claim,
                                               bool done,
                                               struct jangle_error *error);

/* DD-7   Free all, and leave what is remembered and claimed as it is. It never fails.
 *        NULL is not allowed. */
typedef void jangle_dedup_close_fn(struct jangle_dedup *dedup);

struct jangle_dedup_ops {
    int abi; /* 1 */
    const char *name;
    jangle_dedup_check_fn *check;
    jangle_dedup_begin_fn *begin;
    jangle_dedup_renew_fn *renew;
    jangle_dedup_end_fn *end;
    jangle_dedup_close_fn *close;
};

struct jangle_dedup {
    const struct jangle_dedup_ops *ops;
};

JANGLE_C_END

#endif
