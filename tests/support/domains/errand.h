/* errand.h - a small saga to be tried alone: one asks another to pay for an errand, who
 * has until a moment of the asker's choice to agree. */
#ifndef ERRAND_H
#define ERRAND_H

#include <jangle/jangle.h>

/* What happens. */

struct errand_asked {
    const char *errand_id;
    const char *payer_id;
    int64_t coins;
    jangle_time until;
};

struct errand_agreed {
    const char *errand_id;
};

struct errand_declined {
    const char *errand_id;
};

extern const struct jangle_message errand_asked, errand_agreed, errand_declined;

/* What the saga tells itself. */

struct try_counted {
    int64_t count;
};

extern const struct jangle_message try_counted;

/* What the saga wants. */

struct ask_payer {
    const char *purse_id;
    const char *errand_id;
    int64_t coins;
};

struct take_coins {
    const char *purse_id;
    const char *errand_id;
};

struct hand_coins { /* its coins are checked: 1 at least */
    const char *purse_id;
    const char *errand_id;
    int64_t coins;
};

struct return_coins {
    const char *purse_id;
    const char *errand_id;
};

struct tell_failed {
    const char *purse_id;
    const char *errand_id;
    const char *reason;
};

struct write_down { /* to the one ledger */
    const char *line;
};

extern const struct jangle_message ask_payer, take_coins, hand_coins, return_coins;
extern const struct jangle_message tell_failed, write_down;

/* Decides the first two. */
extern const struct jangle_aggregate errand_purse_aggregate;

struct errand_state {
    const char *asker_id;
    const char *payer_id;
    int64_t coins;
    int64_t calls; /* counted by its notes */
};

extern const struct jangle_message errand_state;

extern const struct jangle_saga errand_saga;

/* The same saga, but that what it does when it is agreed, and in time out, is told by
 * the test: each returns OK if it is NULL. */
extern const struct jangle_saga told_saga;
extern jangle_react_fn *told_agreed, *told_timeout;

#endif
