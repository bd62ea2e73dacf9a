/* request.h - a saga that asks for money, may be stuck before it arrives, and
 * times out. */
#ifndef REQUEST_H
#define REQUEST_H

#include "support/domains/tills.h"

enum { HOUR_MS = 3600000 };

/* What it is told, and what became of it. */
struct request {
    int64_t timeout_ms;   /* after the turn's beginning; 0: an hour */
    bool never;           /* no timeout */
    bool stuck;           /* it never gets to pay in */
    bool busy;            /* what it calls after "ask" is busy */
    int timeout_failures; /* that are left; -1: no end of them */
    int timeouts;         /* runs of on_timeout */
    int again;            /* timeouts that set another one, and are left */
    int calls;
    jangle_time at; /* of the last run */
    int attempt;
};

extern struct request request;

/* Begins with move_called. "take" takes 30 from that till and pays it into b, and ends
 * it; "ask" asks for more than there is, and is refused; any other word is only heard.
 * Three attempts, a second apart. */
extern const struct jangle_saga till_request_saga;

/* Of a test: an open world with it, and nothing told. */
int request_set_up(void **state);
int request_tear_down(void **state);

/* A word to the saga r1, by the till a, and a poll. */
void request_call(struct world *world, const char *word);

/* Its status and steps, as tills_saga. */
const char *request_saga_of(struct world *world);

/* Over a file only. */
void request_reopen(struct world *world);

struct jangle_left request_left(struct world *world);
void request_pass(struct world *world, int64_t ms);

#endif
