/* compare.h - where the logs of two stores part, by few reads. */
#ifndef ADMIN_COMPARE_H
#define ADMIN_COMPARE_H

#include <jangle/look.h>

/* One side of a comparison. */
struct jn_side {
    struct jangle_look *look;
    int64_t head;  /* the position of the last event that is compared */
    uint64_t hash; /* of the event that was read last */
    bool is_there;
    int64_t reads;
};

/* Find the first position at which the logs differ, up to the smaller head; 0: none does.
 * A copy has what its original had up to a position, and so what is equal at one position
 * is equal at all before it: halving finds the place. `all`: compare each event, which
 * also finds what was altered before. A record with a fault is equal to none.
 *
 * The results are those of jangle_look_events. */
enum jangle_result jn_compare(struct jn_side *one,
                              struct jn_side *other,
                              bool all,
                              bool (*stopped)(const void *context),
                              const void *context,
                              int64_t *differs,
                              struct jangle_error *error);

#endif
