/* snapshotter.h - snapshots that are due. A thread that polls takes them, so no command
 * waits for one, and only of what is committed. */
#ifndef JN_SNAPSHOTTER_H
#define JN_SNAPSHOTTER_H

#include "base/map.h"
#include "base/queue.h"
#include "command/state.h"
#include "command/stream_lock.h"

struct jn_snapshotter {
    struct jn_mutex mutex;
    struct jn_map due;     /* kind/id -> struct jn_snapshot_job */
    struct jn_queue queue; /* of the same jobs, the oldest first */
    const struct jn_loader *loader;
    struct jn_stream_locks *locks; /* where states are cached */
    _Atomic int64_t taken;
    _Atomic int64_t waiting; /* jobs in the queue */
};

/* NO_MEMORY. */
enum jangle_result jn_snapshotter_init(struct jn_snapshotter *snapshotter,
                                       const struct jn_loader *loader,
                                       struct jn_stream_locks *locks);
void jn_snapshotter_finish(struct jn_snapshotter *snapshotter);

/* Ask for a snapshot. One that waits already is not asked for twice; without a store for
 * snapshots nothing happens. It cannot fail: if there is no room, the next command of the
 * aggregate asks again. */
void jn_snapshotter_ask(struct jn_snapshotter *snapshotter,
                        const struct jangle_aggregate *aggregate,
                        const char *id);

/* Does one wait to be taken? */
bool jn_snapshotter_has_work(const struct jn_snapshotter *snapshotter);

/* Take one. False if none is due. A failure is a line of the log and no more, because a
 * snapshot is a cache. */
bool jn_snapshotter_run_once(struct jn_snapshotter *snapshotter);

#endif
