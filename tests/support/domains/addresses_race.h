/* addresses_race.h - threads that claim and release the same few addresses, or turn on
 * and off two lamps that look at each other; and whether the log is what they
 * were told. */
#ifndef ADDRESSES_RACE_H
#define ADDRESSES_RACE_H

#include "support/domains/addresses.h"

#include <stdatomic.h>

enum { ADDRESSES_NAMES = 20 };

/* What all senders were told; may lie in memory that processes share. */
struct addresses_told {
    _Atomic int64_t claims, releases, refused; /* OK; OK; REJECTED */
    _Atomic int64_t held;                      /* addresses, in the end */
    _Atomic int64_t on, off;                   /* OK, with an event */
    _Atomic int64_t failed;                    /* anything else: it is printed */
};

/* `process` makes the persons of several processes different. */
void addresses_race(struct jangle *jangle,
                    int process,
                    int threads,
                    int rounds,
                    struct addresses_told *told);
void lamps_race(struct jangle *jangle,
                int threads,
                int rounds,
                struct addresses_told *told);

/* No address had two owners, no owner released what was another's, the two lamps were
 * never on at once; and there are as many events as commands were answered OK. */
void addresses_check(struct jangle *jangle, const struct addresses_told *told);

#endif
