/* hold.h - a saga that holds something for half an hour: paid for in time, or let go. Its
 * moments follow from those of its events alone, so a saga that is late must come to the
 * same as one that never was. */
#ifndef HOLD_H
#define HOLD_H

#include "support/domains/tills.h"

enum { HOLD_MS = 30 * 60000, HOLD_SAGAS = 200 };

struct hold {
    int64_t held_ms;            /* 0: HOLD_MS */
    int failures;               /* of reactions that are left; -1: no end of them */
    bool busy;                  /* they are no attempts: nothing is written down */
    int timeout_failures;       /* likewise of on_timeout */
    int tries;                  /* reactions that were called */
    int timeouts;               /* on_timeout was */
    char told[HOLD_SAGAS][400]; /* what has come to each, in order: a word, or what its
                                   timeout has seen: "hold, timeout of hold pay" */
};

extern struct hold hold;

/* The words "hold" and "more" set its time again; "pay" ends it, and so does the timeout;
 * any other is only heard, and "hush" is not even told of. Three attempts, a second
 * apart. */
extern const struct jangle_saga hold_saga;

/* Of a test: an open world with it, and nothing told. */
int hold_set_up(void **state);
int hold_tear_down(void **state);

/* A word to that saga, stored and not yet seen by it. */
void hold_say(struct world *world, int saga, const char *word);

/* The same with a clock that is wrong by that. */
void hold_say_by(struct world *world, int saga, const char *word, int64_t wrong_ms);

/* Time passes, and all that is to be done is done, but for what is parked. */
void hold_pass(struct world *world, int64_t ms);

/* "open", "finished", "parked", "none". */
const char *hold_status(struct world *world, int saga);

/* Over a file only. */
void hold_reopen(struct world *world);

struct jangle_left hold_left(struct world *world);

#endif
