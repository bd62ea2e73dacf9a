/* errands.h - what customers of the simulation come for. */
#ifndef BANK_ERRANDS_H
#define BANK_ERRANDS_H

#include <jangle/jangle.h>

/* A request that was made here, and may be answered here. */
struct asked {
    char transaction_id[96];
    char account_id[8]; /* that was asked for the money */
};

enum { ASKED_COUNT = 64 };

/* Who sends a customer's command. The seed fixes all that is asked, whatever is
 * answered. */
struct teller {
    struct jangle *bank;
    int64_t accounts;                /* to choose from: 000001 and those that follow */
    uint64_t random;                 /* state: begin with a seed */
    uint64_t fingerprint;            /* of all that was drawn */
    struct asked asked[ASKED_COUNT]; /* the last ones, one after another, in a ring */
    int64_t asked_count, answered_count;
    struct jangle_outcome outcome;
};

typedef void errand_fn(struct teller *teller, const struct jangle_envelope *envelope);

struct errand {
    const char *name;
    int weight; /* of 100 */
    bool may_be_done;
    enum jangle_result refusal; /* the only other answer there may be */
    errand_fn *send;
};

enum { ERRAND_COUNT = 20, OPENING = 0 };

extern const struct errand errands[ERRAND_COUNT];

/* Both become one. */
uint64_t errand_mix(uint64_t fingerprint, uint64_t value);

/* The next customer's errand, drawn by weight; an index into the table. */
int errand_draw(struct teller *teller);

#endif
