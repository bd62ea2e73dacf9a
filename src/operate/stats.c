/* stats.c - the figures of an instance. */
#include "command/commands.h"
#include "core/instance.h"

void jangle_measure(struct jangle *jangle, struct jangle_stats *stats)
{
    struct jn_cache_figures cache;
    struct jn_counters *counters;
    int64_t head;

    *stats = (struct jangle_stats){0};
    if (jn_check_process(jangle, NULL))
        return;
    counters = &jangle->counters;
    jn_cache_measure(&jangle->commands->locks, &cache);
    head = atomic_load(&jangle->head);
    (void)jangle->store->ops->head(jangle->store, &head, NULL);
    *stats = (struct jangle_stats){
        .accepted = atomic_load(&counters->accepted),
        .rejected = atomic_load(&counters->rejected),
        .invalid = atomic_load(&counters->invalid),
        .conflicts = atomic_load(&counters->conflicts),
        .failed = atomic_load(&counters->failed),
        .events = atomic_load(&counters->events),
        .commits = atomic_load(&counters->commits),
        .snapshots = atomic_load(&jangle->commands->snapshotter.taken),
        .cache_hits = cache.hits,
        .cache_misses = cache.misses,
        .cache_evictions = cache.evictions,
        .cache_bytes = cache.bytes,
        .deliveries = atomic_load(&counters->deliveries),
        .retries = atomic_load(&counters->retries),
        .dead = atomic_load(&counters->dead),
        .turns = atomic_load(&counters->turns),
        .timeouts = atomic_load(&counters->timeouts),
        .position = head,
    };
}
