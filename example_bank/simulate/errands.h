/* errands.h - what customers of the simulation come for, and who draws it at random. */
#ifndef BANK_ERRANDS_H
#define BANK_ERRANDS_H

#include <jangle/jangle.h>

/* A request that was made by this teller, and may be answered by it. */
struct asked {
    char transaction_id[96];
    char account_id[8]; /* the account that was asked */
};

enum { ASKED_COUNT = 64 };

/* Sends the commands of customers. What they ask depends on the seed alone, and not on
 * the answers. */
struct teller {
    struct jangle *bank;
    int64_t accounts;                /* customers use the accounts 1 to this number */
    uint64_t random;                 /* state of the random numbers: begin with a seed */
    uint64_t fingerprint;            /* of all numbers that were drawn */
    struct asked asked[ASKED_COUNT]; /* a ring of the last requests */
    int64_t asked_count, answered_count;
    struct jangle_outcome outcome;
};

typedef void errand_fn(struct teller *teller, const struct jangle_envelope *envelope);

struct errand {
    const char *name;
    int weight;                 /* so many customers of 100 come for it */
    bool may_be_done;           /* may the answer be OK? */
    enum jangle_result refusal; /* the only other answer that is right */
    errand_fn *send;
};

enum { ERRAND_COUNT = 20, OPENING = 0 };

extern const struct errand errands[ERRAND_COUNT];

/* Mix a value into a fingerprint. */
uint64_t errand_mix(uint64_t fingerprint, uint64_t value);

/* Draw the errand of the next customer, by weight. Returns an index into the table. */
int errand_draw(struct teller *teller);

#endif
