/* report.h - the outcome of one delivery of an event to its handler. */
#ifndef JN_REPORT_H
#define JN_REPORT_H

#include <jangle/result.h>

#include <stdbool.h>
#include <stdint.h>

/* REFUSED concerns the event alone, and tells nothing of the services that a handler
 * needs: so it neither counts towards an outage nor ends one. If it ended one, each
 * refusal during an outage would let sixteen more events fail. CANNOT is as final, but
 * counts: a bad deployment must suspend the subscriber, and not kill ten thousand events.
 */
enum jn_outcome {
    JN_DONE,
    JN_REFUSED, /* the handler gave it up: dead at once */
    JN_CANNOT,  /* only another program can handle it: dead at the first attempt */
    JN_FAILED,  /* an attempt */
    JN_OURS     /* jangle or its store failed: this counts as no attempt */
};

struct jn_report {
    enum jn_outcome outcome;
    int64_t retry_in_ms; /* as asked, or JN_BY_POLICY */
    bool broken;         /* the view's transaction is gone */
    bool waits; /* OURS, but nothing has failed: an event before it is not done */
    struct jangle_error error;
};

#endif
