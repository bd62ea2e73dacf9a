/* errands.h - what customers of the simulation come for. */
#ifndef BANK_ERRANDS_H
#define BANK_ERRANDS_H

#include <jangle/jangle.h>

/* Who sends a customer's command. The seed fixes all that is asked, whatever is
 * answered. */
struct teller {
    struct jangle *bank;
    int64_t accounts; /* to choose from: 000001 and those that follow */
    uint64_t random;  /* state: begin with a seed */
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

enum { ERRAND_COUNT = 10, OPENING = 0 };

extern const struct errand errands[ERRAND_COUNT];

/* The next customer's errand, drawn by weight; an index into the table. */
int errand_draw(struct teller *teller);

#endif
