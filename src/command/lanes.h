/* lanes.h - commands for one aggregate go one behind the other, from load to commit;
 * those for different ones side by side. First come, first served.
 *
 * A command begins with the lane of its own aggregate, and waits for no other one while
 * it has that. What it decides may depend on further streams, or be stored in them; their
 * lanes it does not need, for the store checks all that it was decided on, and of those
 * that are in each other's way one always wins. Who has lost twice gives its lane back,
 * takes the lanes of all its streams in the order of their names, and keeps them until it
 * is answered: it waits for a lane only if those that it has are smaller, and who has the
 * greatest of all waits for none, so there is no circle; nor does anybody wait for a lane
 * while it leads a commit. The commands for these streams
 * wait behind it. A command for another aggregate that would be stored in one of them
 * gives way: it is decided anew, from the place in that lane which it then waits for. So
 * who keeps lanes can lose only to commands that were under way by then, once to each,
 * and to other processes. */
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
    _Atomic int64_t kept;  /* lanes that somebody keeps who lost twice */
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

/* Let the next one to the front: of this lane, and of all others that were taken with it.
 * NULL is fine. */
void jn_lanes_leave(struct jn_lanes *lanes, struct jn_lane *lane);

/* ---- who lost twice ---------------------------------------------------------- */

struct jn_lane_name {
    const char *kind, *id;
};

struct jn_lane_names {
    struct jn_lane_name *items; /* in any order, and perhaps twice */
    size_t count;
};

/* Have the lanes of all these, and keep them, instead of those in `*lane`, which are
 * given back unless they are enough. The names are put in order. Fails as jn_lanes_enter
 * does; then `*lane` is NULL, and none is held. */
enum jangle_result jn_lanes_keep(struct jn_lanes *lanes,
                                 struct jn_lane_names *names,
                                 int64_t until_us,
                                 struct jn_lane **lane,
                                 struct jangle_error *error);

/* Does somebody keep the lane of that stream, who is not the holder of `lane`? */
bool jn_lanes_is_kept(struct jn_lanes *lanes,
                      const struct jn_lane_name *name,
                      const struct jn_lane *lane);

#endif
