/* lanes.h - commands for one aggregate go one behind the other, from load to commit;
 * those for different ones side by side. First come, first served. */
#ifndef JN_LANES_H
#define JN_LANES_H

#include "base/host.h"
#include "base/map.h"

#include <stdatomic.h>

struct jn_lane; /* one aggregate that somebody is at */

struct jn_lanes {
    struct jn_mutex mutex;
    struct jn_map map; /* kind/id -> struct jn_lane */
    const struct jangle_allocator *allocator;
    int64_t waiting;       /* commands in any lane that are not at its front */
    int64_t waiting_limit; /* then BUSY */
    _Atomic int64_t waits; /* that there ever were */
};

/* NO_MEMORY. */
enum jangle_result jn_lanes_init(struct jn_lanes *lanes,
                                 int64_t waiting_limit,
                                 const struct jangle_allocator *allocator);
void jn_lanes_finish(struct jn_lanes *lanes);

/* Wait for the front of the aggregate's lane, until `until_us` of jn_monotonic_us
 * (negative: for ever). BUSY if too many wait already, TIMEOUT, NO_MEMORY. */
enum jangle_result jn_lanes_enter(struct jn_lanes *lanes,
                                  const char *kind,
                                  const char *id,
                                  int64_t until_us,
                                  struct jn_lane **lane,
                                  struct jangle_error *error);

/* Let the next one to the front. */
void jn_lanes_leave(struct jn_lanes *lanes, struct jn_lane *lane);

#endif
