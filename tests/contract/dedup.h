/* dedup.h - what every dedup must pass: the numbered clauses of plugin/dedup.h, a test or
 * more each, named after the clause. */
#ifndef CONTRACT_DEDUP_H
#define CONTRACT_DEDUP_H

#include <jangle/plugin/dedup.h>

struct dedup_trial {
    struct jangle_deduplication descriptor; /* complete */
    const struct jangle_host *host;
    const char *wrong_url; /* one that is refused */
    void *context;         /* of the functions below */

    /* So much time passes for what is remembered. */
    void (*pass)(void *context, int64_t ms);

    /* The dedup is away; and it is back, with all that it had. */
    void (*stop)(void *context);
    void (*start)(void *context);

    /* It may forget what is done; and it may not any more. */
    void (*spoil)(void *context);
    void (*mend)(void *context);
};

/* Returns how many tests have failed. */
int dedup_contract(const struct dedup_trial *trial);

#endif
