/* counter.h - the smallest aggregate: it counts. */
#ifndef COUNTER_H
#define COUNTER_H

#include <jangle/jangle.h>

struct count_up {
    const char *counter_id;
    int64_t by;
};

struct counted_up {
    int64_t by;
    int64_t total;
};

extern const struct jangle_message count_up, counted_up;
extern const struct jangle_aggregate counter_aggregate;

#endif
