/* timers.h - what one subscription knows of the timeouts of its sagas that are due
 * (saga/saga_timers.c finds them). */
#ifndef JN_TIMERS_H
#define JN_TIMERS_H

#include <jangle/message.h>

struct jn_scan;

/* A timeout may run when its saga has been given every event that was stored before the
 * timeout was due. For most sagas the checkpoint shows that. For sagas whose key is
 * parked the log must be read: that is a scan. The mutex of dispatch guards what a look
 * at the store sets; the rest belongs to the subscription's run. */
struct jn_timers {
    bool due;
    jangle_time at; /* timeouts up to this moment may run... */
    int64_t head;   /* ...when the checkpoint is here: the log's head after that moment */
    int64_t wait_us; /* none runs before, because one could not be handled */
    bool failed;     /* the store failed, so some are still due */
    size_t broken;   /* so many sagas could not be read in the last run: they stay due */

    bool scan_due;
    jangle_time scan_at; /* as `at` and `head` */
    int64_t scan_head;
    struct jn_scan *scan; /* NULL: none is under way */
    bool scanned;         /* the last run was one of a scan, so the others are next */
    int64_t scan_wait_us; /* no scan begins before, because the last one was in vain */
    int scans_in_vain;    /* so many in a row were */
    size_t scan_skip; /* the next one leaves out so many sagas, which it found to wait */
};

#endif
