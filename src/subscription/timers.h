/* timers.h - what one subscription knows of the timeouts of its sagas that are due
 * (saga/saga_due.c finds them). */
#ifndef JN_TIMERS_H
#define JN_TIMERS_H

#include <jangle/message.h>

struct jn_scan;

/* Two kinds: those of sagas that have been given all that was stored before, which the
 * checkpoint shows; and those of sagas whose key is parked, for which the log is read.
 * The mutex of dispatch guards what a look sets; the rest is the step's own. */
struct jn_timers {
    bool due;
    jangle_time at;  /* those up to then have their turns, */
    int64_t head;    /* when the checkpoint has come here: the log's head after that */
    int64_t wait_us; /* not before: one could not be dealt with */
    bool failed;     /* for the store failed: they are still due */
    size_t broken;   /* so many could not, last time: they are due for ever */

    bool scan_due;
    jangle_time scan_at; /* as `at` and `head` */
    int64_t scan_head;
    struct jn_scan *scan; /* NULL: none is under way */
    bool scanned;         /* by the last step: the others are next */
    int64_t scan_wait_us; /* not before: the last one was in vain, */
    int scans_in_vain;    /* as so many before it */
    size_t scan_skip;     /* sagas that it was in vain for */
};

#endif
