/* report.h - what the delivery of an event results in. */
#ifndef JN_REPORT_H
#define JN_REPORT_H

#include <jangle/result.h>

#include <stdbool.h>
#include <stdint.h>

/* Only a REFUSED says nothing of the world around: it neither counts towards an outage
 * nor ends one, for else each refusal in a real outage would let sixteen more events
 * fail. A CANNOT is as definite, and counts all the same: a bad deployment must suspend
 * the subscriber, not kill ten thousand events. */
enum jn_outcome {
    JN_DONE,
    JN_REFUSED, /* the handler gave it up: dead at once */
    JN_CANNOT,  /* only another program can handle it: dead at the first attempt */
    JN_FAILED,  /* an attempt */
    JN_OURS     /* jangle or its store failed: no attempt */
};

struct jn_report {
    enum jn_outcome outcome;
    int64_t retry_in_ms; /* as asked, or JN_BY_POLICY */
    bool broken;         /* the view's transaction is gone */
    bool waits;          /* OURS, but nothing has failed: its turn will come */
    struct jangle_error error;
};

#endif
