/* changing.h - a saga whose code is changed while a turn of it is open. */
#ifndef CHANGING_H
#define CHANGING_H

#include "support/domains/tills.h"

enum code {
    OLD,       /* pays in, calls, waits */
    VERSIONED, /* asks first which way it went: the new way pays half twice */
    REMOVED,   /* does not pay in any more */
    REORDERED, /* calls, then pays in */
    OTHER_NOTE,
    SHORTER,  /* pays in, and no more */
    FINISHES, /* as the old one, and finishes */
    NEVER_ENDS
};

struct changing {
    enum code code;
    bool stuck; /* it never comes to its end */
    int version;
    int runs;
};

extern struct changing changing;

/* Begins with paid_out; four attempts, a second apart. */
extern const struct jangle_saga changing_saga;

/* Of a test: an open world with it. */
int changing_set_up(void **state);
int changing_tear_down(void **state);

/* The saga m1: its status and steps, as tills_saga. */
const char *changing_saga_of(struct world *world);
struct jangle_left changing_left(struct world *world);

/* The old code has taken three steps, and its turn is open; then the code changes, and it
 * is run again. */
void changing_to(struct world *world, enum code code);

#endif
