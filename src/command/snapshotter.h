/* snapshotter.h - snapshots that are due, taken by whoever polls: off the caller's path,
 * of what is committed. */
#ifndef JN_SNAPSHOTTER_H
#define JN_SNAPSHOTTER_H

#include "base/map.h"
#include "base/queue.h"
#include "command/state.h"

struct jn_snapshotter {
    struct jn_mutex mutex;
    struct jn_map due;     /* kind/id -> struct jn_snapshot_job */
    struct jn_queue queue; /* of the same jobs, the oldest first */
    const struct jn_loader *loader;
    _Atomic int64_t taken;
};

/* NO_MEMORY. */
enum jangle_result jn_snapshotter_init(struct jn_snapshotter *snapshotter,
                                       const struct jn_loader *loader);
void jn_snapshotter_finish(struct jn_snapshotter *snapshotter);

/* Ask for one; asked for twice, it is taken once; nothing happens if there is no store
 * for them. Never fails: a snapshot that cannot be asked for is asked for by the next
 * command. */
void jn_snapshotter_ask(struct jn_snapshotter *snapshotter,
                        const struct jangle_aggregate *aggregate,
                        const char *id);

/* Take one. False when none is due. A failure is a log line: it is only a cache. */
bool jn_snapshotter_run_once(struct jn_snapshotter *snapshotter);

#endif
